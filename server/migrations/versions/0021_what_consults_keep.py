"""files of consults in parts: what follows after the first part has a row of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

PART = "consult_attachment_part"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        PART,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "organization_id", "attachment_id")),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f(f"fk_{PART}_organization_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.CheckConstraint("position >= 1", name=op.f(f"ck_{PART}_position")),
        sa.UniqueConstraint("attachment_id", "position", name=op.f(f"uq_{PART}_attachment_id_position")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{PART}")),
    )
    for column in ("organization_id", "kept_at"):
        op.create_index(op.f(f"ix_{PART}_{column}"), PART, [column], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table(PART)
