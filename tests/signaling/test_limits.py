"""The allowance of a connection."""

from __future__ import annotations

from datetime import timedelta

from signaling.limits import BURST, PER_SECOND, Bucket
from tests.playbook import NOON


def spend(bucket: Bucket, times: int, seconds: float = 0) -> tuple[Bucket, int]:
    """Take so many tokens at one moment; gives how many there were."""
    taken = 0
    for _ in range(times):
        bucket, allowed = bucket.take(NOON + timedelta(seconds=seconds))
        taken += allowed
    return bucket, taken


def test_a_burst_is_allowed_and_no_more() -> None:
    assert spend(Bucket(NOON), 200)[1] == BURST


def test_it_refills_with_time() -> None:
    bucket, _ = spend(Bucket(NOON), 200)
    assert spend(bucket, 200, seconds=1)[1] == PER_SECOND


def test_it_never_holds_more_than_a_burst() -> None:
    assert spend(Bucket(NOON), 200, seconds=3600)[1] == BURST


def test_a_clock_set_back_takes_nothing_away() -> None:
    bucket, _ = spend(Bucket(NOON), 10)
    assert spend(bucket, 200, seconds=-5)[1] == BURST - 10
