"""Pure: when a practitioner works. What a schedule (FHIR Schedule) holds, and the open hours that follow from it.

Rules are local: a weekday and two readings of a wall clock, in a zone. They become moments when they are read, so hours
stay at nine o'clock when the clocks change. Around such a change:

- A span is as long as time really runs: nine to five is eight hours, one in the morning to four may be two or four.
- A weekly rule never fails. Where the clocks skip its start or end, that end lies at the change (`Skipped.SHORTEN`), or
  it does not count on that day (`Skipped.CLOSE`). Where they show it twice, `repeated` says which is meant.
- An exception is for one date, so the person is asked (`availability_form_rules`) and the answer is kept with it.

Dates of exceptions, leave and holidays are days in the schedule's own zone, from midnight to midnight, whatever zone
a weekly rule is in. Leave is stronger than exceptions; an exception with hours is stronger than a holiday.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from server.kit.ids import ClinicId
from server.scheduling.span_rules import Span, covers, merged, without
from server.scheduling.zone_rules import (
    DAY,
    Clock,
    Meant,
    clock,
    date_of,
    day_number,
    minute_after,
    minute_of,
    minutes_into_day,
    weekday_of,
)

_AROUND = 2 * DAY  # a span that begins on one local day may reach into the window from that far
MIDNIGHT = time()


class Skipped(StrEnum):
    """What becomes of a weekly rule on the day when the clocks skip its start or its end."""

    SHORTEN = "shorten"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Place:
    """Where hours count: for the patients of one clinic or, with None, of any; perhaps for video only."""

    clinic: ClinicId | None = None
    video_only: bool = False

    def serves(self, clinic: ClinicId | None, *, in_person: bool) -> bool:
        """Tell whether a visit of a clinic's patient may be in these hours."""
        if in_person and self.video_only:
            return False
        return self.clinic is None or clinic is None or clinic == self.clinic


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """Hours on one weekday (0 is Monday). `ends` at 0:00 is the midnight after; a night shift is two rules.

    It holds from and until these dates, both included, in its own zone.
    """

    weekday: int
    starts: time
    ends: time
    zone: str
    place: Place = Place()
    valid_from: date | None = None
    valid_until: date | None = None
    skipped: Skipped = Skipped.SHORTEN
    repeated: Meant = Meant.EARLIER


@dataclass(frozen=True, slots=True)
class DateException:
    """Other hours on one date, in place of the weekly ones, or none at all when both times are None.

    `starts_meant` and `ends_meant` keep the answer where the clocks show a time twice or never on that date.
    """

    day: date
    starts: time | None = None
    ends: time | None = None
    place: Place = Place()
    starts_meant: Meant | None = None
    ends_meant: Meant | None = None

    @property
    def closes(self) -> bool:
        """Tell whether it takes the day away."""
        return self.starts is None or self.ends is None


@dataclass(frozen=True, slots=True)
class Leave:
    """Days on which the practitioner is away, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which the organization is closed."""

    day: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class BookingLimits:
    """How visits may lie in the open hours; minutes, but `horizon` and `daily_maximum`.

    `before` and `after` are kept free around each visit, also outside of open hours. A visit starts at least `notice`
    from now and on a local day at most `horizon` days from today; at most `daily_maximum` start on one local day; and
    starts are whole multiples of `step` since midnight on the practitioner's wall clock.
    """

    before: int = 0
    after: int = 0
    notice: int = 0
    horizon: int = 90
    daily_maximum: int | None = None
    step: int = 15


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that says when a practitioner can be booked (FHIR Schedule); they count their days in `zone`."""

    zone: str
    weekly: tuple[WeeklyRule, ...] = ()
    exceptions: tuple[DateException, ...] = ()
    leave: tuple[Leave, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    limits: BookingLimits = field(default_factory=BookingLimits)


@dataclass(frozen=True, slots=True)
class Window:
    """A span in which starts are sought, and the present; whole minutes in UTC.

    `now` is the minute that runs, `next` the first that has not begun: the same one just when it begins.
    """

    start: int
    end: int
    now: int = 0
    next: int = 0

    @classmethod
    def of(cls, now: datetime, start: datetime, end: datetime) -> "Window":
        """Make one of moments: starts at `start` or after it, and before `end`."""
        return cls(minute_after(start), minute_after(end), minute_of(now), minute_after(now))

    def part(self, start: int, end: int) -> "Window":
        """The same present, another span."""
        return Window(start, end, self.now, self.next)


class Why(StrEnum):
    """Why hours that would be open are not."""

    LEAVE = "leave"
    HOLIDAY = "holiday"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Closure:
    """Days taken away from the open hours."""

    span: Span
    why: Why


def open_hours(
    schedule: Schedule, window: Window, clinic: ClinicId | None = None, *, in_person: bool = False
) -> list[Span]:
    """Give the open hours that touch a window, not cut at its ends; of all places, or those that serve a clinic."""
    hours = hours_before_closures(schedule, window, clinic, in_person=in_person)
    return without(hours, merged(closure.span for closure in closures(schedule, window)))


def is_open_at(schedule: Schedule, now: datetime) -> bool:
    """Tell whether a moment is within the open hours, of whatever place."""
    minute = minute_of(now)
    return any(start <= minute < end for start, end in open_hours(schedule, Window(minute, minute + 1)))


def left_outside(schedule: Schedule, spans: Iterable[Span]) -> list[Span]:
    """Give those spans, in order, that do not lie within the open hours: what a change of hours leaves behind."""
    wanted = sorted(spans)
    if not wanted:
        return []
    hours = open_hours(schedule, Window(wanted[0][0], max(end for _, end in wanted)))
    return [span for span in wanted if not covers(hours, span)]


def hours_before_closures(
    schedule: Schedule, window: Window, clinic: ClinicId | None = None, *, in_person: bool = False
) -> list[Span]:
    """Give the hours that a window would have without leave, holidays and closed days."""
    weekly: list[Span] = []
    clocks: dict[str, Clock] = {}
    for rule in schedule.weekly:
        if rule.place.serves(clinic, in_person=in_person):
            local = clocks.get(rule.zone) or clocks.setdefault(rule.zone, _clock_around(rule.zone, window))
            weekly += occurrences(rule, window, local)
    if not (instead := _days_with_hours(schedule, window)):
        return merged(weekly)
    own = clock_of(schedule, window)
    days = merged(_days(own, day, day) for day in instead)
    extra = [
        exception_span(each, own)
        for each in schedule.exceptions
        if each.day in instead and not each.closes and each.place.serves(clinic, in_person=in_person)
    ]
    return merged([*without(merged(weekly), days), *extra])


def closures(schedule: Schedule, window: Window) -> list[Closure]:
    """Give what takes hours away from a window, the strongest first: leave, then closed days, then holidays."""
    local = clock_of(schedule, window)
    instead = _days_with_hours(schedule, window)
    days = [
        *((each.first, each.last, Why.LEAVE) for each in schedule.leave),
        *((each.day, each.day, Why.CLOSED) for each in schedule.exceptions if each.closes),
        *((each.day, each.day, Why.HOLIDAY) for each in schedule.holidays if each.day not in instead),
    ]
    low, high = map(date_of, _near(window))
    return [
        Closure(_days(local, max(first, low), min(last, high)), why)
        for first, last, why in days
        if first <= high and low <= last
    ]


def clock_of(schedule: Schedule, window: Window) -> Clock:
    """Give the practitioner's wall clock around a window."""
    return _clock_around(schedule.zone, window)


