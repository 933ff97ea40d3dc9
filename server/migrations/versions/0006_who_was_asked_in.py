"""who was asked in: invitations of colleagues into a visit, with what became of each."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_REFERENCES = {
    "organization_id": "organization.id",
    "encounter_id": "encounter.id",
    "practitioner_id": "practitioner.id",
    "account_id": "account.id",
    "invited_by": "account.id",
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "visit_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(column, sa.Uuid(), nullable=False) for column in _REFERENCES),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        *(_reference(column, target) for column, target in _REFERENCES.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_invitation")),
    )
    for column in _REFERENCES:
        op.create_index(op.f(f"ix_visit_invitation_{column}"), "visit_invitation", [column], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("visit_invitation")


def _reference(column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_visit_invitation_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, initially="DEFERRED", deferrable=True)
