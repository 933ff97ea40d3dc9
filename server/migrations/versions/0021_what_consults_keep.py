"""what consults keep: files in parts, and tasks of cases that name no patient."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

PART, TASK = "consult_attachment_part", "follow_up_task"


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
    with op.batch_alter_table(TASK) as table:
        table.alter_column("patient_id", existing_type=sa.Uuid(), nullable=True)
        table.create_check_constraint(op.f(f"ck_{TASK}_somebodys"), "patient_id IS NOT NULL OR owner_id IS NOT NULL")


def downgrade() -> None:
    """Take back."""
    op.execute(f"DELETE FROM {TASK} WHERE patient_id IS NULL")  # noqa: S608 - a name of ours
    with op.batch_alter_table(TASK) as table:
        table.drop_constraint(op.f(f"ck_{TASK}_somebodys"), type_="check")
        table.alter_column("patient_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table(PART)
