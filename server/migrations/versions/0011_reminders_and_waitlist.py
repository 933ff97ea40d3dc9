"""reminders and the waitlist: how patients are reminded, what was sent, who waits, what became free and was offered."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = ("waitlist_offer", "waitlist_entry", "freed_time", "appointment_reminder", "access_link_alias")


def upgrade() -> None:
    """Apply."""
    op.add_column("appointment", sa.Column("time_set_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_appointment_starts_at", "appointment", ["starts_at"], unique=False)
    # Nobody has answered yet: until now nobody was asked.
    op.execute("UPDATE appointment_participant SET status = 'needs-action' WHERE patient_id IS NOT NULL")
    with op.batch_alter_table("patient") as table:
        table.add_column(sa.Column("mail_reminders", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("text_reminders", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("patient") as table:
        table.alter_column("mail_reminders", server_default=None)
        table.alter_column("text_reminders", server_default=None)
    _table(
        "access_link_alias",
        _ref("link_id"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        references={"link_id": "access_link.id"},
        unique=[["token_hash"]],
        indexes=["link_id"],
    )
    _table(
        "appointment_reminder",
        _ref("organization_id"),
        _ref("appointment_id"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("minutes_before", sa.Integer(), nullable=False),
        _moment("handled_at"),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.Column("texted", sa.Boolean(), nullable=False),
        references={"organization_id": "organization.id", "appointment_id": "appointment.id"},
        unique=[["appointment_id", "sequence", "minutes_before"]],
        indexes=["organization_id"],
    )
    _waitlist()


def _waitlist() -> None:
    _table(
        "freed_time",
        *(_ref(name) for name in ("organization_id", "clinic_id", "practitioner_id")),
        *(_moment(name) for name in ("starts_at", "ends_at", "freed_at")),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        references={
            "organization_id": "organization.id",
            "clinic_id": "clinic.id",
            "practitioner_id": "practitioner.id",
        },
        indexes=["organization_id", "clinic_id", "practitioner_id"],
    )
    op.create_index("ix_freed_time_status_starts_at", "freed_time", ["status", "starts_at"], unique=False)
    _table(
        "waitlist_entry",
        *(_ref(name) for name in ("organization_id", "clinic_id", "patient_id")),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ("appointment_id", "practitioner_id")),
        sa.Column("specialty", sa.String(length=60), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("earliest", sa.Time(), nullable=False),
        sa.Column("latest", sa.Time(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        _moment("added_at"),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("latest > earliest", name=op.f("ck_waitlist_entry_latest_after_earliest")),
        references={
            "organization_id": "organization.id",
            "clinic_id": "clinic.id",
            "patient_id": "patient.id",
            "appointment_id": "appointment.id",
            "practitioner_id": "practitioner.id",
            "added_by": "account.id",
        },
        indexes=["clinic_id", "patient_id", "appointment_id", "practitioner_id", "added_by"],
    )
    status = ["organization_id", "status"]
    op.create_index("ix_waitlist_entry_organization_id_status", "waitlist_entry", status, unique=False)
    _offers()


def _offers() -> None:
    _table(
        "waitlist_offer",
        *(_ref(name) for name in ("organization_id", "entry_id", "freed_time_id", "appointment_id")),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("wrong_answers", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        *(_moment(name) for name in ("offered_at", "expires_at")),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        references={
            "organization_id": "organization.id",
            "entry_id": "waitlist_entry.id",
            "freed_time_id": "freed_time.id",
            "appointment_id": "appointment.id",
        },
        unique=[["freed_time_id", "entry_id"], ["token_hash"]],
        indexes=["organization_id", "entry_id", "appointment_id"],
    )
    offered = sa.text("status = 'offered'")
    for name, column in (("time", "freed_time_id"), ("entry", "entry_id")):
        op.create_index(
            f"uq_waitlist_offer_{name}",
            "waitlist_offer",
            [column],
            unique=True,
            sqlite_where=offered,
            postgresql_where=offered,
        )
    op.create_index("ix_waitlist_offer_status_expires_at", "waitlist_offer", ["status", "expires_at"], unique=False)


def downgrade() -> None:
    """Take back."""
    for name in TABLES:
        op.drop_table(name)
    with op.batch_alter_table("patient") as table:
        table.drop_column("text_reminders")
        table.drop_column("mail_reminders")
    op.execute("UPDATE appointment_participant SET status = 'accepted' WHERE patient_id IS NOT NULL")
    op.drop_index("ix_appointment_starts_at", table_name="appointment")
    with op.batch_alter_table("appointment") as table:
        table.drop_column("time_set_at")


def _ref(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _table(
    name: str,
    *columns: Any,
    references: dict[str, str],
    unique: list[list[str]] | None = None,
    indexes: list[str],
) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_{name}_{column}"), initially="DEFERRED", deferrable=True
            )
            for column, target in references.items()
        ),
        *(sa.UniqueConstraint(*names, name=op.f(f"uq_{name}_{'_'.join(names)}")) for names in unique or ()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in indexes:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column], unique=False)
