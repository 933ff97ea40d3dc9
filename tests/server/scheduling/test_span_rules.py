"""Spans are put together and taken from each other as sets of minutes are."""

from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from server.scheduling.span_rules import Span, clipped, covers, meets, merged, overlapping, without


def some(seed: int) -> list[Span]:
    chance = Random(seed)
    starts = [chance.randrange(40) for _ in range(chance.randrange(7))]
    return [(start, start + chance.randrange(9)) for start in starts]


def minutes(spans: list[Span]) -> set[int]:
    return {minute for span in spans for minute in range(*span)}


@settings(max_examples=12)
@given(st.integers(0, 10**9))
def test_spans_are_sets_of_minutes(seed: int) -> None:
    one, other = merged(some(seed)), merged(some(seed + 1))
    assert minutes(one) == minutes(some(seed))
    assert minutes(without(one, other)) == minutes(one) - minutes(other)
    assert minutes(clipped(one, 9, 30)) == minutes(one) & set(range(9, 30))
    for spans in (one, without(one, other)):
        assert all(start < end for start, end in spans)
        assert all(first[1] < second[0] for first, second in pairwise(spans))


@settings(max_examples=8)
@given(st.integers(0, 10**9))
def test_the_owners_of_spans_that_overlap_are_found(seed: int) -> None:
    owned = [(span, index % 3) for index, span in enumerate(some(seed)) if span[0] < span[1]]
    pairs = {
        (min(a, b), max(a, b)) for one, a in owned for other, b in owned if a != b and minutes([one]) & minutes([other])
    }
    assert sorted(overlapping(owned)) == sorted(pairs)


def test_touching_is_not_overlapping() -> None:
    assert not meets((0, 10), (10, 20))
    assert meets((0, 11), (10, 20))


def test_a_span_is_covered_by_one_not_by_two() -> None:
    assert covers([(0, 5), (6, 20)], (6, 20))
    assert not covers([(0, 5), (5, 10)], (4, 6))
