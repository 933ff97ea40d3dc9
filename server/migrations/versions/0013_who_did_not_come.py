"""who did not come: when an appointment was found to be missed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply."""
    op.add_column("appointment", sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE appointment SET missed_at = ends_at WHERE status = 'noshow'")


def downgrade() -> None:
    """Take back."""
    op.drop_column("appointment", "missed_at")
