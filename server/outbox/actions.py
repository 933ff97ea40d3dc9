"""Queueing messages in the caller's transaction, and sending what is due: one way for every channel."""

from asyncio import Event
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from server.db import after_commit
from server.kit import field_name
from server.kit.ids import OrganizationId, new_id
from server.outbox.gateway import deliver_text
from server.outbox.letters import Calendar, Letter, compose
from server.outbox.rules import LEASE, Channel, Undeliverable, next_try
from server.outbox.store import due_message
from server.outbox.tables import OutboxMessage
from server.outbox.transport import deliver
from server.web import Deps

_log = structlog.get_logger("curbside.outbox")


@dataclass(frozen=True, slots=True)
class Mail:
    """What is to be sent: to whom, the texts, and the record that it is about. Texts hold no clinical words."""

    organization_id: OrganizationId
    about_id: UUID
    recipient: str
    subject: str
    body: str
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text message to a phone, about a record. Whoever finds the phone reads it: no clinical words."""

    organization_id: OrganizationId
    about_id: UUID
    phone: str
    body: str = field(repr=False)


def queue_mail(session: AsyncSession, deps: Deps, mail: Mail) -> UUID:
    """Add the mail to the caller's transaction: once that is committed it will be sent, whatever crashes."""
    row = _queued(deps, mail.organization_id, mail.about_id, Channel.MAIL)
    row.recipient = _sealed(deps, row, "recipient", mail.recipient)
    row.subject = _sealed(deps, row, "subject", mail.subject)
    row.body = _sealed(deps, row, "body", mail.body)
    if mail.calendar is not None:
        row.calendar = _sealed(deps, row, "calendar", mail.calendar.text)
        row.calendar_method = mail.calendar.method
    return _queue(session, row, deps.mail_waiting)


def queue_text(session: AsyncSession, deps: Deps, text: Text) -> UUID:
    """Add the text message to the caller's transaction, as `queue_mail` does a mail."""
    row = _queued(deps, text.organization_id, text.about_id, Channel.TEXT)
    row.recipient = _sealed(deps, row, "recipient", text.phone)
    row.body = _sealed(deps, row, "body", text.body)
    return _queue(session, row, deps.texts_waiting)


def _queued(deps: Deps, organization_id: OrganizationId, about_id: UUID, channel: Channel) -> OutboxMessage:
    now = deps.now()
    return OutboxMessage(
        id=new_id(),
        organization_id=organization_id,
        about_id=about_id,
        channel=channel,
        status="queued",
        queued_at=now,
        due_at=now,
    )


def _queue(session: AsyncSession, row: OutboxMessage, waiting: Event) -> UUID:
    async def wake() -> None:
        waiting.set()

    session.add(row)
    after_commit(session, wake)
    return row.id


def _sealed(deps: Deps, row: OutboxMessage, column: str, text: str) -> bytes:
    return deps.keyring.seal(text, field_name("outbox_message", row.id, column))


def _opened(deps: Deps, row: OutboxMessage, column: str) -> str:
    return deps.keyring.open(getattr(row, column) or b"", field_name("outbox_message", row.id, column))


async def send_due_mail(deps: Deps) -> bool:
    """Send the oldest mail that is due; tell whether there was one."""
    return await _send_due(deps, Channel.MAIL)


async def send_due_texts(deps: Deps) -> bool:
    """Send the oldest text message that is due; tell whether there was one."""
    return await _send_due(deps, Channel.TEXT)


async def _send_due(deps: Deps, channel: Channel) -> bool:
    """The lease is committed before anything is sent, the result after: a crash between the two sends again."""
    async with deps.database.write() as session:
        row = await due_message(session, channel, deps.now())
        if row is None:
            return False
        row.leased_until, row.attempts = deps.now() + LEASE, row.attempts + 1
    try:
        await _SENDERS[channel](deps, row)
    except Exception as error:  # noqa: BLE001 - one that cannot even be written is given up like one that is refused
        kind = type(error).__name__
        _log.warning("message not taken", channel=channel, message=str(row.id), attempt=row.attempts, kind=kind)
        await _put_off(deps, row.id, row.attempts, for_good=isinstance(error, Undeliverable))
    else:
        await _finish(deps, row.id)
    return True


async def _send_mail(deps: Deps, row: OutboxMessage) -> None:
    calendar = Calendar(row.calendar_method, _opened(deps, row, "calendar")) if row.calendar_method else None
    recipient, subject, body = (_opened(deps, row, column) for column in ("recipient", "subject", "body"))
    letter = Letter(row.id, row.queued_at, recipient, subject, body, calendar)
    await deliver(deps.settings, compose(deps.settings, letter), str(row.id))


async def _send_text(deps: Deps, row: OutboxMessage) -> None:
    await deliver_text(deps.settings, _opened(deps, row, "recipient"), _opened(deps, row, "body"), str(row.id))


_SENDERS: Mapping[Channel, Callable[[Deps, OutboxMessage], Awaitable[None]]] = {
    Channel.MAIL: _send_mail,
    Channel.TEXT: _send_text,
}


async def _finish(deps: Deps, row_id: UUID) -> None:
    async with deps.database.write() as session:
        row = await session.get_one(OutboxMessage, row_id)
        row.status, row.sent_at, row.leased_until = "sent", deps.now(), None
        row.subject = row.body = row.calendar = None


async def _put_off(deps: Deps, row_id: UUID, attempt: int, *, for_good: bool) -> None:
    async with deps.database.write() as session:
        row = await session.get_one(OutboxMessage, row_id)
        if row.status != "queued" or row.attempts != attempt:
            return  # our lease ran out and another sender took over: the row is theirs
        again = None if for_good else next_try(row.attempts, deps.now())
        row.leased_until = None
        row.status, row.due_at = ("queued", again) if again else ("failed", row.due_at)
