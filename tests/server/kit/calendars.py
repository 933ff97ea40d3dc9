"""Feeds for the tests, written by hand as calendars write them."""

from datetime import UTC, datetime

START, END = datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
DENVER = "America/Denver"


def event(*lines: str, uid: str = "1") -> str:
    """One event of some lines."""
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT", ""))


def feed(*parts: str, head: str = "") -> bytes:
    """A calendar of some events."""
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//c.test\r\n{head}{''.join(parts)}END:VCALENDAR\r\n".encode()


def at(text: str) -> datetime:
    """A moment in UTC, like at("2026-11-10 17:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
