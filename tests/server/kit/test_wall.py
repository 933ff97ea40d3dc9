"""When the clocks of a zone next show a time: later that day, the next day, and in the nights in which they change."""

from datetime import UTC, datetime, time

import pytest

from server.kit.wall import next_time

DENVER = "America/Denver"


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (time(14), datetime(2026, 11, 24, 21, tzinfo=UTC)),
        (time(10), datetime(2026, 11, 25, 17, tzinfo=UTC)),
        (time(9, 30), datetime(2026, 11, 25, 16, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_is_past_or_now_is_meant_of_the_next_day(at: time, found: datetime) -> None:
    assert next_time(datetime(2026, 11, 24, 17, tzinfo=UTC), at, DENVER) == found


def test_the_day_is_that_of_the_zone() -> None:
    evening = datetime(2026, 12, 5, 5, 30, tzinfo=UTC)  # Friday in Denver, Saturday in UTC
    assert next_time(evening, time(23), DENVER) == datetime(2026, 12, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "at", "found"),
    [
        (datetime(2026, 11, 1, 7, 10, tzinfo=UTC), time(1, 40), datetime(2026, 11, 1, 7, 40, tzinfo=UTC)),
        (datetime(2026, 11, 1, 7, 50, tzinfo=UTC), time(1, 40), datetime(2026, 11, 1, 8, 40, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, 10, tzinfo=UTC), time(1, 40), datetime(2026, 11, 1, 8, 40, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, 10, tzinfo=UTC), time(1, 5), datetime(2026, 11, 2, 8, 5, tzinfo=UTC)),
    ],
    ids=["the first", "the second, as the first is past", "in the second hour", "both are past"],
)
def test_of_a_time_that_clocks_show_twice_the_next_is_meant(now: datetime, at: time, found: datetime) -> None:
    assert next_time(now, at, DENVER) == found


@pytest.mark.parametrize("now", [datetime(2027, 3, 14, 8, 50, tzinfo=UTC), datetime(2027, 3, 14, 9, 5, tzinfo=UTC)])
def test_a_time_that_clocks_skip_is_as_long_after_the_change(now: datetime) -> None:
    assert next_time(now, time(2, 30), DENVER) == datetime(2027, 3, 14, 9, 30, tzinfo=UTC)


def test_a_time_that_clocks_skipped_is_of_the_next_day_once_it_is_past() -> None:
    assert next_time(datetime(2027, 3, 14, 9, 40, tzinfo=UTC), time(2, 30), DENVER) == datetime(
        2027, 3, 15, 8, 30, tzinfo=UTC
    )
