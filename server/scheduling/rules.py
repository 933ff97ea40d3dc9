"""Pure reckoning with local times and zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from whenever import PlainDateTime, RepeatedTime, SkippedTime


def day_bounds(moment: datetime, zone: str) -> tuple[datetime, datetime]:
    """Give the start and end, in UTC, of the local day that a moment falls on; 23 or 25 hours when clocks change."""
    local = ZoneInfo(zone)
    day = moment.astimezone(local).date()
    return _midnight(day, local), _midnight(day + timedelta(days=1), local)


def days_bounds(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Give the start of one local day and the end of another, in UTC."""
    local = ZoneInfo(zone)
    return _midnight(first, local), _midnight(last + timedelta(days=1), local)


def local_moment(day: date, at: time, zone: str) -> datetime | None:
    """Turn a local date and time into a moment in UTC; None for a time that the clock change skips.

    A time that happens twice means the first: a patient who comes an hour early waits, one hour late is missed.
    """
    plain = PlainDateTime(day.year, day.month, day.day, at.hour, at.minute)
    try:
        zoned = plain.assume_tz(zone, disambiguation="raise")
    except RepeatedTime:
        zoned = plain.assume_tz(zone, disambiguation="earlier")
    except SkippedTime:
        return None
    return zoned.to_stdlib().astimezone(UTC)


def _midnight(day: date, local: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), local).astimezone(UTC)
