"""open consults: those of an organization, and those that somebody has taken, are found without reading the others."""

from alembic import op

revision = "0025"
down_revision = "0024"

TABLE = "consult"
WITH_STATUS = ("organization_id", "accepted_by")


def upgrade() -> None:
    """Apply."""
    for column in WITH_STATUS:
        op.create_index(f"ix_consult_{column}_status", TABLE, [column, "status"], unique=False)
        op.drop_index(f"ix_consult_{column}", TABLE)


def downgrade() -> None:
    """Take back."""
    for column in WITH_STATUS:
        op.create_index(f"ix_consult_{column}", TABLE, [column], unique=False)
        op.drop_index(f"ix_consult_{column}_status", TABLE)
