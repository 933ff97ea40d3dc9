"""A quantile is one of the values, and so many do not exceed it."""

from hypothesis import given
from hypothesis import strategies as st

from server.kit.quantiles import quantile


@given(st.lists(st.integers(-1000, 1000), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_one_of_the_values_and_so_many_do_not_exceed_it(values: list[int], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


def test_the_90th_of_ten_is_the_ninth() -> None:
    assert quantile(range(1, 11), 0.9) == 9
    assert quantile([], 0.5) is None
