"""A zone written as VTIMEZONE says for every moment what the zone itself says, to a reader that knows only it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar

from server.scheduling.vtimezone_rules import clock_changes, vtimezone

FIRST, LAST = datetime(2026, 1, 15, tzinfo=UTC), datetime(2027, 12, 15, tzinfo=UTC)
ZONES = ["America/Denver", "America/Phoenix", "Europe/Madrid", "Australia/Lord_Howe", "Africa/Casablanca"]


def written(zone: str) -> str:
    calendar = Calendar()
    calendar.add_component(vtimezone(zone, FIRST, LAST))
    text: bytes = calendar.to_ical()
    return text.decode()


def changes(zone: str) -> list[str]:
    return [change.isoformat() for change in clock_changes(zone, FIRST, LAST)]


def test_clock_changes_are_found_to_the_second() -> None:
    assert changes("America/Denver") == [
        "2026-03-08T09:00:00+00:00",
        "2026-11-01T08:00:00+00:00",
        "2027-03-14T09:00:00+00:00",
        "2027-11-07T08:00:00+00:00",
    ]
    assert changes("Australia/Lord_Howe")[:2] == ["2026-04-04T15:00:00+00:00", "2026-10-03T15:30:00+00:00"]
    assert changes("America/Phoenix") == []


def test_the_onset_of_summer_time_is_in_the_time_of_before_it() -> None:
    """RFC 5545 section 3.6.5; icalendar's own writer says 03:00, which is an hour late."""
    text = written("America/Denver")
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20260308T020000\r\nTZNAME:MDT\r\nTZOFFSETFROM:-0700\r\nTZOFFSETTO:-0600" in text
    assert "BEGIN:STANDARD\r\nDTSTART:20261101T020000\r\nTZNAME:MST\r\nTZOFFSETFROM:-0600\r\nTZOFFSETTO:-0700" in text


def moments(zone: str) -> Iterator[datetime]:
    """Every quarter of an hour around each clock change, and each 37th hour of the span."""
    for change in clock_changes(zone, FIRST, LAST):
        yield from (change + timedelta(minutes=minutes) for minutes in range(-180, 181, 15))
    for hours in range(0, int((LAST - FIRST) / timedelta(hours=1)), 37):
        yield FIRST + timedelta(hours=hours)


@pytest.mark.parametrize("zone", ZONES)
def test_a_reader_of_it_finds_every_local_time(zone: str) -> None:
    reader = tzical(StringIO(written(zone))).get(zone)
    assert reader is not None
    for moment in moments(zone):
        local = moment.astimezone(ZoneInfo(zone))
        if not local.fold:  # a time that happens twice means the first
            assert local.replace(tzinfo=reader).astimezone(UTC) == moment
