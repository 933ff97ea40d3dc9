"""whose turn it is: the last ring of a person is found without reading the others."""

from alembic import op

revision = "0023"
down_revision = "0022"

NAME, TABLE = "ix_consult_ring_organization_id_account_id_id", "consult_ring"


def upgrade() -> None:
    """Apply."""
    op.create_index(NAME, TABLE, ["organization_id", "account_id", "id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(NAME, TABLE)
