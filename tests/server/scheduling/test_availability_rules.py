"""Hours of a week become moments, also on the days when clocks change; exceptions, leave and holidays change them."""

from dataclasses import replace
from datetime import date

import pytest

from server.scheduling.availability_rules import (
    DateException,
    Holiday,
    Leave,
    Place,
    Skipped,
    Why,
    Window,
    closures,
    exception_span,
    is_open_at,
    left_outside,
    open_hours,
)
from server.scheduling.zone_rules import Meant, minute_of
from server.scheduling.zone_rules import clock as clock_of_zone
from tests.server.scheduling.working import (
    DENVER,
    FALL,
    LORD_HOWE,
    MADRID,
    MONDAY,
    NORTH,
    SOUTH,
    SPRING,
    TUESDAY,
    at,
    clock,
    day_of,
    lengths,
    shown,
    weekly,
    working,
)

NEXT_MONDAY = date(2026, 6, 8)


def on(
    day: date, starts: str, ends: str, starts_meant: Meant | None = None, ends_meant: Meant | None = None
) -> DateException:
    return DateException(day, clock(starts), clock(ends), Place(), starts_meant, ends_meant)


# The week


def test_nine_to_five_is_nine_to_five_in_summer_and_in_winter() -> None:
    hours = working(weekly(SPRING, "9:00", "17:00"))
    for day in (SPRING, date(2026, 3, 1), FALL, date(2026, 11, 8)):
        assert shown(open_hours(hours, day_of(day))) == ["09:00–17:00"]


def test_hours_are_those_of_their_weekday_only() -> None:
    assert open_hours(working(weekly(MONDAY, "9:00", "17:00")), day_of(TUESDAY)) == []


def test_hours_until_midnight_and_from_midnight_are_one_night() -> None:
    nights = working(weekly(MONDAY, "22:00", "0:00"), weekly(TUESDAY, "0:00", "6:00"))
    assert shown(open_hours(nights, day_of(TUESDAY).part(day_of(MONDAY).start, day_of(TUESDAY).end))) == ["22:00–06:00"]


def test_hours_that_touch_a_window_are_whole() -> None:
    hours = working(weekly(MONDAY, "9:00", "17:00"))
    noon = Window.of(at(MONDAY, 0), at(MONDAY, 12), at(MONDAY, 13))
    assert shown(open_hours(hours, noon)) == ["09:00–17:00"]


def test_a_rule_holds_from_and_until_its_dates() -> None:
    rule = weekly(MONDAY, "9:00", "17:00")
    week = Window.of(at(MONDAY, 0), at(date(2026, 5, 20), 0), at(date(2026, 6, 20), 0))
    assert len(open_hours(working(rule), week)) == 4
    assert len(open_hours(working(replace(rule, valid_from=MONDAY)), week)) == 3
    assert len(open_hours(working(replace(rule, valid_until=MONDAY)), week)) == 2


def test_hours_in_another_zone_keep_that_zone_s_clock() -> None:
    hours = working(weekly(MONDAY, "9:00", "17:00", MADRID))
    assert shown(open_hours(hours, day_of(MONDAY)), MADRID) == ["09:00–17:00"]
    assert shown(open_hours(hours, day_of(MONDAY))) == ["01:00–09:00"]


# Where


@pytest.mark.parametrize(
    ("place", "clinic", "in_person", "open_"),
    [
        (Place(), None, True, True),
        (Place(), NORTH, True, True),
        (Place(NORTH), NORTH, True, True),
        (Place(NORTH), SOUTH, False, False),
        (Place(NORTH), None, False, True),
        (Place(video_only=True), NORTH, False, True),
        (Place(video_only=True), NORTH, True, False),
    ],
)
def test_hours_serve_a_clinic_s_patients_and_perhaps_by_video_only(
    place: Place, clinic: None, in_person: bool, open_: bool
) -> None:
    hours = working(weekly(MONDAY, "9:00", "17:00", place=place))
    assert bool(open_hours(hours, day_of(MONDAY), clinic, in_person=in_person)) is open_


# When clocks change


@pytest.mark.parametrize(
    ("starts", "ends", "seen", "minutes"),
    [
        ("1:00", "4:00", ["01:00–04:00"], [120]),  # an hour is missing
        ("2:30", "4:00", ["03:00–04:00"], [60]),  # the start is skipped
        ("1:30", "2:30", ["01:30–03:00"], [30]),  # the end is
        ("2:00", "3:00", [], []),  # all of it is
    ],
)
def test_hours_over_a_gap_are_shorter(starts: str, ends: str, seen: list[str], minutes: list[int]) -> None:
    spans = open_hours(working(weekly(SPRING, starts, ends)), day_of(SPRING))
    assert (shown(spans), lengths(spans)) == (seen, minutes)


@pytest.mark.parametrize(("starts", "ends"), [("2:30", "4:00"), ("1:30", "2:30")])
def test_a_rule_may_say_that_it_does_not_count_where_an_end_is_skipped(starts: str, ends: str) -> None:
    rule = replace(weekly(SPRING, starts, ends), skipped=Skipped.CLOSE)
    assert open_hours(working(rule), day_of(SPRING)) == []
    assert len(open_hours(working(rule), day_of(date(2026, 3, 15)))) == 1


@pytest.mark.parametrize(
    ("starts", "ends", "earlier", "later"),
    [("0:30", "1:30", 60, 120), ("1:30", "2:30", 120, 60), ("1:00", "4:00", 240, 180), ("0:00", "4:00", 300, 300)],
)
def test_hours_over_a_fold_count_time_that_runs(starts: str, ends: str, earlier: int, later: int) -> None:
    rule = weekly(FALL, starts, ends)
    assert lengths(open_hours(working(rule), day_of(FALL))) == [earlier]
    assert lengths(open_hours(working(replace(rule, repeated=Meant.LATER)), day_of(FALL))) == [later]


