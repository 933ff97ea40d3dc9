"""what is written about consults: threads with attachments, answers, and what became of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

TABLES = (
    "consult_outcome",
    "consult_decision",
    "consult_addendum",
    "consult_answer",
    "consult_reminder",
    "consult_assignment",
    "consult_attachment",
    "consult_message",
)
ACCOUNT = "account.id"


def upgrade() -> None:
    """Apply."""
    _thread()
    _owners()
    _answers()
    _afterwards()


def downgrade() -> None:
    """Take back."""
    for name in TABLES:
        op.drop_table(name)


def _thread() -> None:
    _table(
        "consult_message",
        *(_id("consult_id"), _id("account_id"), _sealed("body", optional=True), _moment("sent_at")),
        references={"consult_id": "consult.id", "account_id": ACCOUNT},
        indexes=["organization_id", "consult_id"],
    )
    _table(
        "consult_attachment",
        *(_id("consult_id"), _id("message_id"), _sealed("name"), _text("media_type", 20)),
        *(sa.Column("size", sa.Integer(), nullable=False), _sealed("content")),
        references={"consult_id": "consult.id", "message_id": "consult_message.id"},
        indexes=["organization_id", "consult_id"],
    )


def _owners() -> None:
    _table(
        "consult_assignment",
        *(_id("consult_id"), _id("account_id", optional=True), _id("group_id", optional=True)),
        *(_id("assigned_by"), _moment("assigned_at")),
        references={
            "consult_id": "consult.id",
            "account_id": ACCOUNT,
            "group_id": "specialist_group.id",
            "assigned_by": ACCOUNT,
        },
        checks={"one_owner": "(account_id IS NULL) <> (group_id IS NULL)"},
        indexes=["organization_id", "consult_id", "group_id"],
    )
    _table(
        "consult_reminder",
        *(_id("consult_id"), _text("kind", 10), _moment("due_at"), _id("account_id"), _moment("handled_at")),
        references={"consult_id": "consult.id", "account_id": ACCOUNT},
        unique=["consult_id", "kind", "due_at", "account_id"],
        indexes=["organization_id"],
    )


def _answers() -> None:
    _table(
        "consult_answer",
        *(_id("consult_id"), _text("status", 20), _sealed("content")),
        *(sa.Column("version", sa.Integer(), nullable=False), _id("saved_by"), _moment("saved_at")),
        *(_id("signed_by", optional=True), _moment("signed_at", optional=True), _text("digest", 64)),
        references={"consult_id": "consult.id", "saved_by": ACCOUNT, "signed_by": ACCOUNT},
        checks={
            "status": "status IN ('preliminary', 'final')",
            "signed": "(status = 'final') = (signed_at IS NOT NULL)",
            "signer": "(signed_at IS NULL) = (signed_by IS NULL)",
        },
        unique=["consult_id"],
        indexes=["organization_id"],
    )
    _table(
        "consult_addendum",
        *(_id("answer_id"), _sealed("body"), _id("signed_by"), _moment("signed_at"), _text("digest", 64)),
        references={"answer_id": "consult_answer.id", "signed_by": ACCOUNT},
        indexes=["organization_id", "answer_id"],
    )


def _afterwards() -> None:
    _table(
        "consult_decision",
        *(_id("answer_id"), _text("item", 40), _text("decision", 10)),
        *(_sealed("reason", optional=True), _sealed("change", optional=True), _id("owner_id", optional=True)),
        *(sa.Column("due_on", sa.Date(), nullable=True), _id("decided_by"), _moment("decided_at")),
        references={"answer_id": "consult_answer.id", "owner_id": ACCOUNT, "decided_by": ACCOUNT},
        checks={
            "decision": "decision IN ('accepted', 'modified', 'declined')",
            "change": "decision <> 'modified' OR change IS NOT NULL",
            "reason": "decision = 'accepted' OR reason IS NOT NULL",
        },
        unique=["answer_id", "item"],
        indexes=["organization_id"],
    )
    _table(
        "consult_outcome",
        *(_id("consult_id"), _moment("due_at"), _moment("asked_at", optional=True), _text("course", 10)),
        *(_sealed("body", optional=True), _id("told_by", optional=True)),
        *(_moment("told_at", optional=True), _moment("read_at", optional=True)),
        references={"consult_id": "consult.id", "told_by": ACCOUNT},
        checks={"told": "(course = '') = (told_at IS NULL)"},
        unique=["consult_id"],
        indexes=["organization_id", "due_at"],
    )


def _id(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=optional)


def _text(name: str, longest: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=longest), nullable=False)


def _sealed(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=optional)


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
