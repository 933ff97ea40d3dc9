"""The allowances of a connection, and of a session that joins."""

from __future__ import annotations

from datetime import timedelta

from signaling.limits import BURST, JOINS_PER_SECOND, PER_SECOND, Bucket, Joins
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


def test_a_session_joins_in_a_burst_and_then_slowly() -> None:
    joins = Joins()
    assert sum(joins.take("one", NOON) for _ in range(100)) == BURST
    later = NOON + timedelta(seconds=3)
    assert sum(joins.take("one", later) for _ in range(100)) == 3 * JOINS_PER_SECOND
    assert joins.take("other", NOON)


def test_sessions_whose_allowance_is_whole_again_are_forgotten() -> None:
    joins = Joins()
    for n in range(Joins.MANY):
        joins.take(f"session {n}", NOON)
    joins.take("late", NOON + timedelta(minutes=1))
    assert len(joins) == 1
