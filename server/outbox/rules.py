"""When a message that could not be sent is tried again. Pure."""

from datetime import datetime, timedelta

LEASE = timedelta(seconds=60)
LAST_ATTEMPT = 8


def next_try(attempts: int, now: datetime) -> datetime | None:
    """Give when to try again after `attempts` failures: 30 s, doubling up to an hour; None when it is given up."""
    if attempts >= LAST_ATTEMPT:
        return None
    return now + min(timedelta(seconds=30) * 2 ** (attempts - 1), timedelta(hours=1))
