"""consult cases: what was asked, who was matched and rung for it, and what happened."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

TABLES = ("consult_event", "consult_candidate", "consult_ring", "consult")


def upgrade() -> None:
    """Apply."""
    _consults()
    _table(
        "consult_ring",
        _id("consult_id"),
        _id("account_id"),
        _number("number"),
        _moment("started_at"),
        _moment("until"),
        _moment("ended_at", optional=True),
        *(_text(name, 20) for name in ("why", "reason")),
        sa.Column("remark", sa.LargeBinary(), nullable=True),
        _number("minutes", optional=True),
        _id("suggested_id", optional=True),
        _moment("seen_at", optional=True),
        references={"consult_id": "consult.id", "account_id": "account.id", "suggested_id": "account.id"},
        unique=["consult_id", "number"],
        indexes=["organization_id"],
    )
    op.create_index("ix_consult_ring_account_id_ended_at", "consult_ring", ["account_id", "ended_at"], unique=False)
    _table(
        "consult_candidate",
        _id("consult_id"),
        _id("practitioner_id"),
        _number("rank", optional=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        references={"consult_id": "consult.id", "practitioner_id": "practitioner.id"},
        unique=["consult_id", "practitioner_id"],
        indexes=["organization_id", "practitioner_id"],
    )
    _table(
        "consult_event",
        _id("consult_id"),
        _moment("at"),
        _text("kind", 20),
        _id("account_id", optional=True),
        sa.Column("data", sa.JSON(), nullable=False),
        references={"consult_id": "consult.id", "account_id": "account.id"},
        indexes=["organization_id", "consult_id", "account_id"],
    )


def _consults() -> None:
    _table(
        "consult",
        *(_id(name) for name in ("service_id", "clinic_id")),
        *(_id(name, optional=True) for name in ("patient_id", "encounter_id")),
        _id("requester_id"),
        _id("practitioner_id", optional=True),
        *(_text(name, longest) for name, longest in (("mode", 10), ("urgency", 10), ("situation", 20))),
        _text("consent_given_by", 20),
        _id("consent_recorded_by", optional=True),
        _moment("consent_at", optional=True),
        _text("consent_version", 20),
        _text("patient_state", 2),
        _number("patient_age", optional=True),
        _text("language", 5),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        _text("status", 10),
        sa.Column("ring_state", sa.Text(), nullable=False),
        _number("version"),
        *(_moment(name, optional=True) for name in ("due_at", "leased_until")),
        _text("lease_holder", 64),
        _id("accepted_by", optional=True),
        _moment("accepted_at", optional=True),
        _id("room_id", optional=True),
        *(_moment(name, optional=True) for name in ("written_due_at", "answered_at", "closed_at")),
        _text("ending", 10),
        _moment("created_at"),
        references={
            "service_id": "consult_service.id",
            "clinic_id": "clinic.id",
            "patient_id": "patient.id",
            "encounter_id": "encounter.id",
            "requester_id": "account.id",
            "practitioner_id": "practitioner.id",
            "consent_recorded_by": "account.id",
            "accepted_by": "account.id",
            "room_id": "room.id",
        },
        checks={
            "mode": "mode IN ('video', 'audio', 'chat', 'written')",
            "urgency": "urgency IN ('now', 'soon', 'today', 'week')",
            "situation": "situation IN ('patient_present', 'peer_only')",
            "status": "status IN ('ringing', 'accepted', 'written', 'answered', 'closed')",
            "present": "situation = 'peer_only' OR encounter_id IS NOT NULL",
            "winner": "status <> 'accepted' OR accepted_by IS NOT NULL",
        },
        indexes=[
            *("organization_id", "service_id", "clinic_id", "patient_id", "encounter_id", "requester_id"),
            *("practitioner_id", "due_at", "accepted_by", "room_id", "written_due_at"),
        ],
    )


def downgrade() -> None:
    """Take back."""
    for name in TABLES:
        op.drop_table(name)


def _id(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=optional)


def _text(name: str, longest: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=longest), nullable=False)


def _number(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=optional)


def _moment(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=optional)


def _table(
    name: str,
    *columns: sa.Column[Any],
    references: dict[str, str],
    indexes: list[str],
    checks: dict[str, str] | None = None,
    unique: list[str] | None = None,
) -> None:
    """Make a table of an organization's rows, with its references, checks, one unique set of columns and indexes."""
    op.create_table(
        name,
        _id("id"),
        _id("organization_id"),
        *columns,
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_{name}_{column}"), initially="DEFERRED", deferrable=True
            )
            for column, target in {"organization_id": "organization.id", **references}.items()
        ),
        *(sa.CheckConstraint(condition, name=op.f(f"ck_{name}_{what}")) for what, condition in (checks or {}).items()),
        *([sa.UniqueConstraint(*unique, name=op.f(f"uq_{name}_{'_'.join(unique)}"))] if unique else []),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in indexes:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column], unique=False)
