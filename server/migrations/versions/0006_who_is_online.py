"""who is online: nodes with their leases, presence, what people say of themselves, and patients who ask to be called."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "node",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
    )
    op.create_table(
        "presence_connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        _reference("presence_connection", "account_id", "account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_connection")),
        sa.UniqueConstraint("account_id", "node_id", name=op.f("uq_presence_connection_account_id_node_id")),
    )
    _index("presence_connection", "account_id", "node_id")
    op.create_table(
        "availability",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        _reference("availability", "organization_id", "organization.id"),
        _reference("availability", "account_id", "account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability")),
        sa.UniqueConstraint("account_id", "organization_id", name=op.f("uq_availability_account_id_organization_id")),
    )
    _index("availability", "organization_id", "account_id")
    op.create_table(
        "callback_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("encounter_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        _reference("callback_request", "organization_id", "organization.id"),
        _reference("callback_request", "encounter_id", "encounter.id"),
        _reference("callback_request", "patient_id", "patient.id"),
        _reference("callback_request", "taken_by", "account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_request")),
        sa.UniqueConstraint("encounter_id", name=op.f("uq_callback_request_encounter_id")),
    )
    _index("callback_request", "organization_id", "patient_id", "taken_by")


def downgrade() -> None:
    """Take back."""
    for table in ("callback_request", "availability", "presence_connection", "node"):
        op.drop_table(table)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, initially="DEFERRED", deferrable=True)


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
