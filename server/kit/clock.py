"""The clock as a value that is passed in: everything that decides by time takes `now`, tests bring their own."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give the current time, aware, in UTC."""
    return datetime.now(UTC)
