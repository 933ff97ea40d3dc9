"""A calendar that others read: the moments that were written are read back, and nothing of the patient is in it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from server.scheduling.publish_rules import Entry, calendar_text, window_at
from tests.cast import TEN, ZONE

HOUR = timedelta(hours=1)
ZONES = ("America/Denver", "America/Phoenix", "Europe/Madrid", "Australia/Lord_Howe", "UTC")


def entry(**changes: Any) -> Entry:
    return Entry(
        **{
            "appointment_id": UUID(int=7),
            "sequence": 2,
            "stamp": TEN,
            "starts_at": TEN,
            "ends_at": TEN + HOUR,
            "zone": ZONE,
            "title": "Visit",
            **changes,
        }
    )


def read(*entries: Entry) -> Any:
    return Calendar.from_ical(calendar_text("Okafor", "visits.test", entries))


def test_an_appointment_has_the_name_and_the_number_that_its_invitation_has() -> None:
    (event,) = read(entry(place="Cedar Creek")).walk("VEVENT")
    assert event["uid"] == f"{UUID(int=7)}@visits.test"
    assert (event["sequence"], event["status"], event["location"]) == (2, "CONFIRMED", "Cedar Creek")
    assert event["transp"] == "OPAQUE"


def test_a_hold_is_tentative_and_a_place_may_stay_unsaid() -> None:
    (event,) = read(entry(held=True)).walk("VEVENT")
    assert event["status"] == "TENTATIVE"
    assert "location" not in event


@given(
    zone=st.sampled_from(ZONES),
    hours=st.lists(st.integers(0, 24 * 366), min_size=1, max_size=5),
)
def test_every_moment_is_read_back_as_it_is(zone: str, hours: list[int]) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    written = [entry(starts_at=first + n * HOUR, ends_at=first + n * HOUR + HOUR, zone=zone) for n in hours]
    events = read(*written).walk("VEVENT")
    assert [event["dtstart"].dt.astimezone(UTC) for event in events] == [one.starts_at for one in written]
    assert [event["dtend"].dt.astimezone(UTC) for event in events] == [one.ends_at for one in written]


def test_each_zone_is_defined_once() -> None:
    calendar = read(entry(), entry(starts_at=TEN + HOUR, ends_at=TEN + 2 * HOUR), entry(zone="Europe/Madrid"))
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["America/Denver", "Europe/Madrid"]


def test_an_empty_calendar_is_one_too() -> None:
    assert read().walk("VEVENT") == []


@pytest.mark.parametrize("minutes", [0, 1, 600])
def test_the_same_appointments_are_the_same_bytes_all_day_long(minutes: int) -> None:
    start, end = window_at(TEN)
    assert window_at(TEN + timedelta(minutes=minutes % 300)) == (start, end)
    assert start < TEN - timedelta(days=30)
    assert end > TEN + timedelta(days=365)
    assert calendar_text("O", "h", [entry()]) == calendar_text("O", "h", [entry()])
