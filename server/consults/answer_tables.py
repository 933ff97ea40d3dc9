"""Tables of what is written about a case: its thread with attachments, the answer, and what became of that.

They belong to the organization that asks. What people wrote and sent is sealed.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, Uuid
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


class ConsultMessage(SQLModel, table=True):
    """What somebody wrote in the thread of a case (FHIR Communication); empty when they only attached something."""

    __tablename__ = "consult_message"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id")
    account_id: UUID = ref_field("account.id", index=False)
    body: bytes | None = sealed_field(optional=True)
    sent_at: datetime = moment_field()


class ConsultAttachment(SQLModel, table=True):
    """A file of a message. `media_type` is what its content was found to be; `size` is of the content, in bytes.

    `content` is its first part, sealed as base64; what follows is in `ConsultAttachmentPart`.
    """

    __tablename__ = "consult_attachment"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id")
    message_id: UUID = ref_field("consult_message.id", index=False)
    name: bytes = sealed_field()
    media_type: str = Field(max_length=20)
    size: int
    content: bytes = sealed_field()


class ConsultAttachmentPart(SQLModel, table=True):
    """What follows in a file after its first part, by `position` from 1, sealed as base64.

    The parts are written before their file, so nothing says that `attachment_id` exists; without it they are dropped.
    """

    __tablename__ = "consult_attachment_part"
    __table_args__ = (
        UniqueConstraint("attachment_id", "position"),
        CheckConstraint("position >= 1", name="position"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    attachment_id: UUID = Field(sa_type=Uuid)
    position: int
    content: bytes = sealed_field()
    kept_at: datetime = moment_field(index=True)


class ConsultAssignment(SQLModel, table=True):
    """That a written case was given to a colleague or to a group; the last one of a case counts until it is taken."""

    __tablename__ = "consult_assignment"
    __table_args__ = (CheckConstraint("(account_id IS NULL) <> (group_id IS NULL)", name="one_owner"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id")
    account_id: UUID | None = ref_field("account.id", optional=True, index=False)
    group_id: UUID | None = ref_field("specialist_group.id", optional=True)
    assigned_by: UUID = ref_field("account.id", index=False)
    assigned_at: datetime = moment_field()


class ConsultReminder(SQLModel, table=True):
    """That people were reminded of a written case: `kind` is new, before or due, for the due time `due_at`.

    `account_id` is of whoever it was meant for, so that each is reminded once.
    """

    __tablename__ = "consult_reminder"
    __table_args__ = (UniqueConstraint("consult_id", "kind", "due_at", "account_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id", index=False)
    kind: str = Field(max_length=10)
    due_at: datetime = moment_field()
    account_id: UUID = ref_field("account.id", index=False)
    handled_at: datetime = moment_field()


class ConsultAnswer(SQLModel, table=True):
    """The answer of a case (FHIR DocumentReference): a draft, then signed and never changed again.

    `content` is JSON: of a draft what was typed, of a signed answer what `answer_rules` writes. `version` counts the
    saved drafts. `digest` is the SHA-256 of the signed content with who signed it and when, in hex. `settled_at` is
    when who asked had decided about its last item, or read one without items: until then it waits for them.
    """

    __tablename__ = "consult_answer"
    __table_args__ = (
        CheckConstraint("status IN ('preliminary', 'final')", name="status"),
        CheckConstraint("(status = 'final') = (signed_at IS NOT NULL)", name="signed"),
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="signer"),
        CheckConstraint("settled_at IS NULL OR signed_at IS NOT NULL", name="settled"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id", unique=True, index=False)
    status: str = Field(default="preliminary", max_length=20)
    content: bytes = sealed_field()
    version: int = 1
    saved_by: UUID = ref_field("account.id", index=False)
    saved_at: datetime = moment_field()
    signed_by: UUID | None = ref_field("account.id", optional=True, index=False)
    signed_at: datetime | None = moment_field(optional=True)
    digest: str = Field(default="", max_length=64)
    settled_at: datetime | None = moment_field(optional=True)


class ConsultAddendum(SQLModel, table=True):
    """What was added to a signed answer; it is signed as it is saved."""

    __tablename__ = "consult_addendum"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    answer_id: UUID = ref_field("consult_answer.id")
    body: bytes = sealed_field()
    signed_by: UUID = ref_field("account.id", index=False)
    signed_at: datetime = moment_field()
    digest: str = Field(max_length=64)


class ConsultDecision(SQLModel, table=True):
    """What the requester does with one item of a signed answer: accepted, modified or declined, decided once.

    `item` is the item's key within the answer. `change` is what is done instead of what was advised, `reason` why.
    """

    __tablename__ = "consult_decision"
    __table_args__ = (
        UniqueConstraint("answer_id", "item"),
        CheckConstraint("decision IN ('accepted', 'modified', 'declined')", name="decision"),
        CheckConstraint("decision <> 'modified' OR change IS NOT NULL", name="change"),
        CheckConstraint("decision = 'accepted' OR reason IS NOT NULL", name="reason"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    answer_id: UUID = ref_field("consult_answer.id", index=False)
    item: str = Field(max_length=40)
    decision: str = Field(max_length=10)
    reason: bytes | None = sealed_field(optional=True)
    change: bytes | None = sealed_field(optional=True)
    owner_id: UUID | None = ref_field("account.id", optional=True, index=False)
    due_on: date | None = None
    decided_by: UUID = ref_field("account.id", index=False)
    decided_at: datetime = moment_field()


class ConsultOutcome(SQLModel, table=True):
    """How it went after an answer: asked of the requester from `due_at` on, told once, and read by the specialist."""

    __tablename__ = "consult_outcome"
    __table_args__ = (CheckConstraint("(course = '') = (told_at IS NULL)", name="told"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    consult_id: UUID = ref_field("consult.id", unique=True, index=False)
    due_at: datetime = moment_field(index=True)
    asked_at: datetime | None = moment_field(optional=True)
    course: str = Field(default="", max_length=10)
    body: bytes | None = sealed_field(optional=True)
    told_by: UUID | None = ref_field("account.id", optional=True, index=False)
    told_at: datetime | None = moment_field(optional=True)
    read_at: datetime | None = moment_field(optional=True)
