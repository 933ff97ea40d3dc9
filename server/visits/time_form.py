"""Reading when a visit is to be, as somebody typed it: a day and a time by the clinic's clocks, and how long."""

from datetime import datetime, timedelta

from server.kit import N_, Form
from server.scheduling import local_moment

IN_THE_WAY = N_("Another appointment is in the way. Choose another time, or say below why both are needed.")
BUSY_ELSEWHERE = N_(
    "Another calendar says that they are busy then. Choose another time, or say below that it is meant."
)
# Nobody books further ahead; a year like 9999 is a slip.
_LATEST = timedelta(days=2 * 366)


def read_start(form: Form, zone: str, now: datetime) -> datetime | None:
    """Read the fields `date` and `time` in a zone; None after saying on the form what is wrong."""
    day, at = form.day("date", N_("Choose a day.")), form.time("time")
    if day is not None and day > (now + _LATEST).date():
        form.wrong("date", N_("Choose a day."))
    if day is None or at is None or "date" in form.errors:
        return None
    moment = local_moment(day, at, zone)
    if moment is None:
        form.wrong("time", N_("The clocks change that day and skip this time. Choose an hour later."))
    elif moment < now - timedelta(minutes=1):
        form.wrong("time", N_("This time is past. Choose a later one, or Now."))
    return moment
