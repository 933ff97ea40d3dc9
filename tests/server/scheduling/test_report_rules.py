"""What reports say of a span: examples that a person can reckon, and what holds for all."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scheduling.availability_rules import BookingLimits, Leave, Schedule, Window
from server.scheduling.booking_rules import CancelReason, Status
from server.scheduling.report_rules import Figures, Planned, figures, third_next, together
from server.scheduling.slot_rules import Busy
from server.scheduling.zone_rules import DAY, minute_of
from tests.server.scheduling.working import FALL, MONDAY, TUESDAY, at, day_of, weekly, working

NINE_TO_FIVE = working(weekly(MONDAY, "9:00", "17:00"), weekly(TUESDAY, "9:00", "17:00"))


def planned(status: str, hour: int, minutes: int = 60, number: int = 1, **changes: Any) -> Planned:
    start = minute_of(at(MONDAY, hour))
    return Planned(UUID(int=number), status, start, start + minutes, 3 * DAY)._replace(**changes)


def on_monday(*rows: Planned) -> Figures:
    return figures(NINE_TO_FIVE, rows, day_of(MONDAY))


# Utilisation


def test_utilisation_is_the_part_of_the_open_minutes_that_is_booked() -> None:
    found = on_monday(planned("booked", 9), planned("fulfilled", 10, number=2))
    assert (found.open, found.taken, found.utilisation) == (480, 120, 0.25)


@pytest.mark.parametrize(
    ("status", "taken"),
    [("booked", 60), ("arrived", 60), ("fulfilled", 60), ("noshow", 60), ("cancelled", 0), ("pending", 0)],
)
def test_what_kept_the_time_counts_as_booked(status: str, taken: int) -> None:
    assert on_monday(planned(status, 9)).taken == taken


def test_what_lies_over_something_else_or_outside_of_the_hours_counts_no_minute_twice_nor_more() -> None:
    rows = [planned("booked", 9), planned("booked", 9, number=2), planned("booked", 16, minutes=180, number=3)]
    assert on_monday(*rows).taken == 120


def test_leave_is_not_open() -> None:
    away = working(weekly(MONDAY, "9:00", "17:00"), leave=(Leave(MONDAY, MONDAY),))
    assert figures(away, [], day_of(MONDAY)).utilisation is None


def test_hours_over_a_change_of_the_clocks_are_as_long_as_they_are() -> None:
    night = working(weekly(FALL, "0:00", "4:00"))
    assert figures(night, [], day_of(FALL)).open == 5 * 60


def test_who_has_no_hours_has_visits_all_the_same() -> None:
    found = figures(None, [planned("fulfilled", 9)], day_of(MONDAY))
    assert (found.open, found.utilisation, len(found.came)) == (0, None, 1)


# Who came, what was cancelled, how long it took


def test_no_shows_are_a_part_of_the_visits_whose_outcome_is_known() -> None:
    kinds = ["noshow", "fulfilled", "arrived", "fulfilled", "booked", "cancelled"]
    found = on_monday(*(planned(status, 9, number=n) for n, status in enumerate(kinds)))
    assert (len(found.missed), len(found.came), found.missed_share) == (1, 3, 0.25)


def test_without_any_known_outcome_there_is_no_part() -> None:
    assert on_monday(planned("booked", 9)).missed_share is None


def test_cancellations_are_counted_by_reason_and_a_hold_that_ran_out_is_none() -> None:
    reasons = [CancelReason.PATIENT, CancelReason.PROVIDER, CancelReason.PATIENT, CancelReason.RAN_OUT]
    found = on_monday(*(planned("cancelled", 9, number=n, reason=reason) for n, reason in enumerate(reasons)))
    assert found.reasons == {"pat": 2, "prov": 1}
    assert len(found.cancelled) == 3


def test_lead_time_is_in_days_and_never_negative() -> None:
    leads = [-5, 1 * DAY, 2 * DAY, 3 * DAY, 40 * DAY]
    found = on_monday(*(planned("booked", 9, number=n, lead=lead) for n, lead in enumerate(leads)))
    assert (found.lead_median, found.lead_p90, min(found.leads.values())) == (2, 40, 0)


def test_without_visits_there_is_no_lead_time() -> None:
    assert on_monday(planned("cancelled", 9)).lead_median is None


# Third next available


def free_in(hours: Schedule = NINE_TO_FIVE, *busy: Busy, length: int = 60) -> int | None:
    return third_next(hours, busy, length, at(MONDAY, 8))


def test_the_third_next_free_visit_of_an_empty_day_is_today() -> None:
    assert free_in() == 0


def test_visits_are_counted_and_not_starts_that_overlap() -> None:
    short = working(weekly(MONDAY, "9:00", "11:00"), weekly(TUESDAY, "9:00", "11:00"))
    assert free_in(short) == 1


def test_time_kept_around_visits_is_kept_around_those_that_are_counted() -> None:
    tight = working(weekly(MONDAY, "9:00", "12:00"), weekly(TUESDAY, "9:00", "12:00"), limits=BookingLimits(after=30))
    assert free_in(tight) == 1


def test_no_more_are_counted_than_a_day_may_have() -> None:
    one = working(weekly(MONDAY, "9:00", "17:00"), limits=BookingLimits(step=30, daily_maximum=1))
    assert free_in(one) == 14


def test_what_is_busy_is_passed_over() -> None:
    whole = Busy.of(at(MONDAY, 9), at(MONDAY, 17))
    assert free_in(NINE_TO_FIVE, whole) == 1


def test_within_the_horizon_there_may_be_none() -> None:
    full = working(weekly(MONDAY, "9:00", "10:00"), limits=BookingLimits(step=30, horizon=10))
    assert free_in(full) is None


@given(st.lists(st.tuples(st.integers(9, 16), st.integers(0, 20)), max_size=25))
def test_what_is_booked_more_never_makes_the_third_next_come_sooner(taken: list[tuple[int, int]]) -> None:
    busy = [
        Busy.of(at(MONDAY, hour) + timedelta(days=days), at(MONDAY, hour + 1) + timedelta(days=days))
        for hour, days in taken
    ]
    few, many = (third_next(NINE_TO_FIVE, some, 60, at(MONDAY, 8)) for some in (busy[: len(busy) // 2], busy))
    assert few is not None
    assert many is None or few <= many


# Several together

rows = st.lists(
    st.builds(
        Planned,
        st.integers(1, 6).map(lambda n: UUID(int=n)),
        st.sampled_from([status.value for status in Status]),
        st.integers(0, 20).map(lambda hour: minute_of(at(MONDAY, 0)) + 60 * hour),
        st.just(0),
        st.integers(0, 90 * DAY),
        st.sampled_from(["", "pat", "hold-expired"]),
    ).map(lambda one: one._replace(end=one.start + 45)),
    max_size=12,
)


@given(rows)
def test_nobody_is_booked_for_more_than_the_open_hours(found: list[Planned]) -> None:
    one = on_monday(*found)
    assert 0 <= one.taken <= one.open
    assert one.utilisation is None or 0 <= one.utilisation <= 1
    assert one.missed_share is None or 0 <= one.missed_share <= 1
    assert one.lead_median is None or one.lead_p90 is None or one.lead_median <= one.lead_p90


@given(rows, rows)
def test_an_appointment_of_two_counts_once_and_minutes_are_added(mine: list[Planned], theirs: list[Planned]) -> None:
    one, other = on_monday(*mine), on_monday(*theirs)
    both = together([one, other])
    assert (both.open, both.taken) == (one.open + other.open, one.taken + other.taken)
    assert both.came == one.came | other.came
    assert together([one, one]).missed == one.missed
    assert len(together([one, one]).leads) == len(one.leads)


def test_of_nobody_everything_is_nothing() -> None:
    assert together([]) == Figures()
    assert together([]).third_next is None


def test_the_third_next_of_several_is_the_mean_of_those_who_have_one() -> None:
    assert together([Figures(thirds=(2,)), Figures(thirds=(5,)), Figures(full=1)]).third_next == 3.5
    assert together([Figures(full=1), Figures(full=1)]).full == 2


def test_days_of_the_report_end_where_the_window_ends() -> None:
    week = Window.of(at(MONDAY, 0), at(MONDAY, 0), at(date(2026, 6, 2), 12))
    assert figures(NINE_TO_FIVE, [], week).open == 480 + 180
