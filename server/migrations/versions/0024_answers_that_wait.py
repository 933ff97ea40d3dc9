"""answers that wait: what who asked has not decided about yet is found without opening it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

TABLE, COLUMN = "consult_answer", "settled_at"
OLD = "UPDATE consult_answer SET settled_at = signed_at WHERE status = 'final'"
"""How many items an answer has is sealed: those from before are taken as settled."""


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.add_column(sa.Column(COLUMN, sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f(f"ck_{TABLE}_settled"), "settled_at IS NULL OR signed_at IS NOT NULL")
    op.execute(OLD)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{TABLE}_settled"), type_="check")
        batch_op.drop_column(COLUMN)
