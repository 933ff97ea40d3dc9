"""who plans by a link: a browser that changes or books visits by a link, without holding it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("access_link") as table:
        table.add_column(sa.Column("planner_hash", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("planner_ends_at", sa.DateTime(timezone=True), nullable=True))
        table.create_unique_constraint(op.f("uq_access_link_planner_hash"), ["planner_hash"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("access_link") as table:
        table.drop_constraint(op.f("uq_access_link_planner_hash"), type_="unique")
        table.drop_column("planner_ends_at")
        table.drop_column("planner_hash")