def test_lord_howe_changes_by_half_an_hour() -> None:
    spring, fall = date(2026, 10, 4), date(2026, 4, 5)
    hours = working(weekly(fall, "1:00", "4:00", LORD_HOWE), zone=LORD_HOWE)
    assert lengths(open_hours(hours, day_of(spring, LORD_HOWE))) == [150]
    assert lengths(open_hours(hours, day_of(fall, LORD_HOWE))) == [210]


# Exceptions, leave, holidays


def test_an_exception_s_hours_stand_in_place_of_the_week_s() -> None:
    hours = working(
        weekly(MONDAY, "9:00", "17:00"), exceptions=(on(MONDAY, "8:00", "10:00"), on(MONDAY, "15:00", "16:00"))
    )
    assert shown(open_hours(hours, day_of(MONDAY))) == ["08:00–10:00", "15:00–16:00"]


def test_an_exception_s_hours_may_be_for_one_clinic() -> None:
    hours = working(exceptions=(replace(on(MONDAY, "8:00", "10:00"), place=Place(NORTH)),))
    assert open_hours(hours, day_of(MONDAY), SOUTH) == []


def test_a_closed_day_is_closed_whatever_else_is_said_of_it() -> None:
    hours = working(weekly(MONDAY, "9:00", "17:00"), exceptions=(DateException(MONDAY), on(MONDAY, "8:00", "10:00")))
    assert open_hours(hours, day_of(MONDAY)) == []


def test_leave_is_stronger_than_an_exception_and_an_exception_than_a_holiday() -> None:
    monday = weekly(MONDAY, "9:00", "17:00")
    holiday, extra = (Holiday(MONDAY, "Founders Day"),), (on(MONDAY, "8:00", "10:00"),)
    assert open_hours(working(monday, holidays=holiday), day_of(MONDAY)) == []
    assert shown(open_hours(working(monday, holidays=holiday, exceptions=extra), day_of(MONDAY))) == ["08:00–10:00"]
    away = (Leave(date(2026, 5, 20), MONDAY),)
    assert open_hours(working(monday, exceptions=extra, leave=away), day_of(MONDAY)) == []


def test_leave_ends_at_the_midnight_of_the_practitioner() -> None:
    nights = working(weekly(MONDAY, "22:00", "0:00"), weekly(TUESDAY, "0:00", "6:00"), leave=(Leave(MONDAY, MONDAY),))
    assert shown(open_hours(nights, day_of(TUESDAY))) == ["00:00–06:00"]


def test_what_closes_a_day_says_why() -> None:
    hours = working(
        holidays=(Holiday(MONDAY),),
        leave=(Leave(MONDAY, TUESDAY), Leave(date(2025, 1, 1), date(2025, 2, 1))),
        exceptions=(DateException(TUESDAY),),
    )
    assert [closure.why for closure in closures(hours, day_of(MONDAY))] == [Why.LEAVE, Why.CLOSED, Why.HOLIDAY]


@pytest.mark.parametrize(
    ("exception", "minutes"),
    [
        (on(FALL, "1:00", "1:30"), 30),
        (on(FALL, "1:00", "1:30", Meant.EARLIER, Meant.LATER), 90),
        (on(FALL, "1:00", "1:30", Meant.LATER, Meant.EARLIER), -30),
        (on(SPRING, "2:30", "4:00"), 60),
        (on(SPRING, "2:30", "4:00", Meant.EARLIER), 90),
        (on(SPRING, "2:30", "4:00", Meant.LATER), 30),
        (DateException(SPRING), 0),
    ],
)
def test_what_was_meant_by_an_exception_is_what_counts(exception: DateException, minutes: int) -> None:
    window = day_of(exception.day)
    start, end = exception_span(exception, clock_of_zone(DENVER, window.start, window.end))
    assert end - start == minutes
    assert lengths(open_hours(working(exceptions=(exception,)), window)) == ([minutes] if minutes > 0 else [])


# What a change of hours leaves behind


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"), [(8, 59, False), (9, 0, True), (11, 59, True), (12, 0, False), (13, 0, True)]
)
def test_a_moment_is_within_the_open_hours_from_their_first_minute_to_before_their_end(
    hour: int, minute: int, is_open: bool
) -> None:
    hours = working(weekly(MONDAY, "9:00", "12:00"), weekly(MONDAY, "13:00", "17:00"))
    assert is_open_at(hours, at(MONDAY, hour, minute)) is is_open


def test_a_moment_on_leave_is_not_within_the_open_hours() -> None:
    hours = working(weekly(MONDAY, "9:00", "12:00"), leave=(Leave(MONDAY, MONDAY),))
    assert not is_open_at(hours, at(MONDAY, 10))


def test_what_does_not_lie_within_the_open_hours_is_left_outside() -> None:
    hours = working(weekly(MONDAY, "9:00", "12:00"), leave=(Leave(NEXT_MONDAY, NEXT_MONDAY),))
    inside, over_the_end, away, before = [
        (minute_of(at(day, hour)), minute_of(at(day, hour)) + 60)
        for day, hour in ((MONDAY, 11), (MONDAY, 12), (NEXT_MONDAY, 9), (MONDAY, 8))
    ]
    assert left_outside(hours, [away, inside, over_the_end, before]) == [before, over_the_end, away]
    assert left_outside(hours, []) == []
