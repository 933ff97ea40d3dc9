"""Lines over the time of a call."""

from datetime import datetime, timedelta

from server.admin.quality_chart import HEIGHT, WIDTH, Span, lines
from tests.cast import TEN

SPAN = Span(TEN, TEN + timedelta(seconds=60))


def values(*pairs: tuple[int, int | None]) -> list[tuple[datetime, int | None]]:
    return [(TEN + timedelta(seconds=seconds), value) for seconds, value in pairs]


def test_a_line_runs_from_the_bottom_to_the_top_and_no_higher() -> None:
    drawn = lines(SPAN, values((0, 0), (5, 100), (10, 900)), limit=50, top=100)
    assert drawn.pieces == [f"0.0,{HEIGHT - 2.0} {WIDTH / 12},2.0 {WIDTH / 6},2.0"]
    assert (drawn.limit, drawn.dots) == (HEIGHT / 2, [])


def test_where_reports_are_missing_or_say_nothing_there_is_a_gap() -> None:
    drawn = lines(SPAN, values((0, 1), (5, 1), (30, 1), (35, 1), (40, None), (45, 1)), limit=50, top=100)
    assert [piece.count(",") for piece in drawn.pieces] == [2, 2]
    assert [x for x, _ in drawn.dots] == [WIDTH * 0.75]


def test_what_lies_outside_is_put_at_the_edge_also_of_a_call_without_a_length() -> None:
    assert SPAN.x(TEN - timedelta(seconds=1)) == 0
    assert SPAN.x(TEN + timedelta(seconds=61)) == WIDTH
    assert Span(TEN, TEN).x(TEN) == 0
