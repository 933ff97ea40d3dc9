"""When mail that was not taken is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from server.outbox.rules import LAST_ATTEMPT, next_try

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1920)])
def test_the_pause_doubles_with_every_failure(attempts: int, seconds: int) -> None:
    assert next_try(attempts, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("attempts", range(1, LAST_ATTEMPT))
def test_no_pause_is_longer_than_an_hour(attempts: int) -> None:
    again = next_try(attempts, NOW)
    assert again is not None
    assert NOW < again <= NOW + timedelta(hours=1)


@pytest.mark.parametrize("attempts", [LAST_ATTEMPT, LAST_ATTEMPT + 1])
def test_after_eight_failures_it_is_given_up(attempts: int) -> None:
    assert next_try(attempts, NOW) is None
