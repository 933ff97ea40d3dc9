"""Pure decisions about who came: who may be checked in, and who did not come, and from when on that may be said."""

from datetime import datetime, timedelta

# Whoever comes so long before the start comes for this visit; a click on another day's is a mistake.
EARLIEST = timedelta(hours=12)
SOON = timedelta(minutes=30)
EXPECTED = frozenset({"booked", "noshow"})


def may_check_in(status: str, starts_at: datetime, now: datetime) -> bool:
    """Tell whether a patient who has not come yet may be checked in, be it after a no-show."""
    return status in EXPECTED and starts_at - now <= EARLIEST


def is_expected(status: str, starts_at: datetime, now: datetime) -> bool:
    """Tell whether a patient should be here soon, or by now, so that the day's line offers to check them in."""
    return status == "booked" and now >= starts_at - SOON


def may_be_missed(status: str, starts_at: datetime, now: datetime) -> bool:
    """Tell whether it may be said that nobody came: not before the visit should have begun."""
    return status == "booked" and now >= starts_at


def missed_until(now: datetime, minutes: int) -> datetime:
    """Give the latest planned end of visits to which nobody came by now: they are no-shows by themselves."""
    return now - timedelta(minutes=minutes)
