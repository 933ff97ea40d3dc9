"""Pure: when a patient is reminded of a visit, by their own clock, and which reminders are due at a moment.

Nobody is reminded in quiet hours, after the visit has begun, or of a time that they were told of just before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.kit.wall import next_time

BEFORE_QUIET = timedelta(minutes=15)
"""So long before quiet hours somebody is reminded who cannot be after them: nothing that is a little late disturbs."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours by a wall clock, over midnight or not, in which nobody is reminded; none when both are the same."""

    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Timed:
    """What is known of an appointment's time: when it is, when that was said last, and the patient's zone."""

    starts_at: datetime
    set_at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now: the reminder to send, in minutes before, if any, and those that are never sent."""

    send: int | None
    drop: frozenset[int]


def quiet_hours(text: str) -> Quiet:
    """Read "21:00-08:00"; nothing means no quiet hours. Raises ValueError."""
    starts, _, ends = (text or "00:00-00:00").partition("-")
    return Quiet(time.fromisoformat(starts.strip().zfill(5)), time.fromisoformat(ends.strip().zfill(5)))


def is_quiet(moment: datetime, zone: str, quiet: Quiet) -> bool:
    """Tell whether a moment lies in quiet hours of a zone; their end does not."""
    at = moment.astimezone(ZoneInfo(zone)).time()
    if quiet.starts <= quiet.ends:
        return quiet.starts <= at < quiet.ends
    return at >= quiet.starts or at < quiet.ends


def quiet_end(moment: datetime, zone: str, quiet: Quiet) -> datetime:
    """Give when the quiet hours end that a moment lies in; the moment itself when it lies in none."""
    return next_time(moment, quiet.ends, zone) if is_quiet(moment, zone, quiet) else moment


def due_at(timed: Timed, minutes_before: int, quiet: Quiet) -> datetime:
    """Give when a reminder is due: so long before, or when quiet hours end, or before they begin.

    The end of quiet hours will do while half of the wanted time is left until the visit.
    """
    wanted = timed.starts_at - timedelta(minutes=minutes_before)
    later = quiet_end(wanted, timed.zone, quiet)
    if later <= timed.starts_at - timedelta(minutes=minutes_before) / 2 or later == wanted:
        return later
    return _quiet_start(wanted, timed.zone, quiet) - BEFORE_QUIET


def reminders_due(timed: Timed, offsets: Collection[int], handled: Collection[int], quiet: Quiet, now: datetime) -> Due:
    """Say what is due now of the reminders that are set (`offsets`) and were not handled.

    After an outage only the one nearest to the visit is sent, and none that is farther from it than one that was.
    """
    left = [minutes for minutes in sorted(offsets) if minutes not in handled]
    if now >= timed.starts_at:
        return Due(None, frozenset(left))
    past = {minutes for minutes in left if due_at(timed, minutes, quiet) <= now}
    known = {minutes for minutes in past if due_at(timed, minutes, quiet) <= timed.set_at}
    known |= {minutes for minutes in past if any(minutes > other for other in handled)}
    wanted = past - known
    if not wanted or is_quiet(now, timed.zone, quiet):
        return Due(None, frozenset(known))
    nearest = min(wanted)
    return Due(nearest, frozenset(known | wanted - {nearest}))


def _quiet_start(moment: datetime, zone: str, quiet: Quiet) -> datetime:
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() >= quiet.starts else local.date() - timedelta(days=1)
    return datetime.combine(day, quiet.starts, ZoneInfo(zone)).astimezone(UTC)
