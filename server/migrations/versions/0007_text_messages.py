"""text messages: how a message leaves, and the invitation that a mail carries."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply. What was queued before is mail."""
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(length=10), nullable=False, server_default="mail"))
        batch_op.add_column(sa.Column("calendar", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("calendar_method", sa.String(length=10), nullable=True))


def downgrade() -> None:
    """Take back. A server from before would send a text message as a mail without a subject, so those go."""
    op.execute("DELETE FROM outbox_message WHERE channel <> 'mail'")
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.drop_column("calendar_method")
        batch_op.drop_column("calendar")
        batch_op.drop_column("channel")
