"""when people work: schedules with their hours, exceptions, leave and holidays; kinds of visits and who gives them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "visit_type",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_es", sa.String(length=80), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("modality", sa.String(length=10), nullable=False),
        sa.Column("specialty", sa.String(length=60), nullable=False),
        sa.Column("instructions", sa.String(length=1000), nullable=False),
        sa.Column("instructions_es", sa.String(length=1000), nullable=False),
        sa.Column("self_bookable", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        _reference("visit_type", "organization_id", "organization.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_type")),
    )
    op.create_table(
        "visit_type_practitioner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_type_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        _reference("visit_type_practitioner", "visit_type_id", "visit_type.id"),
        _reference("visit_type_practitioner", "practitioner_id", "practitioner.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_type_practitioner")),
        _unique("visit_type_practitioner", "visit_type_id", "practitioner_id"),
    )
    op.create_table(
        "practitioner_schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("before_minutes", sa.Integer(), nullable=False),
        sa.Column("after_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("daily_maximum", sa.Integer(), nullable=True),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _reference("practitioner_schedule", "organization_id", "organization.id"),
        _reference("practitioner_schedule", "practitioner_id", "practitioner.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner_schedule")),
        _unique("practitioner_schedule", "practitioner_id"),
    )
    _part(
        "schedule_rule",
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("video_only", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("skipped", sa.String(length=10), nullable=False),
        sa.Column("repeated", sa.String(length=10), nullable=False),
        _reference("schedule_rule", "clinic_id", "clinic.id"),
    )
    _part(
        "schedule_exception",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("video_only", sa.Boolean(), nullable=False),
        sa.Column("starts_meant", sa.String(length=10), nullable=True),
        sa.Column("ends_meant", sa.String(length=10), nullable=True),
        _reference("schedule_exception", "clinic_id", "clinic.id"),
        sa.CheckConstraint("(starts IS NULL) = (ends IS NULL)", name=op.f("ck_schedule_exception_hours_whole")),
    )
    _part(
        "schedule_leave",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_schedule_leave_last_after_first")),
    )
    op.create_table(
        "organization_holiday",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        _reference("organization_holiday", "organization_id", "organization.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_holiday")),
        _unique("organization_holiday", "organization_id", "day"),
    )
    op.create_table(
        "practitioner_language",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        _reference("practitioner_language", "practitioner_id", "practitioner.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner_language")),
        _unique("practitioner_language", "practitioner_id", "language"),
    )
    _index("visit_type", "organization_id")
    _index("visit_type_practitioner", "practitioner_id")
    _index("practitioner_schedule", "organization_id")
    _index("schedule_rule", "clinic_id")
    _index("schedule_exception", "clinic_id")
    with op.batch_alter_table("appointment") as table:
        table.add_column(sa.Column("visit_type_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            op.f("fk_appointment_visit_type_id"),
            "visit_type",
            ["visit_type_id"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
        )
        table.create_index(op.f("ix_appointment_visit_type_id"), ["visit_type_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("appointment") as table:
        table.drop_index(op.f("ix_appointment_visit_type_id"))
        table.drop_constraint(op.f("fk_appointment_visit_type_id"), type_="foreignkey")
        table.drop_column("visit_type_id")
    for name in (
        "practitioner_language",
        "organization_holiday",
        "schedule_leave",
        "schedule_exception",
        "schedule_rule",
        "practitioner_schedule",
        "visit_type_practitioner",
        "visit_type",
    ):
        op.drop_table(name)


def _part(name: str, *columns: sa.Column[object] | sa.Constraint) -> None:
    """Make a table of what a schedule consists of."""
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        *columns,
        _reference(name, "schedule_id", "practitioner_schedule.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    _index(name, "schedule_id")


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, initially="DEFERRED", deferrable=True)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
