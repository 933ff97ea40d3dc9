"""An invitation read back by a calendar library is the same appointment at the same moment, in every zone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from server.scheduling.ics_rules import Invitation, Mailbox, Method, invitation_text, uid
from server.scheduling.vtimezone_rules import clock_changes

ID = UUID("0198c0de-0000-7000-8000-000000000001")
START = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
VISIT = Invitation(
    appointment_id=ID,
    host="visits.example.org",
    sequence=0,
    stamp=datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
    starts_at=START,
    ends_at=START + timedelta(minutes=20),
    zone="America/Denver",
    title="Visit with Cedar Creek Clinic",
    words="Open https://visits.example.org/v/x\nto join, move or cancel; it works on a phone.",
    organizer=Mailbox("no-reply@c.test", 'Cedar "Creek", Clinic'),
    attendee=Mailbox("m.alvarez@example.org", "María Álvarez"),
    url="https://visits.example.org/v/x",
)
ZONES = ["America/Denver", "America/Phoenix", "Europe/Madrid", "Australia/Lord_Howe", "UTC"]
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
CHANGES = {zone: list(clock_changes(zone, *YEAR)) or [START] for zone in ZONES}


def read(text: str) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(text)
    assert isinstance(calendar, Calendar)
    (event,) = calendar.events
    return calendar, event


def test_an_invitation_has_everything_that_a_calendar_needs() -> None:
    calendar, event = read(invitation_text(VISIT, Method.REQUEST))
    assert (calendar["method"], calendar["version"]) == ("REQUEST", "2.0")
    assert event["uid"] == uid(ID, "visits.example.org") == f"{ID}@visits.example.org"
    assert (event["sequence"], event["status"], event["transp"], event["class"]) == (
        0,
        "CONFIRMED",
        "OPAQUE",
        "PRIVATE",
    )
    assert VISIT.stamp == event.DTSTAMP
    assert event["summary"] == VISIT.title
    assert event["description"] == VISIT.words
    assert event["url"] == VISIT.url
    assert event["organizer"] == "mailto:no-reply@c.test"
    assert event["organizer"].params["CN"] == 'Cedar "Creek", Clinic'
    assert event["attendee"] == "mailto:m.alvarez@example.org"
    assert event["attendee"].params["CN"] == "María Álvarez"
    assert event["attendee"].params["RSVP"] == "FALSE"
    assert "location" not in event


def test_times_are_local_with_their_zone_defined() -> None:
    text = invitation_text(VISIT, Method.REQUEST)
    assert "DTSTART;TZID=America/Denver:20261201T100000\r\n" in text
    assert "DTEND;TZID=America/Denver:20261201T102000\r\n" in text
    assert text.count("BEGIN:VTIMEZONE") == 1
    assert text.index("BEGIN:VTIMEZONE") < text.index("BEGIN:VEVENT")


def test_a_cancellation_takes_the_same_appointment_out() -> None:
    calendar, event = read(invitation_text(replace(VISIT, sequence=3), Method.CANCEL))
    assert (calendar["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 3)
    assert event["uid"] == uid(ID, "visits.example.org")


def test_a_place_and_nameless_people_are_written_as_they_are() -> None:
    plain = replace(VISIT, place="Cedar Creek Clinic, Room 2", url="", attendee=Mailbox("m@example.org"))
    _, event = read(invitation_text(plain, Method.REQUEST))
    assert event["location"] == "Cedar Creek Clinic, Room 2"
    assert "url" not in event
    assert "CN" not in event["attendee"].params


def test_lines_end_with_crlf_and_are_no_longer_than_75_bytes() -> None:
    lines = invitation_text(replace(VISIT, words="ñandú " * 60), Method.REQUEST).encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line for line in lines)


def test_no_text_begins_a_line_of_its_own() -> None:
    _, event = read(invitation_text(replace(VISIT, title="Visit\r\nATTENDEE:mailto:eve@example.org"), Method.REQUEST))
    assert event["attendee"] == "mailto:m.alvarez@example.org"


def test_the_second_of_two_like_times_is_said_in_utc() -> None:
    second = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)  # 01:30 in Denver, for the second time that night
    text = invitation_text(replace(VISIT, starts_at=second, ends_at=second + timedelta(minutes=20)), Method.REQUEST)
    assert "DTSTART:20261101T083000Z\r\n" in text


def test_an_appointment_ends_after_it_starts() -> None:
    with pytest.raises(ValueError, match="ends after"):
        invitation_text(replace(VISIT, ends_at=VISIT.starts_at), Method.REQUEST)


around_a_change = st.sampled_from(ZONES).flatmap(
    lambda zone: st.tuples(st.just(zone), st.sampled_from(CHANGES[zone]), st.integers(-150, 150), st.integers(1, 180))
)


@settings(max_examples=40, deadline=None)
@given(around_a_change)
def test_it_is_read_back_as_the_same_moments_also_by_who_does_not_know_the_zone(
    drawn: tuple[str, datetime, int, int],
) -> None:
    zone, change, after, minutes = drawn
    starts_at = change + timedelta(minutes=after)
    ends_at = starts_at + timedelta(minutes=minutes)
    text = invitation_text(replace(VISIT, zone=zone, starts_at=starts_at, ends_at=ends_at), Method.REQUEST)
    unknown = f"/c.test/{'/'.join(map(str, drawn))}".replace(":", "")  # icalendar keeps what it has once read of a name
    for said in (text, text.replace(f"TZID={zone}", f"TZID={unknown}").replace(f"TZID:{zone}", f"TZID:{unknown}")):
        _, event = read(said)
        assert [moment.astimezone(UTC) for moment in (event.start, event.end) if isinstance(moment, datetime)] == [
            starts_at,
            ends_at,
        ]
