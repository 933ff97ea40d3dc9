"""Pure: when one practitioner can be booked. Free starts for a visit, why another start is not free, and FHIR Slots.

All limits are spans of starts: those in open hours long enough before their end, less those too near to something
busy, on a full day, too soon or too far. What is left is cut into starts by the step, on the practitioner's wall clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from server.kit.ids import ClinicId
from server.scheduling.availability_rules import (
    BookingLimits,
    Schedule,
    Why,
    Window,
    clock_of,
    closures,
    hours_before_closures,
    open_hours,
)
from server.scheduling.span_rules import Span, clipped, covers, meets, merged, without
from server.scheduling.zone_rules import DAY, Clock, clock, minute_of, minutes_touched, moment_of


class BusyKind(StrEnum):
    """What takes a practitioner's time: an appointment, a hold while somebody books, an entry of another calendar."""

    APPOINTMENT = "appointment"
    HOLD = "hold"
    IMPORTED = "imported"


class SlotStatus(StrEnum):
    """Codes of FHIR R4 SlotStatus."""

    FREE = "free"
    BUSY = "busy"
    BUSY_TENTATIVE = "busy-tentative"
    BUSY_UNAVAILABLE = "busy-unavailable"


STATUS_OF = {
    BusyKind.APPOINTMENT: SlotStatus.BUSY,
    BusyKind.HOLD: SlotStatus.BUSY_TENTATIVE,
    BusyKind.IMPORTED: SlotStatus.BUSY_UNAVAILABLE,
}


class Busy(NamedTuple):
    """A time that is taken; whole minutes, with those kept free before and after it."""

    start: int
    end: int
    kind: BusyKind = BusyKind.APPOINTMENT
    before: int = 0
    after: int = 0

    @classmethod
    def of(
        cls,
        starts_at: datetime,
        ends_at: datetime,
        kind: BusyKind = BusyKind.APPOINTMENT,
        before: int = 0,
        after: int = 0,
    ) -> "Busy":
        """Make one of moments; minutes that it only touches are taken too."""
        return cls(*minutes_touched(starts_at, ends_at), kind, before, after)

    @property
    def blocked(self) -> Span:
        """The whole time that is kept: what the participant's row holds as `during`."""
        return self.start - self.before, self.end + self.after

    @property
    def takes_time(self) -> bool:
        """Tell whether anything is kept at all; some calendars hold entries without a length."""
        return self.start - self.before < self.end + self.after


