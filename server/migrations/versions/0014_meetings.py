"""meetings: those who meet without a patient in it, on which dates, and whom they speak of."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

TABLES = ("meeting_patient", "meeting_date", "meeting")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "meeting",
        *_row("clinic_id"),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        *_belongs("meeting", clinic_id="clinic.id", created_by="account.id"),
    )
    op.create_table(
        "meeting_date",
        *_row("meeting_id", "appointment_id"),
        *_belongs("meeting_date", meeting_id="meeting.id", appointment_id="appointment.id"),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_meeting_date_appointment_id")),
    )
    op.create_table(
        "meeting_patient",
        *_row("meeting_id", "patient_id"),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        *_belongs("meeting_patient", meeting_id="meeting.id", patient_id="patient.id"),
        sa.UniqueConstraint("meeting_id", "patient_id", name=op.f("uq_meeting_patient_meeting_id_patient_id")),
    )
    for table, *columns in (
        ("meeting", "organization_id", "clinic_id", "created_by"),
        ("meeting_date", "organization_id", "meeting_id"),
        ("meeting_patient", "organization_id", "patient_id"),
    ):
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    """Take back."""
    for name in TABLES:
        op.drop_table(name)


def _row(*references: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "organization_id", *references)]


def _belongs(table: str, **targets: str) -> list[sa.Constraint]:
    """Say what a table refers to, and its key."""
    all_targets = {"organization_id": "organization.id", **targets}
    return [
        *(_reference(table, column, target) for column, target in all_targets.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, initially="DEFERRED", deferrable=True)
