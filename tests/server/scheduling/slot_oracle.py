"""When somebody is free, found minute by minute: slow, plain, and written apart from the rules that it judges.

It knows nothing of spans. Local times become moments by `whenever`; a minute is open or not, taken or not; and a start
is free when each of its minutes is.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from whenever import PlainDateTime, SkippedTime

from server.scheduling.availability_rules import DateException, Schedule, Skipped, WeeklyRule
from server.scheduling.slot_rules import Busy, BusyKind, Visit
from server.scheduling.zone_rules import Meant

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def free(
    schedule: Schedule, visit: Visit, busy: tuple[Busy, ...], now: datetime, start: datetime, end: datetime
) -> list[datetime]:
    """Every start in [start, end) at which a visit fits."""
    local = ZoneInfo(schedule.zone)
    limits = schedule.limits
    opened = open_minutes(schedule, visit, start, end + MINUTE * visit.length)
    taken = {minute for one in busy for minute in range(one.start - one.before, one.end + one.after)}
    counted = [moment(one.start).astimezone(local).date() for one in busy if one.kind is not BusyKind.IMPORTED]
    last = now.astimezone(local).date() + DAY * limits.horizon
    found = []
    for at in every_minute(start, end):
        first, there = number(at), at.astimezone(local)
        if (there.hour * 60 + there.minute) % (visit.step or limits.step):
            continue
        full = limits.daily_maximum is not None and counted.count(there.date()) >= limits.daily_maximum
        if at < now + MINUTE * limits.notice or there.date() > last or full:
            continue
        fits = all(minute in opened for minute in range(first, first + visit.length))
        if fits and taken.isdisjoint(range(first - limits.before, first + visit.length + limits.after)):
            found.append(at)
    return found


def open_minutes(schedule: Schedule, visit: Visit, start: datetime, end: datetime) -> set[int]:
    """All minutes of a span in which the practitioner works, for a visit of this kind."""
    local = ZoneInfo(schedule.zone)
    other = {each.day for each in schedule.exceptions if each.starts is not None}
    closed = {each.day for each in schedule.exceptions if each.starts is None}
    closed |= {each.day for each in schedule.holidays} - other
    for leave in schedule.leave:
        closed |= {leave.first + DAY * n for n in range((leave.last - leave.first).days + 1)}
    whole = range(number(start), number(end))
    weekly = {minute for rule in schedule.weekly for minute in _minutes_of(rule, visit, whole)}
    extra = {minute for each in schedule.exceptions for minute in _minutes_instead(each, schedule.zone, visit, whole)}
    day_of = {minute: moment(minute).astimezone(local).date() for minute in weekly | extra}
    kept = {minute for minute in weekly if day_of[minute] not in other} | extra
    return {minute for minute in kept if day_of[minute] not in closed}


def every_minute(start: datetime, end: datetime) -> Iterator[datetime]:
    """The whole minutes of a span."""
    at = start if start.second == start.microsecond == 0 else start.replace(second=0, microsecond=0) + MINUTE
    while at < end:
        yield at
        at += MINUTE


def moment(minute: int) -> datetime:
    return EPOCH + MINUTE * minute


def number(at: datetime) -> int:
    return (at - EPOCH) // MINUTE


def _serves(place_of: WeeklyRule | DateException, visit: Visit) -> bool:
    place = place_of.place
    if visit.in_person and place.video_only:
        return False
    return place.clinic is None or visit.clinic is None or place.clinic == visit.clinic


def _minutes_of(rule: WeeklyRule, visit: Visit, whole: range) -> Iterator[int]:
    if not _serves(rule, visit):
        return
    day = moment(whole.start).date() - 2 * DAY
    while day <= moment(whole.stop).date() + 2 * DAY:
        after = rule.valid_from is None or day >= rule.valid_from
        before = rule.valid_until is None or day <= rule.valid_until
        if day.weekday() == rule.weekday and after and before:
            ends = (day, rule.starts), (day if rule.ends != time() else day + DAY, rule.ends)
            gone = any(_is_skipped(*at, rule.zone) for at in ends)
            if not (gone and rule.skipped is Skipped.CLOSE):
                low, high = (_number(*at, rule.zone, rule.repeated, None) for at in ends)
                yield from range(max(low, whole.start), min(high, whole.stop))
        day += DAY


def _minutes_instead(each: DateException, zone: str, visit: Visit, whole: range) -> Iterator[int]:
    if each.starts is None or each.ends is None or not _serves(each, visit):
        return
    last = each.day if each.ends != time() else each.day + DAY
    low = _number(each.day, each.starts, zone, each.starts_meant or Meant.EARLIER, each.starts_meant)
    high = _number(last, each.ends, zone, each.ends_meant or Meant.EARLIER, each.ends_meant)
    yield from range(max(low, whole.start), min(high, whole.stop))


def _is_skipped(day: date, at: time, zone: str) -> bool:
    try:
        PlainDateTime(day.year, day.month, day.day, at.hour, at.minute).assume_tz(zone, disambiguation="raise")
    except SkippedTime:
        return True
    except ValueError:
        return False
    return False


def _number(day: date, at: time, zone: str, repeated: Meant, skipped: Meant | None) -> int:
    """The minute that a local time is; a skipped one that nobody explained is the next that the clocks show."""
    while skipped is None and _is_skipped(day, at, zone):
        later = datetime.combine(day, at) + MINUTE
        day, at = later.date(), later.time()
    plain = PlainDateTime(day.year, day.month, day.day, at.hour, at.minute)
    return number(plain.assume_tz(zone, disambiguation=repeated.value).to_stdlib().astimezone(UTC))
