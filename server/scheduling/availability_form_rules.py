"""Pure: what is wrong with a schedule that somebody typed, and what has to be asked about it; codes, not words.

A time that the clocks skip or repeat on a concrete date is no mistake but a question: which of two moments is meant?
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from whenever import PlainDateTime, RepeatedTime, SkippedTime

from server.scheduling.availability_rules import (
    MIDNIGHT,
    BookingLimits,
    DateException,
    Schedule,
    WeeklyRule,
    Window,
    clock_of,
    exception_span,
    occurrences,
)
from server.scheduling.span_rules import Span, overlapping
from server.scheduling.zone_rules import DAY, clock, day_number, minutes_into_day, moment_of

AHEAD = 54 * 7  # days in which rules are held against each other: a year, and each weekday in it
LONGEST_HORIZON = 730
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
_ONE_DAY = timedelta(days=1)


class Code(StrEnum):
    """What is wrong."""

    END_BEFORE_START = "end-before-start"
    UNTIL_BEFORE_FROM = "until-before-from"
    DATE_TOO_FAR = "date-too-far"
    UNKNOWN_ZONE = "unknown-zone"
    RULES_OVERLAP = "rules-overlap"
    EXCEPTIONS_OVERLAP = "exceptions-overlap"
    EXCEPTION_CONTRADICTED = "exception-contradicted"
    EXCEPTION_OUTSIDE = "exception-outside"
    TIME_UNANSWERED = "time-unanswered"
    NEGATIVE = "negative"
    STEP_UNEVEN = "step-uneven"
    HORIZON_TOO_FAR = "horizon-too-far"
    NOTICE_PAST_HORIZON = "notice-past-horizon"
    NO_VISITS = "no-visits"


class Part(StrEnum):
    """Which list of a schedule, or what else of it."""

    SCHEDULE = "schedule"
    WEEKLY = "weekly"
    EXCEPTIONS = "exceptions"
    LEAVE = "leave"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to correct, in the nth of a schedule's part; `other` is what it collides with, in the same part."""

    code: Code
    part: Part
    index: int = 0
    other: int | None = None


class Kind(StrEnum):
    """What the clocks do with a time: they skip it in spring, they show it twice in fall."""

    SKIPPED = "skipped"
    REPEATED = "repeated"


class End(StrEnum):
    """Which end of some hours."""

    STARTS = "starts"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Question:
    """Asks which of two moments a local time on a date means. Of a skipped time both lie one gap's length apart.

    `change` is when the clocks skip it; a repeated time has none.
    """

    end: End
    kind: Kind
    day: date
    at: time
    zone: str
    earlier: datetime
    later: datetime
    change: datetime | None = None


def problems(schedule: Schedule, today: date) -> list[Problem]:
    """Give all that is wrong with a schedule; rules and exceptions are only compared when each one makes sense."""
    found = [*_alone(schedule), *_limits(schedule.limits)]
    if found:
        return found
    return [*_rules_overlap(schedule.weekly, today), *_exceptions(schedule)]


def question(day: date, at: time, zone: str, end: End = End.STARTS) -> Question | None:
    """Ask which moment a local time is; None when there is but one. An end at 0:00 is the midnight after."""
    if end is End.ENDS and at == MIDNIGHT:
        day += _ONE_DAY
    plain = PlainDateTime(day.year, day.month, day.day, at.hour, at.minute)
    try:
        plain.assume_tz(zone, disambiguation="raise")
    except RepeatedTime:
        kind = Kind.REPEATED
    except SkippedTime:
        kind = Kind.SKIPPED
    else:
        return None
    earlier = plain.assume_tz(zone, disambiguation="earlier").to_stdlib().astimezone(UTC)
    later = plain.assume_tz(zone, disambiguation="later").to_stdlib().astimezone(UTC)
    return Question(end, kind, day, at, zone, earlier, later, _change(day, at, zone) if kind is Kind.SKIPPED else None)


def questions(exception: DateException, zone: str) -> tuple[Question, ...]:
    """Ask what an exception leaves open: nothing, one of its ends, or both."""
    if exception.starts is None or exception.ends is None:
        return ()
    asked = (
        None if exception.starts_meant else question(exception.day, exception.starts, zone),
        None if exception.ends_meant else question(exception.day, exception.ends, zone, End.ENDS),
    )
    return tuple(one for one in asked if one)


def rule_questions(rule: WeeklyRule, first: date, last: date) -> tuple[Question, ...]:
    """Tell where a weekly rule meets a change of the clocks between two dates; `skipped` and `repeated` answer it."""
    first, last = max(first, rule.valid_from or first), min(last, rule.valid_until or last)
    day = first + _ONE_DAY * ((rule.weekday - first.weekday()) % 7)
    found: list[Question] = []
    while day <= last:
        asked = (question(day, rule.starts, rule.zone), question(day, rule.ends, rule.zone, End.ENDS))
        found += [one for one in asked if one]
        day += 7 * _ONE_DAY
    return tuple(found)


def rule_asks(rule: WeeklyRule, today: date) -> dict[Kind, Question]:
    """Ask what a weekly rule leaves open within a year from when it holds: at most one thing for each kind of change.

    Hours of which both ends are skipped are none that day, whatever one would answer.
    """
    first = max(today, rule.valid_from or today)
    found: dict[Kind, Question] = {}
    asked = rule_questions(rule, first, first + AHEAD * _ONE_DAY)
    skipped = [one.change for one in asked]
    for one in asked:
        if one.kind is Kind.REPEATED or skipped.count(one.change) == 1:
            found.setdefault(one.kind, one)
    return found


