"""Days of a calendar, and its wall clock: right over clock changes, in whole weeks, with the hours that are used."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.visits.calendar_rules import (
    View,
    days_of,
    hidden_weekdays,
    neighbours,
    offset_of,
    shown_hours,
    wall,
    wall_ends,
)
from tests.cast import TEN, ZONE

HOUR = timedelta(hours=1)
TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("view", "first", "last"),
    [
        (View.DAY, TUESDAY, TUESDAY),
        (View.WEEK, date(2026, 11, 22), date(2026, 11, 28)),
        (View.MONTH, date(2026, 11, 1), date(2026, 12, 5)),
    ],
)
def test_weeks_begin_on_sundays_and_months_show_whole_weeks(view: View, first: date, last: date) -> None:
    days = days_of(view, TUESDAY, ZONE)
    assert (days.first, days.last) == (first, last)
    assert (days.each()[0], days.each()[-1]) == (first, last)


@given(day=st.dates(date(2000, 1, 1), date(2199, 12, 1)), view=st.sampled_from(View))
def test_the_day_asked_for_is_among_those_shown_and_so_is_each_midnight(day: date, view: View) -> None:
    days = days_of(view, day, ZONE)
    assert day in days.each()
    assert wall(days.start, ZONE) == f"{days.first}T00:00"
    assert wall(days.end, ZONE) == f"{days.last + timedelta(days=1)}T00:00"


@given(day=st.dates(date(2000, 1, 1), date(2199, 12, 1)), view=st.sampled_from(View))
def test_after_the_view_before_comes_this_one(day: date, view: View) -> None:
    before, _ = neighbours(view, day)
    _, back = neighbours(view, before)
    assert days_of(view, back, ZONE) == days_of(view, day, ZONE)


def test_a_day_on_which_the_clocks_change_is_shorter_or_longer() -> None:
    lengths = [days_of(View.DAY, day, ZONE) for day in (date(2026, 3, 8), date(2026, 11, 1))]
    assert [day.end - day.start for day in lengths] == [23 * HOUR, 25 * HOUR]


def test_an_end_that_the_clocks_show_before_the_start_is_said_by_the_length() -> None:
    start = datetime(2026, 11, 1, 7, 50, tzinfo=UTC)  # 1:50 for the first time
    assert wall_ends(start, start + HOUR / 3, ZONE) == ("2026-11-01T01:50", "2026-11-01T02:10")
    assert wall_ends(TEN, TEN + HOUR, ZONE) == ("2026-11-24T10:00", "2026-11-24T11:00")


def test_a_zone_is_so_far_from_utc() -> None:
    assert (offset_of(TEN, ZONE), offset_of(TEN, "UTC")) == ("-07:00", "+00:00")


def test_a_weekend_on_which_nothing_is_need_not_be_shown() -> None:
    assert hidden_weekdays(View.WEEK, [TUESDAY]) == [0, 6]
    assert hidden_weekdays(View.WEEK, [TUESDAY, date(2026, 11, 22)]) == [6]
    assert hidden_weekdays(View.MONTH, []) == []


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (0, 1, (8, 18)),
        (-3, -2, (7, 18)),
        (8, 9.5, (8, 20)),
        (8, 14, (8, 24)),
        (8, 15, (0, 24)),
    ],
)
def test_the_hours_that_are_used_are_shown(start: float, end: float, hours: tuple[int, int]) -> None:
    assert shown_hours([(TEN + start * HOUR, TEN + end * HOUR)], ZONE) == hours
