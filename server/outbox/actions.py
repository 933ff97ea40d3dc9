"""Queueing messages in the caller's transaction, and sending what is due: one way for every channel."""

from asyncio import Event
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from server.db import after_commit
from server.kit import field_name
from server.kit.ids import OrganizationId, new_id
from server.outbox.gateway import deliver_text
from server.outbox.letters import Calendar, Letter, compose
from server.outbox.parcels import Parcel
from server.outbox.reach_actions import carry_to_browser, carry_to_hook
from server.outbox.rules import Channel, Undeliverable, is_late, lease_of, next_try
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
    not_after: datetime | None = None
    target_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text message to a phone, about a record. Whoever finds the phone reads it: no clinical words."""

    organization_id: OrganizationId
    about_id: UUID
    phone: str
    body: str = field(repr=False)
    not_after: datetime | None = None
    target_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """A message to a browser, as JSON, about a record, and until when it is of use. No clinical words in it."""

    organization_id: OrganizationId
    about_id: UUID
    subscription_id: UUID
    message: str = field(repr=False)
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Hook:
    """A message to a webhook, as JSON, about a record, and until when it is of use. No clinical words in it."""

    organization_id: OrganizationId
    about_id: UUID
    channel_id: UUID
    message: str = field(repr=False)
    not_after: datetime


def queue_mail(session: AsyncSession, deps: Deps, mail: Mail) -> UUID:
    """Add the mail to the caller's transaction: once that is committed it will be sent, whatever crashes."""
    row = _queued(deps, Channel.MAIL, mail)
    row.recipient = _sealed(deps, row, "recipient", mail.recipient)
    row.subject = _sealed(deps, row, "subject", mail.subject)
    row.body = _sealed(deps, row, "body", mail.body)
    if mail.calendar is not None:
        row.calendar = _sealed(deps, row, "calendar", mail.calendar.text)
        row.calendar_method = mail.calendar.method
    return _queue(session, row, deps.mail_waiting)


def queue_text(session: AsyncSession, deps: Deps, text: Text) -> UUID:
    """Add the text message to the caller's transaction, as `queue_mail` does a mail."""
    row = _queued(deps, Channel.TEXT, text)
    row.recipient = _sealed(deps, row, "recipient", text.phone)
    row.body = _sealed(deps, row, "body", text.body)
    return _queue(session, row, deps.texts_waiting)


def queue_push(session: AsyncSession, deps: Deps, push: Push) -> UUID:
    """Add a message to a browser to the caller's transaction, as `queue_mail` does a mail."""
    row = _queued(deps, Channel.PUSH, push)
    row.target_id = push.subscription_id
    row.recipient = _sealed(deps, row, "recipient", "")  # the browser's own row has it, as long as there is one
    row.body = _sealed(deps, row, "body", push.message)
    return _queue(session, row, deps.pushes_waiting)


def queue_hook(session: AsyncSession, deps: Deps, hook: Hook) -> UUID:
    """Add a message to a webhook to the caller's transaction, as `queue_mail` does a mail."""
    row = _queued(deps, Channel.HOOK, hook)
    row.target_id = hook.channel_id
    row.recipient = _sealed(deps, row, "recipient", "")
    row.body = _sealed(deps, row, "body", hook.message)
    return _queue(session, row, deps.hooks_waiting)


def _queued(deps: Deps, channel: Channel, message: Mail | Text | Push | Hook) -> OutboxMessage:
    now = deps.now()
    return OutboxMessage(
        id=new_id(),
        organization_id=message.organization_id,
        about_id=message.about_id,
        channel=channel,
        status="queued",
        queued_at=now,
        due_at=now,
        not_after=message.not_after,
        target_id=message.target_id if isinstance(message, Mail | Text) else None,
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


async def send_due_pushes(deps: Deps) -> bool:
    """Send the oldest message to a browser that is due; tell whether there was one."""
    return await _send_due(deps, Channel.PUSH)


async def send_due_hooks(deps: Deps) -> bool:
    """Send the oldest message to a webhook that is due; tell whether there was one."""
    return await _send_due(deps, Channel.HOOK)


async def _send_due(deps: Deps, channel: Channel) -> bool:
    """The lease is committed before anything is sent, the result after: a crash between the two sends again."""
    async with deps.database.write() as session:
        row = await due_message(session, channel, deps.now())
        if row is None:
            return False
        if is_late(row.not_after, deps.now()):
            _wipe(row, "late")
            return True
        row.leased_until, row.attempts = deps.now() + lease_of(channel), row.attempts + 1
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


async def _send_push(deps: Deps, row: OutboxMessage) -> None:
    await carry_to_browser(deps, row.target_id, _parcel(deps, row))


async def _send_hook(deps: Deps, row: OutboxMessage) -> None:
    await carry_to_hook(deps, row.target_id, _parcel(deps, row))


def _parcel(deps: Deps, row: OutboxMessage) -> Parcel:
    return Parcel(row.id, row.about_id, _opened(deps, row, "body"), row.not_after or deps.now())


_SENDERS: Mapping[Channel, Callable[[Deps, OutboxMessage], Awaitable[None]]] = {
    Channel.MAIL: _send_mail,
    Channel.TEXT: _send_text,
    Channel.PUSH: _send_push,
    Channel.HOOK: _send_hook,
}


async def _finish(deps: Deps, row_id: UUID) -> None:
    async with deps.database.write() as session:
        row = await session.get_one(OutboxMessage, row_id)
        row.sent_at = deps.now()
        _wipe(row, "sent")


def _wipe(row: OutboxMessage, status: str) -> None:
    row.status, row.leased_until = status, None
    row.subject = row.body = row.calendar = None


async def _put_off(deps: Deps, row_id: UUID, attempt: int, *, for_good: bool) -> None:
    async with deps.database.write() as session:
        row = await session.get_one(OutboxMessage, row_id)
        if row.status != "queued" or row.attempts != attempt:
            return  # our lease ran out and another sender took over: the row is theirs
        again = None if for_good else next_try(row.attempts, deps.now(), row.not_after)
        row.leased_until = None
        row.status, row.due_at = ("queued", again) if again else ("failed", row.due_at)
