"""Pure: a practitioner's calendar as others read it at a secret address (RFC 5545).

Whoever has the address reads it, and so does whoever looks at that screen: no patient is named, and nothing is said of
why they come. `BUSY` says only that the time is taken; `FULL` says where, and that it is a visit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Calendar

from server.scheduling.ics_rules import PRODUCT, Written, event_of, zone_to_write
from server.scheduling.vtimezone_rules import vtimezone

READ_AGAIN = timedelta(minutes=15)
BEHIND, AHEAD = timedelta(days=31), timedelta(days=366)


class Detail(StrEnum):
    """How much a calendar says of each appointment."""

    BUSY = "busy"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Written):
    """An appointment in a calendar, and whether it is only held for somebody."""

    held: bool = False


def calendar_text(name: str, host: str, entries: Sequence[Entry]) -> bytes:
    """Write a calendar; the same entries give the same bytes, so that a reader can ask whether anything changed."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", READ_AGAIN, parameters={"VALUE": "DURATION"})
    for zone, first, last in _zones(entries):
        calendar.add_component(vtimezone(zone, first, last))
    for entry in entries:
        calendar.add_component(event_of(entry, host, "TENTATIVE" if entry.held else "CONFIRMED"))
    written: bytes = calendar.to_ical()
    return written


def window_at(now: datetime) -> tuple[datetime, datetime]:
    """Give what a calendar shows: a month back and a year ahead. It moves once a day."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - BEHIND, today + AHEAD


def _zones(entries: Iterable[Entry]) -> list[tuple[str, datetime, datetime]]:
    """Give the zones that times are written in, each with the first and the last moment that is written in it."""
    found: dict[str, tuple[datetime, datetime]] = {}
    for entry in entries:
        if isinstance(zone_to_write(entry.zone, entry.starts_at, entry.ends_at), ZoneInfo):
            first, last = found.get(entry.zone, (entry.starts_at, entry.ends_at))
            found[entry.zone] = min(first, entry.starts_at), max(last, entry.ends_at)
    return [(zone, *span) for zone, span in sorted(found.items())]
