"""Pure: a time zone written as VTIMEZONE (RFC 5545 section 3.6.5), exact for every moment of a span.

icalendar can write one too, but its onsets of summer time are late by the hour that is skipped (7.3.2): section 3.6.5
asks for the onset in the local time of *before* it. A calendar that believed them would be an hour off just then.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_LOOK_BACK = timedelta(days=400)
_STEP = timedelta(days=7)
_SECOND = timedelta(seconds=1)


def vtimezone(zone: str, first: datetime, last: datetime) -> Timezone:
    """Give the zone's definition, right for every moment from `first` to `last`, with an observance per change."""
    local = ZoneInfo(zone)
    written = Timezone()
    written.add("tzid", zone)
    since = first - _LOOK_BACK
    written.add_component(_observance(since, local, local))
    for change in clock_changes(zone, since, last + _STEP):
        written.add_component(_observance(change, local, None))
    return written


def clock_changes(zone: str, first: datetime, last: datetime) -> Iterator[datetime]:
    """Give the moments after `first` and up to `last` at which the zone's offset changes, in UTC to the second.

    Two changes within one week would be seen as one, or not at all: no zone plans such.
    """
    local, moment = ZoneInfo(zone), first.astimezone(UTC).replace(microsecond=0)
    while moment < last:
        following = min(moment + _STEP, last)
        if _offset(moment, local) != _offset(following, local):
            yield _onset(moment, following, local)
        moment = following


def _onset(before: datetime, after: datetime, local: ZoneInfo) -> datetime:
    """Give the first second of the new offset, by halving."""
    old = _offset(before, local)
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        before, after = (middle, after) if _offset(middle, local) == old else (before, middle)
    return after


def _observance(moment: datetime, local: ZoneInfo, same: ZoneInfo | None) -> TimezoneStandard | TimezoneDaylight:
    """Write what holds from a moment on; with `same`, nothing changed there but the span begins."""
    here = moment.astimezone(local)
    offset = _offset(moment, local)
    before = offset if same else _offset(moment - _SECOND, local)
    written = TimezoneDaylight() if here.dst() else TimezoneStandard()
    written.add("dtstart", (moment.astimezone(UTC) + before).replace(tzinfo=None, microsecond=0))
    written.add("tzoffsetfrom", before)
    written.add("tzoffsetto", offset)
    written.add("tzname", here.tzname())
    return written


def _offset(moment: datetime, local: ZoneInfo) -> timedelta:
    return moment.astimezone(local).utcoffset() or timedelta()
