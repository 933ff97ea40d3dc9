"""Outgoing messages, and where people are rung. Addresses and texts are sealed, a text is wiped once delivered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Uuid
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field
from server.outbox.rules import Channel


class OutboxMessage(SQLModel, table=True):
    """One message of a `Channel`. `status` is queued, sent, failed or late; a sender holds it until `leased_until`.

    A mail may carry an invitation: `calendar` is its iCalendar text, `calendar_method` what it asks (RFC 5546).
    From `not_after` on it is of no use to anybody, and is not sent any more (`late`). `target_id` is the browser or the
    ring channel that it is for.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_status_due_at", "status", "due_at"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    about_id: UUID = Field(sa_type=Uuid, index=True)
    channel: str = Field(default=Channel.MAIL, max_length=10)
    recipient: bytes = sealed_field()
    subject: bytes | None = sealed_field(optional=True)
    body: bytes | None = sealed_field(optional=True)
    calendar: bytes | None = sealed_field(optional=True)
    calendar_method: str | None = Field(default=None, max_length=10)
    status: str = Field(max_length=20)
    attempts: int = 0
    queued_at: datetime = moment_field()
    due_at: datetime = moment_field()
    leased_until: datetime | None = moment_field(optional=True)
    sent_at: datetime | None = moment_field(optional=True)
    not_after: datetime | None = moment_field(optional=True)
    target_id: UUID | None = Field(default=None, sa_type=Uuid, index=True)


class PushSubscription(SQLModel, table=True):
    """A browser that takes notifications for an account: its address at its maker's push service, and its keys.

    `failed` counts what it did not take since `last_ok_at`. It goes with `session_id`, in which it was last signed in:
    when somebody ends that, by signing out for example, it takes no more.
    """

    __tablename__ = "push_subscription"

    id: UUID = id_field()
    account_id: UUID = ref_field("account.id")
    language: str = Field(default="en", max_length=5)
    created_at: datetime = moment_field()
    endpoint: bytes = sealed_field()
    endpoint_index: bytes = Field(sa_type=LargeBinary, unique=True)
    p256dh: bytes = sealed_field()
    auth: bytes = sealed_field()
    agent: str = Field(default="", max_length=200)
    session_id: UUID | None = ref_field("page_session.id", optional=True)
    last_ok_at: datetime | None = moment_field(optional=True)
    failed: int = 0


class RingChannel(SQLModel, table=True):
    """Another way to ring somebody, of a `Kind`: used once a code that was sent there came back, and while active.

    A webhook has a `secret` that its messages are signed with. Of the code only a keyed hash is kept.
    """

    __tablename__ = "ring_channel"

    id: UUID = id_field()
    account_id: UUID = ref_field("account.id")
    language: str = Field(default="en", max_length=5)
    created_at: datetime = moment_field()
    kind: str = Field(max_length=10)
    address: bytes = sealed_field()
    secret: bytes | None = sealed_field(optional=True)
    code_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    code_ends_at: datetime | None = moment_field(optional=True)
    wrong: int = 0
    confirmed_at: datetime | None = moment_field(optional=True)
    active: bool = True
