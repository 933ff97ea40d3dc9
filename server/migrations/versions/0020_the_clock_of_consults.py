"""the clock of consults: who was connected when, minutes and their corrections, and the agendas of conferences."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

TABLES = ("conference_case", "consult_minutes_edit", "consult_minutes", "seat_stay")


def upgrade() -> None:
    """Apply."""
    _table(
        "seat_stay",
        *(_id(name) for name in ("room_id", "seat_id")),
        _text("connection", 64),
        _moment("came_at"),
        _moment("left_at", optional=True),
        references={"room_id": "room.id", "seat_id": "seat.id"},
        indexes=["room_id", "seat_id"],
    )
    _table(
        "consult_minutes",
        *(_id(name) for name in ("consult_id", "account_id")),
        *(_text(name, 10) for name in ("kind", "source")),
        *(_moment(name) for name in ("started_at", "ended_at")),
        _number("version"),
        references={"consult_id": "consult.id", "account_id": "account.id"},
        checks={
            "kind": "kind IN ('discussion', 'review')",
            "source": "source IN ('call', 'page', 'entered')",
            "ends_after_start": "ended_at >= started_at",
        },
        indexes=["organization_id", "consult_id"],
    )
    op.create_index(
        "ix_consult_minutes_account_id_ended_at", "consult_minutes", ["account_id", "ended_at"], unique=False
    )
    _table(
        "consult_minutes_edit",
        *(_id(name) for name in ("minutes_id", "account_id")),
        *(_moment(name) for name in ("at", "was_started_at", "was_ended_at")),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        references={"minutes_id": "consult_minutes.id", "account_id": "account.id"},
        indexes=["organization_id", "minutes_id", "account_id"],
    )
    _table(
        "conference_case",
        *(_id(name) for name in ("meeting_id", "consult_id")),
        _number("position"),
        _id("added_by"),
        _moment("added_at"),
        sa.Column("decision", sa.LargeBinary(), nullable=True),
        _id("decided_by", optional=True),
        _moment("decided_at", optional=True),
        references={
            "meeting_id": "meeting.id",
            "consult_id": "consult.id",
            "added_by": "account.id",
            "decided_by": "account.id",
        },
        checks={
            "decided": "(decision IS NULL) = (decided_at IS NULL)",
            "signed": "(decision IS NULL) = (decided_by IS NULL)",
        },
        unique=["meeting_id", "consult_id"],
        indexes=["organization_id", "consult_id"],
    )


def downgrade() -> None:
    """Take back."""
    for name in TABLES:
        op.drop_table(name)


def _id(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=optional)


def _text(name: str, longest: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=longest), nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


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
