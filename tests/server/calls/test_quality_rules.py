"""The word that a call gets."""

import pytest

from server.calls import Quality, Tally, judge


@pytest.mark.parametrize(
    ("tally", "word"),
    [
        (Tally(), None),
        (Tally(samples=100), Quality.GOOD),
        (Tally(samples=100, fair=19), Quality.GOOD),
        (Tally(samples=100, fair=20), Quality.FAIR),
        (Tally(samples=100, fair=9, weak=1), Quality.FAIR),
        (Tally(samples=100, fair=10, weak=10), Quality.POOR),
        (Tally(samples=100, interruptions=1, longest_ms=1500), Quality.FAIR),
        (Tally(samples=100, interruptions=3, longest_ms=1500), Quality.POOR),
        (Tally(samples=100, interruptions=1, longest_ms=10_000), Quality.POOR),
        (Tally(interruptions=1), Quality.FAIR),
    ],
)
def test_a_call_is_judged_by_its_samples_and_interruptions(tally: Tally, word: Quality | None) -> None:
    assert judge([tally]) == word


def test_a_call_was_as_whoever_had_it_worst_had_it() -> None:
    assert judge([Tally(samples=100), Tally(samples=10, weak=1), Tally()]) == Quality.POOR
    assert judge([]) is None
