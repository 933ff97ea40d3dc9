"""What is wrong with a schedule is said by a code and a place; a time that is two moments, or none, is asked about."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from server.scheduling.availability_form_rules import (
    Code,
    End,
    Kind,
    Part,
    Problem,
    problems,
    question,
    questions,
    rule_questions,
)
from server.scheduling.availability_rules import BookingLimits, DateException, Leave, Schedule
from server.scheduling.zone_rules import Meant
from tests.server.scheduling.working import (
    DENVER,
    FALL,
    LORD_HOWE,
    MADRID,
    MONDAY,
    SPRING,
    TUESDAY,
    clock,
    next_day,
    weekly,
    working,
)

TODAY = date(2026, 5, 1)
NINE_TO_FIVE = weekly(MONDAY, "9:00", "17:00")


def codes(schedule: Schedule) -> list[Code]:
    return [problem.code for problem in problems(schedule, TODAY)]


def on(day: date, starts: str, ends: str) -> DateException:
    return DateException(day, clock(starts), clock(ends))


# Mistakes


def test_a_schedule_that_makes_sense_has_no_problem() -> None:
    whole_day = weekly(TUESDAY, "0:00", "0:00")
    fine = working(NINE_TO_FIVE, whole_day, exceptions=(on(MONDAY, "8:00", "12:00"), on(MONDAY, "12:00", "0:00")))
    assert problems(fine, TODAY) == []


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        (working(weekly(MONDAY, "17:00", "9:00")), Problem(Code.END_BEFORE_START, Part.WEEKLY)),
        (working(weekly(MONDAY, "9:00", "9:00")), Problem(Code.END_BEFORE_START, Part.WEEKLY)),
        (working(NINE_TO_FIVE, zone="Mars/Base"), Problem(Code.UNKNOWN_ZONE, Part.SCHEDULE)),
        (working(NINE_TO_FIVE, replace(NINE_TO_FIVE, zone="../etc")), Problem(Code.UNKNOWN_ZONE, Part.WEEKLY, 1)),
        (
            working(replace(NINE_TO_FIVE, valid_from=TUESDAY, valid_until=MONDAY)),
            Problem(Code.UNTIL_BEFORE_FROM, Part.WEEKLY),
        ),
        (working(replace(NINE_TO_FIVE, valid_from=date.max)), Problem(Code.DATE_TOO_FAR, Part.WEEKLY)),
        (working(exceptions=(on(date.max, "9:00", "0:00"),)), Problem(Code.DATE_TOO_FAR, Part.EXCEPTIONS)),
        (working(leave=(Leave(date.min, MONDAY),)), Problem(Code.DATE_TOO_FAR, Part.LEAVE)),
        (working(leave=(Leave(TUESDAY, MONDAY),)), Problem(Code.UNTIL_BEFORE_FROM, Part.LEAVE)),
        (working(exceptions=(on(MONDAY, "9:00", "8:00"),)), Problem(Code.END_BEFORE_START, Part.EXCEPTIONS)),
        (
            working(exceptions=(DateException(MONDAY, time(9), None),)),
            Problem(Code.END_BEFORE_START, Part.EXCEPTIONS),
        ),
        (
            working(exceptions=(on(MONDAY, "9:00", "10:00"),), leave=(Leave(MONDAY, TUESDAY),)),
            Problem(Code.EXCEPTION_OUTSIDE, Part.EXCEPTIONS),
        ),
        (
            working(exceptions=(on(MONDAY, "9:00", "10:00"), DateException(MONDAY))),
            Problem(Code.EXCEPTION_CONTRADICTED, Part.EXCEPTIONS),
        ),
        (
            working(exceptions=(on(MONDAY, "9:00", "10:00"), on(MONDAY, "9:30", "11:00"))),
            Problem(Code.EXCEPTIONS_OVERLAP, Part.EXCEPTIONS, 0, 1),
        ),
        (working(exceptions=(on(SPRING, "2:30", "11:00"),)), Problem(Code.TIME_UNANSWERED, Part.EXCEPTIONS)),
        (
            working(
                exceptions=(replace(on(FALL, "1:10", "1:30"), starts_meant=Meant.LATER, ends_meant=Meant.EARLIER),)
            ),
            Problem(Code.END_BEFORE_START, Part.EXCEPTIONS),
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(schedule: Schedule, problem: Problem) -> None:
    assert problems(schedule, TODAY) == [problem]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (BookingLimits(before=-5), Code.NEGATIVE),
        (BookingLimits(step=0), Code.STEP_UNEVEN),
        (BookingLimits(step=7), Code.STEP_UNEVEN),
        (BookingLimits(step=90), Code.STEP_UNEVEN),
        (BookingLimits(horizon=10_000), Code.HORIZON_TOO_FAR),
        (BookingLimits(notice=3000, horizon=1), Code.NOTICE_PAST_HORIZON),
        (BookingLimits(daily_maximum=0), Code.NO_VISITS),
    ],
)
def test_limits_that_cannot_be_are_told(limits: BookingLimits, code: Code) -> None:
    assert codes(working(limits=limits)) == [code]


# Rules that overlap


def test_two_rules_overlap_when_they_share_a_minute() -> None:
    assert problems(working(NINE_TO_FIVE, weekly(MONDAY, "16:59", "18:00")), TODAY) == [
        Problem(Code.RULES_OVERLAP, Part.WEEKLY, 0, 1)
    ]
    assert codes(working(NINE_TO_FIVE, weekly(MONDAY, "17:00", "18:00"), weekly(TUESDAY, "9:00", "10:00"))) == []


def test_rules_in_two_zones_are_held_against_each_other_as_moments() -> None:
    assert codes(working(NINE_TO_FIVE, weekly(MONDAY, "16:00", "18:00", MADRID))) == [Code.RULES_OVERLAP]
    assert codes(working(NINE_TO_FIVE, weekly(MONDAY, "9:00", "15:00", MADRID))) == []


def test_zones_that_change_on_other_days_may_overlap_between_them_only() -> None:
    in_madrid = weekly(
        MONDAY, "16:00", "17:00", MADRID
    )  # eight in the morning in Denver, but nine for three weeks of March
    assert codes(working(weekly(MONDAY, "9:00", "10:00"), in_madrid)) == [Code.RULES_OVERLAP]
    assert codes(working(weekly(MONDAY, "10:00", "11:00"), in_madrid)) == []


def test_rules_that_never_hold_together_do_not_overlap() -> None:
    until, after = replace(NINE_TO_FIVE, valid_until=MONDAY), replace(NINE_TO_FIVE, valid_from=TUESDAY)
    assert codes(working(until, after)) == []
    assert codes(working(until, replace(after, valid_from=MONDAY))) == [Code.RULES_OVERLAP]


def test_rules_that_begin_to_hold_in_years_are_held_against_each_other_too() -> None:
    later = replace(NINE_TO_FIVE, valid_from=date(2029, 1, 1))
    assert codes(working(later, later)) == [Code.RULES_OVERLAP]


# Questions


@pytest.mark.parametrize(
    ("day", "at", "zone", "kind", "earlier", "later"),
    [
        (SPRING, time(2, 30), DENVER, Kind.SKIPPED, (8, 30), (9, 30)),
        (FALL, time(1, 30), DENVER, Kind.REPEATED, (7, 30), (8, 30)),
        (date(2026, 3, 29), time(2, 0), MADRID, Kind.SKIPPED, (0, 0), (1, 0)),
        (date(2026, 10, 25), time(2, 59), MADRID, Kind.REPEATED, (0, 59), (1, 59)),
    ],
)
def test_a_time_of_two_moments_or_none_is_asked_about(
    day: date, at: time, zone: str, kind: Kind, earlier: tuple[int, int], later: tuple[int, int]
) -> None:
    asked = question(day, at, zone)
    assert asked is not None
    assert (asked.kind, asked.end, asked.at) == (kind, End.STARTS, at)
    assert [moment.time() for moment in (asked.earlier, asked.later)] == [time(*earlier), time(*later)]
    assert asked.earlier.tzinfo is UTC


def test_lord_howe_s_two_moments_are_half_an_hour_apart() -> None:
    asked = question(date(2026, 10, 4), time(2, 10), LORD_HOWE)
    assert asked is not None
    assert asked.earlier == datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
    assert asked.later == datetime(2026, 10, 3, 15, 40, tzinfo=UTC)


def test_an_end_at_midnight_is_the_one_after() -> None:
    asked = question(date(2026, 3, 7), time(), "America/Havana", End.ENDS)
    assert asked is not None
    assert asked.day == next_day(date(2026, 3, 7))
    assert question(date(2026, 3, 7), time(), "America/Havana") is None


def test_an_exception_asks_for_each_end_until_it_is_answered() -> None:
    night = on(FALL, "1:00", "1:30")
    assert [asked.end for asked in questions(night, DENVER)] == [End.STARTS, End.ENDS]
    half = replace(night, starts_meant=Meant.EARLIER)
    assert [asked.end for asked in questions(half, DENVER)] == [End.ENDS]
    assert questions(replace(half, ends_meant=Meant.LATER), DENVER) == ()
    assert questions(DateException(FALL), DENVER) == ()
    assert questions(on(FALL, "2:00", "3:00"), DENVER) == ()


def test_a_weekly_rule_shows_where_it_meets_a_change() -> None:
    nights = weekly(SPRING, "1:30", "2:30")
    asked = rule_questions(nights, date(2026, 1, 1), date(2026, 12, 31))
    assert [(one.day, one.end, one.kind) for one in asked] == [
        (SPRING, End.ENDS, Kind.SKIPPED),
        (FALL, End.STARTS, Kind.REPEATED),
    ]
    assert rule_questions(replace(nights, valid_until=date(2026, 3, 7)), date(2026, 1, 1), date(2026, 12, 31)) == ()
    assert problems(working(nights), TODAY) == []
