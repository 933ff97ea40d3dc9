"""whose time is taken: holds, changes and cancellations of appointments, and no two at once for one practitioner.

PostgreSQL refuses overlapping spans by an exclusion constraint, SQLite by triggers; both call it
`ex_appointment_participant_busy`. Appointments that overlap already were booked on purpose, and stay. (A migration
that has SQLite make the table anew makes the triggers anew as well.)
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NAME = "ex_appointment_participant_busy"
TAKES_TIME = "a.status IN ('pending', 'booked', 'arrived')"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("appointment") as table:
        table.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("cancel_reason", sa.String(length=20), nullable=False, server_default=""))
        table.add_column(sa.Column("overbook_reason", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("appointment") as table:
        table.alter_column("sequence", server_default=None)
        table.alter_column("cancel_reason", server_default=None)
    with op.batch_alter_table("appointment_participant") as table:
        table.add_column(sa.Column("busy_from", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("overbooked", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.drop_index("ix_appointment_participant_practitioner_id")
        table.create_index(
            "ix_appointment_participant_practitioner_id_busy_from", ["practitioner_id", "busy_from"], unique=False
        )
        table.create_check_constraint(
            op.f("ck_appointment_participant_busy_whole"), "(busy_from IS NULL) = (busy_until IS NULL)"
        )
        table.create_check_constraint(
            op.f("ck_appointment_participant_busy_ends_after_start"), "busy_until > busy_from"
        )
    with op.batch_alter_table("appointment_participant") as table:
        table.alter_column("overbooked", server_default=None)
    _take_time()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {NAME}_insert")
        op.execute(f"DROP TRIGGER {NAME}_update")
    else:
        op.execute(f"ALTER TABLE appointment_participant DROP CONSTRAINT {NAME}")
    with op.batch_alter_table("appointment_participant") as table:
        table.drop_constraint(op.f("ck_appointment_participant_busy_ends_after_start"), type_="check")
        table.drop_constraint(op.f("ck_appointment_participant_busy_whole"), type_="check")
        table.drop_index("ix_appointment_participant_practitioner_id_busy_from")
        table.create_index("ix_appointment_participant_practitioner_id", ["practitioner_id"], unique=False)
        for column in ("overbooked", "busy_until", "busy_from"):
            table.drop_column(column)
    with op.batch_alter_table("appointment") as table:
        for column in ("overbook_reason", "cancel_reason", "cancelled_at", "sequence", "held_until"):
            table.drop_column(column)


def _take_time() -> None:
    """Let the appointments that are there take their practitioners' time."""
    op.execute(f"""
        UPDATE appointment_participant SET
            busy_from = (SELECT a.starts_at FROM appointment a WHERE a.id = appointment_id),
            busy_until = (SELECT a.ends_at FROM appointment a WHERE a.id = appointment_id)
        WHERE practitioner_id IS NOT NULL
            AND EXISTS (SELECT 1 FROM appointment a WHERE a.id = appointment_id AND {TAKES_TIME})""")  # noqa: S608
    op.execute("""
        UPDATE appointment_participant SET overbooked = TRUE
        WHERE EXISTS (SELECT 1 FROM appointment_participant other
            WHERE other.practitioner_id = appointment_participant.practitioner_id
                AND other.id <> appointment_participant.id
                AND other.busy_from < appointment_participant.busy_until
                AND other.busy_until > appointment_participant.busy_from)""")


def _guard_postgresql() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(f"""
        ALTER TABLE appointment_participant ADD CONSTRAINT {NAME}
        EXCLUDE USING gist (practitioner_id WITH =, tstzrange(busy_from, busy_until) WITH &&)
        WHERE (practitioner_id IS NOT NULL AND busy_from IS NOT NULL AND NOT overbooked)""")


def _guard_sqlite() -> None:
    overlaps = """
        NEW.busy_from IS NOT NULL AND NEW.practitioner_id IS NOT NULL AND NOT NEW.overbooked
        AND EXISTS (SELECT 1 FROM appointment_participant other
            WHERE other.practitioner_id = NEW.practitioner_id AND other.appointment_id <> NEW.appointment_id
                AND NOT other.overbooked
                AND other.busy_from < NEW.busy_until AND other.busy_until > NEW.busy_from)"""
    for what in ("insert", "update"):
        op.execute(f"""
            CREATE TRIGGER {NAME}_{what} BEFORE {what.upper()} ON appointment_participant WHEN {overlaps}
            BEGIN SELECT RAISE(ABORT, '{NAME}'); END""")