def _change(day: date, at: time, zone: str) -> datetime:
    plain = day_number(day) * DAY + minutes_into_day(at)
    return moment_of(clock(zone, plain, plain).moment(plain))


def _alone(schedule: Schedule) -> Iterator[Problem]:
    """What is wrong with each part by itself."""
    if not _is_zone(schedule.zone):
        yield Problem(Code.UNKNOWN_ZONE, Part.SCHEDULE)
    yield from _weekly(schedule.weekly)
    yield from _too_far(schedule)
    for index, each in enumerate(schedule.exceptions):
        half = (each.starts is None) != (each.ends is None)
        if half or (each.starts is not None and each.ends is not None and not _in_order(each.starts, each.ends)):
            yield Problem(Code.END_BEFORE_START, Part.EXCEPTIONS, index)
    for index, leave in enumerate(schedule.leave):
        if leave.last < leave.first:
            yield Problem(Code.UNTIL_BEFORE_FROM, Part.LEAVE, index)


def _weekly(rules: Sequence[WeeklyRule]) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        if not _is_zone(rule.zone):
            yield Problem(Code.UNKNOWN_ZONE, Part.WEEKLY, index)
        if not _in_order(rule.starts, rule.ends):
            yield Problem(Code.END_BEFORE_START, Part.WEEKLY, index)
        if rule.valid_from and rule.valid_until and rule.valid_until < rule.valid_from:
            yield Problem(Code.UNTIL_BEFORE_FROM, Part.WEEKLY, index)


def _too_far(schedule: Schedule) -> Iterator[Problem]:
    """Dates that nobody means, and that calendars cannot reckon with."""
    dates: dict[Part, list[tuple[date | None, date | None]]] = {
        Part.WEEKLY: [(rule.valid_from, rule.valid_until) for rule in schedule.weekly],
        Part.EXCEPTIONS: [(each.day, None) for each in schedule.exceptions],
        Part.LEAVE: [(leave.first, leave.last) for leave in schedule.leave],
    }
    for part, ends in dates.items():
        for index, both in enumerate(ends):
            if not all(EARLIEST <= day <= LATEST for day in both if day):
                yield Problem(Code.DATE_TOO_FAR, part, index)


def _limits(limits: BookingLimits) -> Iterator[Problem]:
    if min(limits.before, limits.after, limits.notice, limits.horizon) < 0:
        yield Problem(Code.NEGATIVE, Part.LIMITS)
    if not 0 < limits.step <= 60 or 60 % limits.step:
        yield Problem(Code.STEP_UNEVEN, Part.LIMITS)
    if limits.horizon > LONGEST_HORIZON:
        yield Problem(Code.HORIZON_TOO_FAR, Part.LIMITS)
    if limits.notice >= (limits.horizon + 1) * DAY:
        yield Problem(Code.NOTICE_PAST_HORIZON, Part.LIMITS)
    if limits.daily_maximum is not None and limits.daily_maximum < 1:
        yield Problem(Code.NO_VISITS, Part.LIMITS)


def _rules_overlap(rules: Sequence[WeeklyRule], today: date) -> Iterator[Problem]:
    """Rules of one practitioner that overlap on any date of a year from when both hold."""
    spans: list[tuple[Span, int]] = []
    begins = {day_number(max(today, rule.valid_from or today)) for rule in rules}
    for first in begins:
        window = Window(first * DAY, (first + AHEAD) * DAY)
        spans += [(span, index) for index, rule in enumerate(rules) for span in occurrences(rule, window)]
    for one, other in sorted(overlapping(spans)):
        yield Problem(Code.RULES_OVERLAP, Part.WEEKLY, one, other)


def _exceptions(schedule: Schedule) -> Iterator[Problem]:
    closed = {each.day for each in schedule.exceptions if each.closes}
    spans: list[tuple[Span, int]] = []
    for index, each in enumerate(schedule.exceptions):
        if any(leave.first <= each.day <= leave.last for leave in schedule.leave):
            yield Problem(Code.EXCEPTION_OUTSIDE, Part.EXCEPTIONS, index)
        if each.closes:
            continue
        if each.day in closed:
            yield Problem(Code.EXCEPTION_CONTRADICTED, Part.EXCEPTIONS, index)
        if questions(each, schedule.zone):
            yield Problem(Code.TIME_UNANSWERED, Part.EXCEPTIONS, index)
        elif (span := _hours(schedule, each))[0] < span[1]:
            spans.append((span, index))
        else:
            yield Problem(Code.END_BEFORE_START, Part.EXCEPTIONS, index)
    for one, other in sorted(overlapping(spans)):
        yield Problem(Code.EXCEPTIONS_OVERLAP, Part.EXCEPTIONS, one, other)


def _hours(schedule: Schedule, exception: DateException) -> Span:
    start = day_number(exception.day) * DAY
    return exception_span(exception, clock_of(schedule, Window(start, start + DAY)))


def _in_order(starts: time, ends: time) -> bool:
    return starts < ends or (ends == MIDNIGHT and starts != MIDNIGHT) or starts == ends == MIDNIGHT


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
