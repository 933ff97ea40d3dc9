"""When a message that could not be sent is tried again. Pure."""

from datetime import datetime, timedelta

LEASE = timedelta(seconds=60)
LAST_ATTEMPT = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """Give when to try again after `attempts` failures: 30 s, doubling up to an hour; None when it is given up."""
    if attempts >= LAST_ATTEMPT:
        return None
    return now + min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)
