"""What reports say of consults: examples that a person can reckon."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.consults.consult_report_rules import Case, Gap, Unmet, figures, gaps, grouped, hour_name
from tests.cast import TEN

RANG = Case("Psychiatry", "Cedar Creek", 10, live=True, asked_at=TEN, matched=True, rang=True)
TAKEN = replace(RANG, took_at=TEN + timedelta(seconds=20), answered_at=TEN + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (RANG, Unmet.NOBODY_ANSWERED),
        (TAKEN, None),
        (replace(RANG, rang=False), Unmet.NOBODY_ON_DUTY),
        (replace(RANG, matched=False, rang=False), Unmet.NOBODY_MATCHED),
        (replace(RANG, chose=True), None),
        (replace(RANG, open=True), None),
        (replace(RANG, live=False, rang=False), None),
        (replace(RANG, live=False, matched=False, rang=False), Unmet.NOBODY_MATCHED),
    ],
)
def test_a_case_that_nobody_took_says_why(case: Case, why: Unmet | None) -> None:
    assert case.unmet is why


def test_times_are_the_median_and_what_nine_of_ten_do_not_exceed() -> None:
    cases = [
        replace(TAKEN, took_at=TEN + timedelta(seconds=n), answered_at=TEN + timedelta(minutes=n)) for n in range(1, 11)
    ]
    found = figures(cases)
    assert (found.accept_median, found.accept_p90, found.answer_median, found.answer_p90) == (5, 9, 5, 9)
    assert (found.asked, found.live, found.taken, found.answered) == (10, 10, 10, 10)


def test_of_nothing_there_are_no_times() -> None:
    found = figures([])
    assert (found.asked, found.accept_median, found.answer_p90, found.unmet_in_all) == (0, None, None, 0)


def test_a_written_case_has_no_time_to_accept() -> None:
    assert figures([replace(TAKEN, live=False)]).accept_median is None


def test_declines_and_missed_rings_are_counted() -> None:
    found = figures([replace(RANG, declines=("busy", "field"), missed=2), replace(TAKEN, declines=("busy",), missed=1)])
    assert (found.declines, found.missed, found.unmet) == ({"busy": 2, "field": 1}, 3, {Unmet.NOBODY_ANSWERED: 1})


def test_groups_stand_in_the_order_of_their_names() -> None:
    found = grouped([replace(RANG, hour=13), RANG, RANG], lambda one: hour_name(one.hour))
    assert [(name, one.asked) for name, one in found.items()] == [("10:00", 2), ("13:00", 1)]
    assert hour_name(9) == "09:00"


def test_gaps_are_by_service_clinic_hour_and_reason_the_most_frequent_first() -> None:
    found = gaps([TAKEN, replace(RANG, hour=9), RANG, RANG])
    assert found == [
        Gap("Psychiatry", "Cedar Creek", 10, Unmet.NOBODY_ANSWERED, 2),
        Gap("Psychiatry", "Cedar Creek", 9, Unmet.NOBODY_ANSWERED, 1),
    ]
