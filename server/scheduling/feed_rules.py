"""Pure: when another calendar is looked at again, which part of time is read of it, and what is new in it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from server.scheduling.availability_rules import BookingLimits

EVERY = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=6)
LEASE = timedelta(minutes=3)  # longer than a calendar may take to be fetched and read
WHOLE_EVERY = timedelta(hours=24)
MOST_FEEDS = 5
_MOST_DOUBLINGS = 10
_BEHIND, _BEYOND = timedelta(days=35), timedelta(days=32)
_SPREAD = 0.2

Span = tuple[datetime, datetime]


def next_look(now: datetime, failures: int, chance: float) -> datetime:
    """Give when to look again: after 15 minutes, doubling with each failure in a row up to 6 hours.

    `chance`, from 0 to 1, moves it by a tenth either way, so that many calendars do not come due together.
    """
    pause = min(EVERY * (1 << min(failures, _MOST_DOUBLINGS)), LONGEST_PAUSE)
    return now + pause * (1 + _SPREAD * (chance - 0.5))


def read_window(now: datetime, limits: BookingLimits) -> Span:
    """Give what is read: the month that calendars show back, and somewhat more than can be booked ahead."""
    return now - _BEHIND, now + timedelta(days=limits.horizon) + _BEYOND


def known_etag(etag: str, filled_at: datetime | None, now: datetime) -> str:
    """Give what to ask the server with, whether anything changed; empty to read all.

    Days pass also where nothing changes, and repeated events reach into what is new of the window.
    """
    return etag if filled_at is not None and now - filled_at < WHOLE_EVERY else ""


def changes(kept: Collection[Span], read: Collection[Span]) -> tuple[list[Span], list[Span]]:
    """Give what is to be dropped and what is to be added, each in order."""
    return sorted(set(kept) - set(read)), sorted(set(read) - set(kept))


def host_of(address: str) -> str:
    """Give the part of a calendar's secret address that may be shown."""
    return urlsplit(address).hostname or ""
