"""When somebody is busy by a feed: their own zone, whole days, what repeats and what was moved, and nothing hostile."""

import pytest

from server.kit.feed import Busy, FeedRefused, FeedTrouble, Span, busy_spans
from tests.server.kit.calendars import DENVER, END, START, at, event, feed

TEN = ("DTSTART:20261110T170000Z", "DTEND:20261110T180000Z")
TEN_SPAN = (at("2026-11-10 17:00"), at("2026-11-10 18:00"))


def busy(content: bytes, zone: str = DENVER) -> Busy:
    return busy_spans(content, START, END, zone)


def spans(*events: str, zone: str = DENVER, head: str = "") -> list[Span]:
    found = busy(feed(*events, head=head), zone)
    assert (found.unread, found.guessed) == (0, 0)
    return list(found.spans)


def trouble(content: bytes) -> FeedTrouble:
    with pytest.raises(FeedRefused) as refused:
        busy(content)
    return refused.value.trouble


def test_an_event_is_a_busy_span() -> None:
    assert spans(event(*TEN)) == [TEN_SPAN]


def test_spans_that_touch_or_overlap_are_one() -> None:
    touching = event("DTSTART:20261110T180000Z", "DTEND:20261110T183000Z", uid="2")
    within = event("DTSTART:20261110T171000Z", "DURATION:PT10M", uid="3")
    later = event("DTSTART:20261110T190000Z", "DTEND:20261110T193000Z", uid="4")
    assert spans(later, within, touching, event(*TEN)) == [
        (at("2026-11-10 17:00"), at("2026-11-10 18:30")),
        (at("2026-11-10 19:00"), at("2026-11-10 19:30")),
    ]


def test_a_weekly_event_keeps_its_local_time_over_the_clock_change() -> None:
    local = (f"DTSTART;TZID={DENVER}:20260106T100000", f"DTEND;TZID={DENVER}:20260106T110000", "RRULE:FREQ=WEEKLY")
    starts = [start for start, _ in spans(event(*local))]
    assert starts[:3] == [at("2026-10-20 16:00"), at("2026-10-27 16:00"), at("2026-11-03 17:00")]
    assert len(starts) == 6


def test_a_whole_day_is_the_owners_and_has_25_hours_when_clocks_change() -> None:
    day = event("DTSTART;VALUE=DATE:20261101", "DTEND;VALUE=DATE:20261102")
    assert spans(day) == [(at("2026-11-01 06:00"), at("2026-11-02 07:00"))]
    assert spans(day, zone="Europe/Madrid") == [(at("2026-10-31 23:00"), at("2026-11-01 23:00"))]


def test_a_day_without_an_end_is_that_day() -> None:
    assert spans(event("DTSTART;VALUE=DATE:20261110")) == [(at("2026-11-10 07:00"), at("2026-11-11 07:00"))]


def test_a_floating_time_is_the_owners_unless_the_calendar_names_a_zone() -> None:
    floating = event("DTSTART:20261110T100000", "DTEND:20261110T110000")
    assert spans(floating) == [TEN_SPAN]
    madrid = "X-WR-TIMEZONE:Europe/Madrid\r\n"
    assert spans(floating, head=madrid) == [(at("2026-11-10 09:00"), at("2026-11-10 10:00"))]


