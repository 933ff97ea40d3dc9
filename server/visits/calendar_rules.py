"""Pure: which days a calendar shows, what it says of them, and moments as a wall clock in its zone shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MOST_COLUMNS = 12
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
STEP = 5  # minutes; a visit is moved and made longer by these
SHORTEST, LONGEST = 5, 480
_SATURDAY, _SUNDAY = 6, 0  # as scripts number weekdays
_WEEK = 7
_FIRST_HOUR, _LAST_HOUR = 8, 18


class View(StrEnum):
    """How many days are shown."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Kind(StrEnum):
    """What an entry of a calendar is. `BUSY` is an appointment that the reader has no part in."""

    VISIT = "visit"
    BUSY = "busy"
    HOLD = "hold"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are shown, from `first` up to `last`, and their moments in UTC."""

    first: date
    last: date
    start: datetime
    end: datetime

    def each(self) -> list[date]:
        """Give the days in order."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def days_of(view: View, day: date, zone: str) -> Days:
    """Give the days that a view shows around a day: weeks begin on Sundays, months show whole weeks."""
    first = last = day
    if view is View.MONTH:
        first = day.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if view is not View.DAY:
        first -= timedelta(days=first.isoweekday() % _WEEK)
        last += timedelta(days=6 - last.isoweekday() % _WEEK)
    return Days(first, last, moment_at(first, zone), moment_at(last + timedelta(days=1), zone))


def moment_at(day: date, zone: str) -> datetime:
    """Give the moment, in UTC, at which a day begins in a zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def neighbours(view: View, day: date) -> tuple[date, date]:
    """Give the days by which the view before and the view after are asked for."""
    if view is View.MONTH:
        first = day.replace(day=1)
        return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
    step = timedelta(days=1 if view is View.DAY else _WEEK)
    return day - step, day + step


def wall(moment: datetime, zone: str) -> str:
    """Write a moment as the clock on the wall shows it: 2026-11-24T09:30."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def wall_ends(starts_at: datetime, ends_at: datetime, zone: str) -> tuple[str, str]:
    """Write both ends; where the clocks go back in between and show an earlier end, its length says when it ends."""
    start, end = wall(starts_at, zone), wall(ends_at, zone)
    if end > start:
        return start, end
    plain = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + (ends_at - starts_at)
    return start, f"{plain:%Y-%m-%dT%H:%M}"


def offset_of(moment: datetime, zone: str) -> str:
    """Write how far a zone's clocks are from UTC at a moment: -07:00."""
    return moment.astimezone(ZoneInfo(zone)).isoformat()[-6:]


def hidden_weekdays(view: View, days: Iterable[date]) -> list[int]:
    """Give the days of the weekend, as scripts number them, that need not be shown: nothing is on them."""
    used = {day.isoweekday() % _WEEK for day in days}
    return [number for number in (_SUNDAY, _SATURDAY) if number not in used] if view is View.WEEK else []


def shown_hours(spans: Sequence[tuple[datetime, datetime]], zone: str) -> tuple[int, int]:
    """Give the first and the last hour to show: eight to six, and whatever spans of one local day go beyond."""
    first, last = _FIRST_HOUR, _LAST_HOUR
    for start, end in spans:
        local, until = (moment.astimezone(ZoneInfo(zone)) for moment in (start, end))
        if until.date() == local.date():
            first, last = min(first, local.hour), max(last, until.hour + (until.minute > 0))
        elif until.date() == local.date() + timedelta(days=1) and until.time() == time():
            first, last = min(first, local.hour), 24
        else:
            return 0, 24
    return first, last
