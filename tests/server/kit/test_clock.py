"""The real clock, the only place that reads it."""

from datetime import UTC, datetime, timedelta

from server.kit import utc_now


def test_the_clock_gives_aware_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)


def test_the_clock_goes() -> None:
    before = datetime.now(UTC)
    assert before <= utc_now() <= datetime.now(UTC)
