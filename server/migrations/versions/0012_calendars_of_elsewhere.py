"""calendars: the address at which one can be read, other calendars that are read, and what time they take."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "calendar_address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_belongs("calendar_address"),
        _unique("calendar_address", "practitioner_id"),
        _unique("calendar_address", "token_hash"),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=False),
        sa.Column("trouble", sa.String(length=20), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("guessed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=True),
        *_belongs("calendar_feed"),
    )
    op.create_table(
        "calendar_busy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("feed_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        *_belongs("calendar_busy"),
        _reference("calendar_busy", "feed_id", "calendar_feed.id"),
        _unique("calendar_busy", "feed_id", "starts_at"),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_calendar_busy_ends_after_start")),
    )
    for table, *columns in (
        ("calendar_address", "organization_id"),
        ("calendar_feed", "organization_id"),
        ("calendar_feed", "practitioner_id"),
        ("calendar_feed", "due_at"),
        ("calendar_busy", "organization_id"),
        ("calendar_busy", "practitioner_id", "starts_at"),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)


def downgrade() -> None:
    """Take back."""
    for name in ("calendar_busy", "calendar_feed", "calendar_address"):
        op.drop_table(name)


def _belongs(table: str) -> list[sa.Constraint]:
    """Say what every one of these tables has: its key, its organization and its practitioner."""
    return [
        _reference(table, "organization_id", "organization.id"),
        _reference(table, "practitioner_id", "practitioner.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, initially="DEFERRED", deferrable=True)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))
