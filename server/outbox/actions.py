"""Queueing mail in the caller's transaction, and sending what is due."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from server.db import after_commit
from server.kit import field_name
from server.kit.ids import OrganizationId, new_id
from server.outbox.rules import LEASE, next_try
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


def queue_mail(session: AsyncSession, deps: Deps, mail: Mail) -> UUID:
    """Add the mail to the caller's transaction: once that is committed it will be sent, whatever crashes."""
    row_id, now = new_id(), deps.now()

    def sealed(column: str, text: str) -> bytes:
        return deps.keyring.seal(text, field_name("outbox_message", row_id, column))

    session.add(
        OutboxMessage(
            id=row_id,
            organization_id=mail.organization_id,
            about_id=mail.about_id,
            recipient=sealed("recipient", mail.recipient),
            subject=sealed("subject", mail.subject),
            body=sealed("body", mail.body),
            status="queued",
            queued_at=now,
            due_at=now,
        )
    )
    after_commit(session, lambda: _wake(deps))
    return row_id


async def _wake(deps: Deps) -> None:
    deps.mail_waiting.set()


async def send_due_mail(deps: Deps) -> bool:
    """Send the oldest due message; tell whether there was one. The lease is committed before, the result after."""
    async with deps.database.write() as session:
        row = await due_message(session, deps.now())
        if row is None:
            return False
        row.leased_until, row.attempts = deps.now() + LEASE, row.attempts + 1
    try:
        await deliver(deps.settings, _compose(deps, row), str(row.id))
    except Exception as error:  # noqa: BLE001 - one that cannot even be written is given up like one that is refused
        _log.warning("mail not taken", message=str(row.id), attempt=row.attempts, kind=type(error).__name__)
        await _put_off(deps, row.id, row.attempts)
    else:
        await _finish(deps, row.id)
    return True


def _compose(deps: Deps, row: OutboxMessage) -> EmailMessage:
    def opened(column: str, sealed: bytes | None) -> str:
        return deps.keyring.open(sealed or b"", field_name("outbox_message", row.id, column))

    message = EmailMessage()
    message["From"] = deps.settings.mail_from
    message["To"] = opened("recipient", row.recipient)
    message["Subject"] = opened("subject", row.subject)
    message["Date"] = format_datetime(row.queued_at)
    message["Message-ID"] = _message_id(deps, row.id)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(opened("body", row.body))
    return message


def _message_id(deps: Deps, row_id: UUID) -> str:
    """The same for every attempt, so that a mail reader drops a message that came twice (RFC 5322 section 3.6.4)."""
    host = urlsplit(deps.settings.public_url).hostname or "localhost"
    return f"<{row_id}@[IPv6:{host}]>" if ":" in host else f"<{row_id}@{host}>"


async def _finish(deps: Deps, row_id: UUID) -> None:
    async with deps.database.write() as session:
        row = await session.get_one(OutboxMessage, row_id)
        row.status, row.sent_at, row.leased_until = "sent", deps.now(), None
        row.subject = row.body = None


async def _put_off(deps: Deps, row_id: UUID, attempt: int) -> None:
    async with deps.database.write() as session:
        row = await session.get_one(OutboxMessage, row_id)
        if row.status != "queued" or row.attempts != attempt:
            return  # our lease ran out and another sender took over: the row is theirs
        again = next_try(row.attempts, deps.now())
        row.leased_until = None
        row.status, row.due_at = ("queued", again) if again else ("failed", row.due_at)
