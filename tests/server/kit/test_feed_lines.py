"""Of a feed only what says when is kept: no titles, no guests, no alarms, no events of long ago."""

from datetime import date

import pytest

from server.kit.feed_lines import lean
from tests.server.kit.calendars import event, feed

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
TEN = ("DTSTART:20261110T170000Z", "DTEND:20261110T180000Z")


def left(*parts: str) -> str:
    return lean(feed(*parts).decode(), FIRST, LAST)


def test_only_lines_that_say_when_are_left() -> None:
    told = left(event("SUMMARY:Therapy", *TEN, "DESCRIPTION:with\r\n  Dr. Brandt", "ATTENDEE:mailto:m@example.org"))
    assert told.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:1",
        *TEN,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_line_that_was_folded_is_whole_again() -> None:
    assert "DTSTART:20261110T170000Z\r\n" in left(event("DTSTART:202611\r\n 10T170000Z"))
    assert "DTSTART:20261110T170000Z\r\n" in left(event("DTSTART:202611\n\t10T170000Z"))


def test_alarms_and_tasks_are_left_out_with_everything_in_them() -> None:
    alarm = "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nDURATION:PT5M\r\nEND:VALARM"
    task = "BEGIN:VTODO\r\nUID:2\r\nBEGIN:VALARM\r\nEND:VALARM\r\nDTSTART:20261111T170000Z\r\nEND:VTODO\r\n"
    assert left(task, event(*TEN, alarm)) == left(event(*TEN))


@pytest.mark.parametrize(
    "lines",
    [
        TEN,
        ("DTSTART:20261030T170000Z", "DTEND:20261031T180000Z"),  # whose day that is depends on the owner's zone
        ("DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20270101"),
        ("DTSTART:20200101T170000Z", "DURATION:P9999D"),
        ("DTSTART:20200107T170000Z", "DTEND:20200107T180000Z", "RRULE:FREQ=WEEKLY"),
        ("DTSTART:20200107T170000Z", "DTEND:20200107T180000Z", "RDATE:20261110T170000Z"),
        ("DTSTART:20200107T170000Z", "DTEND:20200107T180000Z", "RECURRENCE-ID:20261110T170000Z"),
        ("DTSTART:20269999T170000Z", "DTEND:20261110T180000Z"),
    ],
)
def test_an_event_that_may_matter_is_kept(lines: tuple[str, ...]) -> None:
    assert "BEGIN:VEVENT" in left(event(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20200101T170000Z", "DTEND:20200101T180000Z"),
        ("DTSTART;TZID=America/Denver:20261029T170000", "DTEND;TZID=America/Denver:20261029T180000"),
        ("DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261204"),
    ],
)
def test_an_event_of_another_time_is_not_read(lines: tuple[str, ...]) -> None:
    assert "VEVENT" not in left(event(*lines))


def test_a_line_without_end_is_left_out() -> None:
    assert "EXDATE" not in left(event(*TEN, "EXDATE:" + "20261110T170000Z," * 10_000))