@dataclass(frozen=True, slots=True)
class Visit:
    """What is to be booked: minutes (at least 1), the patient's clinic if it matters, in person or not, a step."""

    length: int
    clinic: ClinicId | None = None
    in_person: bool = False
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of a schedule and its status (FHIR Slot)."""

    start: datetime
    end: datetime
    status: SlotStatus


class Refusal(StrEnum):
    """Why a start is not free, as a code for words."""

    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    OUTSIDE_HOURS = "outside-hours"
    LEAVE = "leave"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    BUSY = "busy"
    HELD = "held"
    IMPORTED = "imported"
    FULL_DAY = "full-day"
    OFF_STEP = "off-step"


_REFUSAL_OF = {
    BusyKind.APPOINTMENT: Refusal.BUSY,
    BusyKind.HOLD: Refusal.HELD,
    BusyKind.IMPORTED: Refusal.IMPORTED,
}

Starts = list[range]
"""Free starts as arithmetic progressions of minutes, in order: thousands of them cost what a few spans do."""


def free_starts(schedule: Schedule, visit: Visit, busy: Iterable[Busy], window: Window) -> Starts:
    """Give all starts in a window at which a practitioner is free for a visit."""
    low, high = start_limits(schedule, window)
    if low >= high:
        return []
    length, around, local = visit.length, window.part(low, high + visit.length), clock_of(schedule, window)
    hours = hours_before_closures(schedule, around, visit.clinic, in_person=visit.in_person)
    long_enough = clipped([(start, end - length + 1) for start, end in hours if end - start >= length], low, high)
    closed = [(closure.span[0] - length + 1, closure.span[1]) for closure in closures(schedule, around)]
    taken = _taken_starts(schedule.limits, length, busy, window, local)
    return on_step(without(long_enough, merged([*closed, *taken])), visit.step or schedule.limits.step, local)


def start_limits(schedule: Schedule, window: Window) -> Span:
    """Give the part of a window that notice and horizon leave."""
    return max(window.start, window.next + schedule.limits.notice), min(window.end, _horizon(schedule, window.now))


def on_step(spans: Iterable[Span], step: int, local: Clock) -> Starts:
    """Cut spans into starts that are whole multiples of a step since midnight, on a wall clock."""
    found = []
    parts, last, at = local.steady, len(local.steady) - 1, 0
    for start, stop in spans:
        while at < last and parts[at].end <= start:
            at += 1
        low, here = start, at
        while low < stop:
            end = stop if here == last else min(stop, parts[here].end)
            first = low + (-(low + parts[here].offset)) % step
            if first < end:
                found.append(range(first, end, step))
            low, here = end, here + 1
    return found


def minutes_in(starts: Starts) -> Iterator[int]:
    """Give each start, in order."""
    return chain.from_iterable(starts)


def moments(starts: Starts) -> Iterator[datetime]:
    """Give each start as a moment in UTC, in order."""
    for some in starts:
        at, further = moment_of(some.start), timedelta(minutes=some.step)
        for _ in some:
            yield at
            at += further


def is_among(minute: int, starts: Starts) -> bool:
    """Tell whether a start is one of these."""
    return any(minute in some for some in starts)


def refusal(schedule: Schedule, visit: Visit, busy: Sequence[Busy], now: datetime, start: datetime) -> Refusal | None:
    """Tell why a visit cannot start at a moment; None when it can. Asked again when somebody books.

    It says the same as `free_starts`, by asking one thing after another, so that there is a reason to show.
    """
    minute = minute_of(start)
    if moment_of(minute) != start:
        return Refusal.OFF_STEP
    window = Window.of(now, start, moment_of(minute + visit.length))
    return (
        _too_soon_or_far(schedule, window)
        or _not_open(schedule, visit, window)
        or _taken(schedule, visit, busy, window)
        or _off_step(schedule, visit, window)
    )


def timeline(schedule: Schedule, busy: Iterable[Busy], window: Window) -> list[Slot]:
    """Cut a window into slots, each of one status, without a hole: what a calendar shows and FHIR answers.

    An appointment is stronger than a hold, a hold than another calendar's entry, that than closed hours.
    """
    everything = [(window.start, window.end)]
    taken = list(busy)
    left, found = everything, []
    for kind in BusyKind:
        blocked = merged(one.blocked for one in taken if one.kind is kind)
        rest = without(left, blocked)
        found += [(span, STATUS_OF[kind]) for span in without(left, rest)]
        left = rest
    closed = without(left, open_hours(schedule, window))
    found += [(span, SlotStatus.BUSY_UNAVAILABLE) for span in closed]
    found += [(span, SlotStatus.FREE) for span in without(left, closed)]
    return [Slot(moment_of(start), moment_of(end), status) for (start, end), status in _fused(sorted(found))]


def _fused(found: Iterable[tuple[Span, SlotStatus]]) -> list[tuple[Span, SlotStatus]]:
    """Put neighbours of one status together."""
    fused: list[tuple[Span, SlotStatus]] = []
    for span, status in found:
        if fused and fused[-1][1] is status:
            fused[-1] = ((fused[-1][0][0], span[1]), status)
        else:
            fused.append((span, status))
    return fused


def _taken_starts(limits: BookingLimits, length: int, busy: Iterable[Busy], window: Window, local: Clock) -> list[Span]:
    """Give the starts that are too near to something busy, or on a full day."""
    lead, trail = limits.before, length + limits.after - 1
    low, high = window.start - max(lead, 2 * DAY), window.end + max(trail, 2 * DAY)  # all that is on a day of it
    found, counted, imported = [], [], BusyKind.IMPORTED
    for start, end, kind, before, after in busy:
        first, last = start - before, end + after
        if first < high and low < last:
            if first < last:
                found.append((first - trail, last + lead))
            if kind is not imported:
                counted.append(start)
    if limits.daily_maximum is not None and len(counted) >= limits.daily_maximum:
        days = sorted(local.days_at(counted))
        full = {day for day, nth in zip(days, days[limits.daily_maximum - 1 :], strict=False) if day == nth}
        found += [(local.midnight(day), local.midnight(day + 1)) for day in full]
    return found


def _horizon(schedule: Schedule, now: int) -> int:
    """Moment from which on starts are too far away: the midnight after the last day."""
    today = clock(schedule.zone, now, now).day_at(now)
    last = (today + schedule.limits.horizon + 1) * DAY
    return clock(schedule.zone, last, last).moment(last)


def _too_soon_or_far(schedule: Schedule, window: Window) -> Refusal | None:
    if window.start < window.next:
        return Refusal.PAST
    if window.start < window.next + schedule.limits.notice:
        return Refusal.NOTICE
    return Refusal.HORIZON if window.start >= _horizon(schedule, window.now) else None


def _not_open(schedule: Schedule, visit: Visit, window: Window) -> Refusal | None:
    whole = window.start, window.end
    hours = hours_before_closures(schedule, window, visit.clinic, in_person=visit.in_person)
    if not covers(hours, whole):
        return Refusal.OUTSIDE_HOURS
    hit = next((closure.why for closure in closures(schedule, window) if meets(closure.span, whole)), None)
    return {None: None, Why.LEAVE: Refusal.LEAVE, Why.HOLIDAY: Refusal.HOLIDAY, Why.CLOSED: Refusal.CLOSED}[hit]


def _taken(schedule: Schedule, visit: Visit, busy: Sequence[Busy], window: Window) -> Refusal | None:
    limits = schedule.limits
    wanted = window.start - limits.before, window.start + visit.length + limits.after
    for kind in BusyKind:
        if any(one.kind is kind and meets(one.blocked, wanted) for one in busy if one.takes_time):
            return _REFUSAL_OF[kind]
    if limits.daily_maximum is None:
        return None
    local = clock_of(schedule, window)
    day = local.midnight(local.day_at(window.start)), local.midnight(local.day_at(window.start) + 1)
    count = sum(1 for one in busy if one.kind is not BusyKind.IMPORTED and day[0] <= one.start < day[1])
    return Refusal.FULL_DAY if count >= limits.daily_maximum else None


def _off_step(schedule: Schedule, visit: Visit, window: Window) -> Refusal | None:
    on_the_clock = window.start + clock_of(schedule, window).offset_at(window.start)
    return Refusal.OFF_STEP if on_the_clock % (visit.step or schedule.limits.step) else None
