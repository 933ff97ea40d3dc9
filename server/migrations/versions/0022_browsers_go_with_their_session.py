"""browsers go with their session: who signs out is not notified there any more."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

TABLE, COLUMN = "push_subscription", "session_id"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.add_column(sa.Column(COLUMN, sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            op.f(f"fk_{TABLE}_{COLUMN}"), "page_session", [COLUMN], ["id"], initially="DEFERRED", deferrable=True
        )
        batch_op.create_index(op.f(f"ix_{TABLE}_{COLUMN}"), [COLUMN], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_index(op.f(f"ix_{TABLE}_{COLUMN}"))
        batch_op.drop_constraint(op.f(f"fk_{TABLE}_{COLUMN}"), type_="foreignkey")
        batch_op.drop_column(COLUMN)
