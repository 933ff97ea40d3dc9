"""Bars: the largest first, never longer than the chart, and none that is something is nothing."""

from hypothesis import given
from hypothesis import strategies as st

from server.kit.bars import LONGEST, MOST, ROW, WIDTH, Value, bars


def value(name: str, amount: float, mark: float | None = None) -> Value:
    return Value(name, amount, str(amount), mark)


def test_the_largest_comes_first_and_is_as_wide_as_the_chart() -> None:
    chart = bars([value("Brandt", 1), value("Okafor", 4)])
    assert [(bar.name, bar.length, bar.top) for bar in chart.bars] == [("Okafor", WIDTH, 0), ("Brandt", WIDTH / 4, ROW)]
    assert (chart.height, chart.left_out) == (2 * ROW, 0)


def test_a_part_of_a_whole_is_drawn_as_such() -> None:
    assert [bar.length for bar in bars([value("Okafor", 0.5)], 1).bars] == [WIDTH / 2]


def test_a_mark_makes_room_for_itself() -> None:
    (bar,) = bars([value("Okafor", 2, mark=8)]).bars
    assert (bar.length, bar.mark) == (WIDTH / 4, WIDTH)


def test_what_has_an_order_of_its_own_keeps_it() -> None:
    hours = [Value("08:00", 1, "1"), Value("09:00", 3, "3"), Value("10:00", 2, "2")]
    assert [bar.name for bar in bars(hours, in_order=True).bars] == ["08:00", "09:00", "10:00"]


def test_of_many_the_table_has_the_rest() -> None:
    chart = bars([value(f"Nr. {n}", n) for n in range(MOST + 5)])
    assert (len(chart.bars), chart.left_out) == (MOST, 5)


def test_a_long_name_is_cut() -> None:
    (bar,) = bars([value("x" * 60, 1)]).bars
    assert len(bar.name) == LONGEST
    assert bar.name.endswith("…")


def test_nothing_at_all_is_a_chart_without_bars() -> None:
    assert bars([]).height == 0
    assert bars([value("Okafor", 0)]).bars[0].length == 0


@given(st.lists(st.floats(0, 1e6), max_size=20), st.none() | st.floats(0.1, 1e6))
def test_every_bar_lies_within_the_chart(amounts: list[float], full: float | None) -> None:
    for bar, amount in zip(
        bars([value("x", a) for a in amounts], full).bars, sorted(amounts, reverse=True), strict=False
    ):
        assert 0 <= bar.length <= WIDTH
        assert (bar.length > 0) is (amount > 0)