def occurrences(rule: WeeklyRule, window: Window, local: Clock | None = None) -> list[Span]:
    """Give a weekly rule's hours that touch a window; `local` is its zone's clock, where it is at hand."""
    local = local or _clock_around(rule.zone, window)
    starts, ends = minutes_into_day(rule.starts), minutes_into_day(rule.ends) or DAY
    found, offsets = [], local.offsets
    for number in _weekdays(rule, window):
        offset = offsets.get(number)
        if offset is not None:
            plain = number * DAY - offset
            found.append((plain + starts, plain + ends))
        elif span := _around_a_change(rule, local, number * DAY + starts, number * DAY + ends):
            found.append(span)
    while found and found[0][1] <= window.start:
        del found[0]
    while found and found[-1][0] >= window.end:
        del found[-1]
    return found


def exception_span(exception: DateException, local: Clock) -> Span:
    """Give the moments of an exception's hours; empty where what was meant leaves nothing of them."""
    if exception.starts is None or exception.ends is None:
        return 0, 0
    start, end = plain_ends(exception.day, exception.starts, exception.ends)
    first, last = exception.starts_meant, exception.ends_meant
    return (
        local.moment(start, first or Meant.EARLIER, first),
        local.moment(end, last or Meant.EARLIER, last),
    )


def plain_ends(day: date, starts: time, ends: time) -> Span:
    """Give both ends of hours on a date as plain times; an end at 0:00 is the midnight after."""
    plain = day_number(day) * DAY
    return plain + minutes_into_day(starts), plain + (minutes_into_day(ends) or DAY)


def _clock_around(zone: str, window: Window) -> Clock:
    return clock(zone, window.start - _AROUND, window.end + _AROUND)


def _around_a_change(rule: WeeklyRule, local: Clock, starts: int, ends: int) -> Span | None:
    if rule.skipped is Skipped.CLOSE and not (local.moments_at(starts) and local.moments_at(ends)):
        return None
    start, end = local.moment(starts, rule.repeated), local.moment(ends, rule.repeated)
    return (start, end) if start < end else None


def _weekdays(rule: WeeklyRule, window: Window) -> range:
    """Numbers of the days on which a rule may touch a window."""
    first, last = _near(window)
    if rule.valid_from:
        first = max(first, day_number(rule.valid_from))
    if rule.valid_until:
        last = min(last, day_number(rule.valid_until))
    return range(first + (rule.weekday - weekday_of(first)) % 7, last + 1, 7)


def _days_with_hours(schedule: Schedule, window: Window) -> frozenset[date]:
    """Dates near a window whose hours an exception says."""
    if not schedule.exceptions:
        return frozenset()
    first, last = map(date_of, _near(window))
    return frozenset(each.day for each in schedule.exceptions if not each.closes and first <= each.day <= last)


def _near(window: Window) -> Span:
    """Numbers of the first and the last day that may touch a window, in any zone."""
    return window.start // DAY - 2, window.end // DAY + 2


def _days(local: Clock, first: date, last: date) -> Span:
    return local.midnight(day_number(first)), local.midnight(day_number(last) + 1)
