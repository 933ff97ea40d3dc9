"""Pure: how the clocks of a zone run, in whole minutes. Offsets, the local times that a change skips or repeats.

A moment is the number of minutes since 1970 in UTC. A plain time is a wall clock's reading counted in the same way, as
if that wall clock showed UTC. Whole numbers, because a search compares and adds some hundred thousand of them.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = 24 * 60
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_EPOCH_WEEKDAY = _EPOCH.weekday()
_MARGIN = 2  # days; no zone is further than that from UTC


class Meant(StrEnum):
    """Which moment a local time means that the clocks show twice, or never: the earlier or the later of the two."""

    EARLIER = "earlier"
    LATER = "later"


class Steady(NamedTuple):
    """A time, in moments, in which a zone's offset (local minus UTC, in minutes) stays the same."""

    start: int
    end: int
    offset: int


def minute_of(moment: datetime) -> int:
    """Give the minute that a moment lies in."""
    return (moment - _EPOCH) // _MINUTE


def minute_after(moment: datetime) -> int:
    """Give the first minute that begins at a moment or after it."""
    return -((_EPOCH - moment) // _MINUTE)


def minutes_touched(start: datetime, end: datetime) -> tuple[int, int]:
    """Give the span of all minutes that a span of moments touches."""
    return minute_of(start), minute_after(end)


def moment_of(minute: int) -> datetime:
    """Give the moment, in UTC, at which a minute begins."""
    return _EPOCH + timedelta(minutes=minute)


def day_number(day: date) -> int:
    """Count days since 1970; a day's plain midnight is its number times `DAY`."""
    return day.toordinal() - _EPOCH_DAY


def date_of(number: int) -> date:
    """Give the date with this number."""
    return date.fromordinal(number + _EPOCH_DAY)


def weekday_of(number: int) -> int:
    """Give the weekday of the day with this number; 0 is Monday."""
    return (number + _EPOCH_WEEKDAY) % 7


def minutes_into_day(at: time) -> int:
    """Minutes since midnight."""
    return at.hour * 60 + at.minute


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone's clocks around a span: when they change, and the offset of each local day on which they do not."""

    steady: tuple[Steady, ...]
    offsets: dict[int, int]
    changes: tuple[int, ...]

    def offset_at(self, moment: int) -> int:
        """Minutes by which local time is ahead of UTC."""
        return self.steady[bisect_right(self.changes, moment)].offset

    def day_at(self, moment: int) -> int:
        """Number of the local day that a moment falls on."""
        return (moment + self.offset_at(moment)) // DAY

    def days_at(self, moments: Iterable[int]) -> list[int]:
        """Numbers of the local days that moments fall on."""
        changes, offsets = self.changes, [part.offset for part in self.steady]
        return [(each + offsets[bisect_right(changes, each)]) // DAY for each in moments]

    def moments_at(self, plain: int) -> tuple[int, ...]:
        """Moments at which the clocks show this: none in a gap, two in a fold, otherwise one; the earlier first."""
        read = (plain - part.offset for part in self.steady if part.start <= plain - part.offset < part.end)
        return tuple(read)

    def change_over(self, plain: int) -> tuple[Steady, Steady]:
        """Give what lies before and after the change that skips a plain time."""
        later = next(i for i, part in enumerate(self.steady) if plain - part.offset < part.start)
        return self.steady[later - 1], self.steady[later]

    def moment(self, plain: int, repeated: Meant = Meant.EARLIER, skipped: Meant | None = None) -> int:
        """Give the moment of a plain time.

        A repeated one is the first or the second of the two. A skipped one is the moment of the change; or, where
        somebody said what they meant, as far before or after it as the gap is long (RFC 5545 means the later one).
        """
        offset = self.offsets.get(plain // DAY)
        if offset is not None:
            return plain - offset
        if moments := self.moments_at(plain):
            return moments[0] if repeated is Meant.EARLIER else moments[-1]
        before, after = self.change_over(plain)
        if skipped is None:
            return after.start
        return plain - (after.offset if skipped is Meant.EARLIER else before.offset)

    def midnight(self, number: int) -> int:
        """Moment at which a local day begins: where midnight is skipped, the change; where repeated, the first."""
        return self.moment(number * DAY)


def clock(zone: str, start: int, end: int) -> Clock:
    """Read the clocks of a zone for a span of moments and two days around it. Kept, as a search asks for it often."""
    return _clock(zone, start // DAY - _MARGIN, end // DAY + _MARGIN + 1)


@lru_cache(maxsize=256)
def _clock(zone: str, first: int, last: int) -> Clock:
    parts = _joined(zone, first * DAY, last * DAY)
    offsets = {}
    for part in parts:  # a day counts when its midnights, both of them, are surely inside
        for number in range((part.start + part.offset) // DAY + 1, (part.end + part.offset) // DAY):
            offsets[number] = part.offset
    for before, after in pairwise(parts):  # a fold repeats times of days on both of its sides
        low, high = after.start + min(before.offset, after.offset), after.start + max(before.offset, after.offset)
        for number in range((low - 1) // DAY, high // DAY + 1):
            offsets.pop(number, None)
    return Clock(parts, offsets, tuple(part.start for part in parts[1:]))


def _joined(zone: str, start: int, end: int) -> tuple[Steady, ...]:
    """Put the years of a zone together and cut out a span."""
    parts: list[Steady] = []
    for year in range(moment_of(start).year, moment_of(end).year + 1):
        for part in _year(zone, year):
            if parts and parts[-1].offset == part.offset:
                parts[-1] = Steady(parts[-1].start, part.end, part.offset)
            else:
                parts.append(part)
    return tuple(
        Steady(max(part.start, start), min(part.end, end), part.offset)
        for part in parts
        if part.start < end and start < part.end
    )


@lru_cache(maxsize=1024)
def _year(zone: str, year: int) -> tuple[Steady, ...]:
    """Find a year's changes: an offset is looked up once a day, and halving finds the minute of each change."""
    local = ZoneInfo(zone)
    start, end = (minute_of(datetime(each, 1, 1, tzinfo=UTC)) for each in (year, year + 1))
    found, began, offset = [], start, _offset(local, start)
    for day in range(start + DAY, end + 1, DAY):
        now = _offset(local, day)
        if now != offset:
            change = _change(local, day - DAY, day)
            found.append(Steady(began, change, offset))
            began, offset = change, now
    if began < end:
        found.append(Steady(began, end, offset))
    return tuple(found)


def _change(local: ZoneInfo, low: int, high: int) -> int:
    before = _offset(local, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(local, middle) == before else (low, middle)
    return high


def _offset(local: ZoneInfo, minute: int) -> int:
    offset = moment_of(minute).astimezone(local).utcoffset()
    return (offset or timedelta()) // _MINUTE
