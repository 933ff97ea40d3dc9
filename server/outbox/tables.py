"""The table of outgoing messages. Address and text are sealed, and the text is wiped once it is delivered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Uuid
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field
from server.outbox.rules import Channel


class OutboxMessage(SQLModel, table=True):
    """One message of a `Channel`. `status` is queued, sent or failed; a sender holds the row until `leased_until`.

    A mail may carry an invitation: `calendar` is its iCalendar text, `calendar_method` what it asks (RFC 5546).
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
