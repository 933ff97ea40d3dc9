"""who covers whom: services, who covers them, in which order they are rung, and where a consultant needs a licence."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

TABLES = (
    "escalation_step",
    "escalation_path",
    "consultation_rule",
    "specialist_profile",
    "service_coverage",
    "specialist_group_member",
    "specialist_group",
    "consult_service",
)
# What holds where an organization keeps no rules of its own: the careful reading, for every state and profession.
SHIPPED = (
    ("019ac9a0-0000-7000-8000-000000000001", "patient_present", True),
    ("019ac9a0-0000-7000-8000-000000000002", "peer_only", False),
)
SOURCE = "General rule. Confirm it with your compliance reviewer."


def upgrade() -> None:
    """Apply."""
    _services()
    _specialists()
    _rules()
    _paths()


def _services() -> None:
    _table(
        "consult_service",
        _text("name", 80),
        _text("kind", 30),
        _text("direction", 12),
        sa.Column("professions", sa.JSON(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        _text("template", 30),
        sa.Column("questions", sa.JSON(), nullable=False),
        *_numbers("target_minutes", "due_hours"),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_numbers("version"),
        _moment("changed_at"),
        checks={"direction": "direction IN ('behavioral', 'medical')"},
        unique=[["organization_id", "name"]],
    )
    _table("specialist_group", _text("name", 80), *_numbers("version"), unique=[["organization_id", "name"]])
    _table(
        "specialist_group_member",
        *_refs("group_id", "practitioner_id"),
        references={"group_id": "specialist_group.id", "practitioner_id": "practitioner.id"},
        unique=[["group_id", "practitioner_id"]],
        indexes=["organization_id", "practitioner_id"],
    )


def _specialists() -> None:
    _table(
        "service_coverage",
        *_refs("service_id"),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ("practitioner_id", "group_id", "clinic_id")),
        *_numbers("tier"),
        sa.Column("active", sa.Boolean(), nullable=False),
        references={
            "service_id": "consult_service.id",
            "practitioner_id": "practitioner.id",
            "group_id": "specialist_group.id",
            "clinic_id": "clinic.id",
        },
        checks={"one_cover": "(practitioner_id IS NULL) <> (group_id IS NULL)", "tier": "tier BETWEEN 1 AND 3"},
        indexes=["organization_id", "service_id", "practitioner_id", "group_id", "clinic_id"],
    )
    for who in ("practitioner", "group"):
        for clinic, condition in (("_clinic", "clinic_id IS NOT NULL"), ("", "clinic_id IS NULL")):
            where = sa.text(f"{who}_id IS NOT NULL AND {condition}")
            op.create_index(
                f"uq_service_coverage_{who}{clinic}",
                "service_coverage",
                ["service_id", f"{who}_id", *(["clinic_id"] if clinic else [])],
                unique=True,
                sqlite_where=where,
                postgresql_where=where,
            )
    _table(
        "specialist_profile",
        *_refs("practitioner_id"),
        _text("duty", 10),
        sa.Column("duty_until", sa.DateTime(timezone=True), nullable=True),
        *_numbers("capacity"),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("min_age", "max_age")),
        _moment("changed_at"),
        references={"practitioner_id": "practitioner.id"},
        checks={"duty": "duty IN ('on', 'off', 'hours')", "ages": "max_age >= min_age", "capacity": "capacity >= 0"},
        unique=[["practitioner_id"]],
        indexes=["organization_id"],
    )


def _rules() -> None:
    _table(
        "consultation_rule",
        _text("state", 2),
        _text("profession", 40),
        _text("situation", 20),
        sa.Column("licence_required", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        _text("source", 300),
        checks={"situation": "situation IN ('patient_present', 'peer_only')", "days": "valid_to >= valid_from"},
        unique=[["organization_id", "state", "profession", "situation", "valid_from"]],
        anybodys=True,
    )
    rules = sa.table(
        "consultation_rule",
        sa.column("id", sa.Uuid()),
        *(sa.column(name, sa.String()) for name in ("state", "profession", "situation", "source")),
        sa.column("licence_required", sa.Boolean()),
        sa.column("valid_from", sa.Date()),
    )
    shared = {"state": "", "profession": "", "source": SOURCE, "valid_from": date(2020, 1, 1)}
    rows = [{"id": UUID(id_), "situation": when, "licence_required": needed, **shared} for id_, when, needed in SHIPPED]
    op.bulk_insert(rules, rows)


def _paths() -> None:
    _table(
        "escalation_path",
        *_refs("service_id"),
        _text("name", 80),
        sa.Column("urgencies", sa.JSON(), nullable=False),
        *_numbers("position", "restarts"),
        _text("on_decline", 10),
        _text("on_nobody", 10),
        references={"service_id": "consult_service.id"},
        checks={
            "position": "position BETWEEN 1 AND 5",
            "restarts": "restarts BETWEEN 0 AND 3",
            "on_decline": "on_decline IN ('next', 'continue')",
            "on_nobody": "on_nobody IN ('written', 'next_path')",
        },
        indexes=["organization_id", "service_id"],
    )
    _table(
        "escalation_step",
        *_refs("path_id"),
        *_numbers("position"),
        _text("kind", 20),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ("practitioner_id", "group_id")),
        *_numbers("seconds"),
        references={
            "path_id": "escalation_path.id",
            "practitioner_id": "practitioner.id",
            "group_id": "specialist_group.id",
        },
        checks={
            "position": "position BETWEEN 1 AND 10",
            "seconds": "seconds BETWEEN 10 AND 900",
            "kind": "kind IN ('person', 'group', 'round_robin', 'everyone_covering')",
            "person": "(kind = 'person') = (practitioner_id IS NOT NULL)",
            "group": "(kind IN ('group', 'round_robin')) = (group_id IS NOT NULL)",
        },
        unique=[["path_id", "position"]],
        indexes=["organization_id", "practitioner_id", "group_id"],
    )


def downgrade() -> None:
    """Take back."""
    for name in TABLES:
        op.drop_table(name)


def _refs(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in names]


def _text(name: str, longest: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=longest), nullable=False)


def _numbers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _table(
    name: str,
    *columns: sa.Column[Any],
    references: dict[str, str] | None = None,
    checks: dict[str, str] | None = None,
    unique: list[list[str]] | None = None,
    indexes: list[str] | None = None,
    anybodys: bool = False,
) -> None:
    """Make a table of an organization's rows; `anybodys` may have rows of none."""
    targets = {"organization_id": "organization.id", **(references or {})}
    op.create_table(
        name,
        *_refs("id"),
        sa.Column("organization_id", sa.Uuid(), nullable=anybodys),
        *columns,
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_{name}_{column}"), initially="DEFERRED", deferrable=True
            )
            for column, target in targets.items()
        ),
        *(sa.CheckConstraint(condition, name=op.f(f"ck_{name}_{what}")) for what, condition in (checks or {}).items()),
        *(sa.UniqueConstraint(*names, name=op.f(f"uq_{name}_{'_'.join(names)}")) for names in unique or ()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in indexes or ():
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column], unique=False)
