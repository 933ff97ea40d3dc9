"""How mail leaves: by SMTP, or in the demo as a file in `mail/` that the demo's pages can show."""

import asyncio
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from server.settings import Settings


def can_send(settings: Settings) -> bool:
    """Tell whether mail can be sent at all, so that a page does not offer what will not happen."""
    return bool(settings.smtp_url) or settings.is_demo


def mail_file(settings: Settings, message_id: str) -> Path:
    """Give where the demo keeps a message."""
    return settings.data / "mail" / f"{message_id}.eml"


async def deliver(settings: Settings, message: EmailMessage, message_id: str) -> None:
    """Hand the message over. Raises OSError or aiosmtplib.SMTPException when it was not taken."""
    if settings.smtp_url:
        await _by_smtp(settings.smtp_url, message)
    elif settings.is_demo:
        await asyncio.to_thread(keep_file, mail_file(settings, message_id), bytes(message))
    else:
        raise OSError("no mail server is set")


async def _by_smtp(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    await aiosmtplib.send(
        message,
        hostname=parts.hostname,
        port=parts.port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        timeout=20,
    )


def keep_file(path: Path, content: bytes) -> None:
    """Write a message of the demo: the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(path)
