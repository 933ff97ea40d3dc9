"""Pure: when the clocks of a zone show a time of day, also in the night in which they change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


def next_time(moment: datetime, at: time, zone: str) -> datetime:
    """Give the first moment after another, in UTC, at which a zone's clocks show a time of day.

    A time that they show twice counts twice; one that they skip is meant as long after the change as it says.
    """
    local = ZoneInfo(zone)
    today = moment.astimezone(local).date()
    shown = (datetime.combine(day, at.replace(fold=fold), local) for day in (today, today + _DAY) for fold in (0, 1))
    # compared in UTC: within a zone Python compares what the clocks show, and not which of the two times it is
    return next(found for each in shown if (found := each.astimezone(UTC)) > moment)