@pytest.mark.parametrize("free", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"])
def test_what_leaves_its_time_free_does_not_count(free: str) -> None:
    assert spans(event(*TEN, free)) == []


@pytest.mark.parametrize("taken", ["TRANSP:OPAQUE", "STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"])
def test_what_may_take_place_counts(taken: str) -> None:
    assert spans(event(*TEN, taken)) == [TEN_SPAN]


def test_of_a_series_one_day_may_be_taken_out_moved_or_cancelled() -> None:
    series = event(*TEN, "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20261111T170000Z")
    moved = event("RECURRENCE-ID:20261112T170000Z", "DTSTART:20261112T200000Z", "DTEND:20261112T210000Z")
    cancelled = event("RECURRENCE-ID:20261113T170000Z", "DTSTART:20261113T170000Z", "STATUS:CANCELLED")
    assert spans(series, moved, cancelled) == [TEN_SPAN, (at("2026-11-12 20:00"), at("2026-11-12 21:00"))]


def test_only_what_lies_within_the_time_asked_for_is_given() -> None:
    long = event("DTSTART:20260101T000000Z", "DTEND:20270101T000000Z")
    before, after = event("DTSTART:20261018T000000Z", "DURATION:PT1H", uid="2"), event("DTSTART:20261201T000000Z")
    assert spans(long) == [(START, END)]
    assert spans(before, after) == []


def test_a_zone_that_the_feed_defines_is_used() -> None:
    east = (
        "BEGIN:VTIMEZONE\r\nTZID:Our East\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:-0500\r\n"
        "TZOFFSETTO:-0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    local = event("DTSTART;TZID=Our East:20261110T120000", "DTEND;TZID=Our East:20261110T130000")
    assert spans(local, head=east) == [TEN_SPAN]


def test_a_zone_as_outlook_names_it_is_known() -> None:
    local = event(
        'DTSTART;TZID="Mountain Standard Time":20261110T100000', 'DTEND;TZID="Mountain Standard Time":20261110T110000'
    )
    assert spans(local) == [TEN_SPAN]


def test_a_zone_that_nobody_knows_is_read_as_the_owners_and_counted() -> None:
    found = busy(feed(event("DTSTART;TZID=Mars:20261110T100000", "DTEND;TZID=Mars:20261110T110000")))
    assert found == Busy((TEN_SPAN,), 0, 1)


def test_an_event_that_cannot_be_understood_is_counted_and_the_others_are_read() -> None:
    wrong = event("DTSTART:20261110T170000Z", "RRULE:FREQ=SOMETIMES", uid="2")
    found = busy(feed(wrong, event(*TEN)))
    assert found.spans == (TEN_SPAN,)
    assert found.unread == 1


def test_a_feed_of_busy_times_alone_is_read() -> None:
    listed = (
        "BEGIN:VFREEBUSY",
        "UID:1",
        "FREEBUSY:20261110T170000Z/20261110T173000Z,20261110T173000Z/PT30M",
        "FREEBUSY;FBTYPE=FREE:20261110T190000Z/PT1H",
        "END:VFREEBUSY",
        "",
    )
    assert spans("\r\n".join(listed)) == [TEN_SPAN]


def test_an_empty_calendar_leaves_all_time_free() -> None:
    assert spans() == []


@pytest.mark.parametrize(
    "content", [b"", b"<html>Sign in</html>", bytes(range(256)), b"BEGIN:VEVENT\r\nEND:VEVENT\r\n"]
)
def test_what_is_no_calendar_is_said_so(content: bytes) -> None:
    assert trouble(content) is FeedTrouble.NO_CALENDAR


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=1000000000",
        "FREQ=HOURLY;UNTIL=99991231T000000Z",
        "FREQ=DAILY;BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=WEEKLY;BYHOUR=1,2,3,4,5;BYMINUTE=0,10,20,30,40",
    ],
)
def test_what_repeats_more_often_than_anybody_is_busy_is_refused(rule: str) -> None:
    assert trouble(feed(event(*TEN, f"RRULE:{rule}"))) is FeedTrouble.TOO_OFTEN


def test_a_rule_that_never_ends_is_read_only_as_far_as_asked() -> None:
    assert len(spans(event(*TEN, "RRULE:FREQ=DAILY;COUNT=1000000000"))) == 20


def test_more_events_than_anybody_has_are_refused() -> None:
    assert trouble(feed(event(*TEN) * 10_001)) is FeedTrouble.TOO_MUCH


def test_more_spans_than_anybody_has_are_refused() -> None:
    line = "FREEBUSY:" + ",".join(["20261110T170000Z/PT1M"] * 1_001) + "\r\n"
    assert trouble(feed(f"BEGIN:VFREEBUSY\r\nUID:1\r\n{line * 5}END:VFREEBUSY\r\n")) is FeedTrouble.TOO_MUCH
