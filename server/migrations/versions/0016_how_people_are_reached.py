"""notifications: browsers that take them, other ways to ring somebody, and until when a message is worth sending."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "push_subscription",
        *_row(),
        sa.Column("endpoint", sa.LargeBinary(), nullable=False),
        sa.Column("endpoint_index", sa.LargeBinary(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=False),
        *_belongs("push_subscription"),
        sa.UniqueConstraint("endpoint_index", name=op.f("uq_push_subscription_endpoint_index")),
    )
    op.create_table(
        "ring_channel",
        *_row(),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_belongs("ring_channel"),
    )
    for table in ("push_subscription", "ring_channel"):
        op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"], unique=False)
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.add_column(sa.Column("target_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("not_after", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(op.f("ix_outbox_message_target_id"), ["target_id"], unique=False)


def downgrade() -> None:
    """Take back. A server from before would know neither how to send these nor when to stop, so they go."""
    op.execute("DELETE FROM outbox_message WHERE channel NOT IN ('mail', 'text') OR not_after IS NOT NULL")
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.drop_index(op.f("ix_outbox_message_target_id"))
        batch_op.drop_column("not_after")
        batch_op.drop_column("target_id")
    op.drop_table("ring_channel")
    op.drop_table("push_subscription")


def _row() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _belongs(table: str) -> list[sa.Constraint]:
    name = op.f(f"fk_{table}_account_id")
    return [
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=name, initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
