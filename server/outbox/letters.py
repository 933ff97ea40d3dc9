"""How a mail is written: headers that stay the same at every attempt, a text, and where there is one an invitation."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import UUID

from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Calendar:
    """An invitation or its cancellation: the iCalendar text and its method, REQUEST or CANCEL (RFC 5546)."""

    method: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to write: its row, when it was queued, the recipient, the texts and the invitation."""

    row_id: UUID
    queued_at: datetime
    recipient: str
    subject: str
    body: str
    calendar: Calendar | None = None


def compose(settings: Settings, letter: Letter) -> EmailMessage:
    """Write the mail. The same letter gives the same bytes, so what came twice can be told from a second mail."""
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.queued_at)
    message["Message-ID"] = message_id(settings, letter.row_id)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    if letter.calendar is not None:
        _invite(message, letter.row_id, letter.calendar)
    return message


def message_id(settings: Settings, row_id: UUID) -> str:
    """The same for every attempt, so that a mail reader drops a message that came twice (RFC 5322 section 3.6.4)."""
    host = urlsplit(settings.public_url).hostname or "localhost"
    return f"<{row_id}@[IPv6:{host}]>" if ":" in host else f"<{row_id}@{host}>"


def _invite(message: EmailMessage, row_id: UUID, calendar: Calendar) -> None:
    """Add the invitation as another form of the same mail (RFC 6047 section 2.4), in bytes: its lines end with CRLF."""
    message.add_alternative(
        calendar.text.encode(),
        maintype="text",
        subtype="calendar",
        params={"method": calendar.method, "charset": "utf-8", "component": "VEVENT"},
    )
    message.set_boundary(f"={row_id.hex}")
