"""Who may be checked in, and from when on it may be said that nobody came."""

from datetime import UTC, datetime, timedelta

import pytest

from server.visits.attendance_rules import is_expected, may_be_missed, may_check_in, missed_until

TEN = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


def later(**span: float) -> datetime:
    return TEN + timedelta(**span)


@pytest.mark.parametrize(
    ("status", "hours", "may"),
    [("booked", 12, True), ("booked", 13, False), ("booked", -30, True), ("noshow", -1, True), ("arrived", 0, False)],
)
def test_who_has_not_come_is_checked_in_on_the_day_or_after_it(status: str, hours: int, may: bool) -> None:
    assert may_check_in(status, later(hours=hours), TEN) is may


@pytest.mark.parametrize(
    ("status", "minutes", "expected"),
    [("booked", 30, True), ("booked", 31, False), ("booked", -90, True), ("noshow", 0, False), ("arrived", 0, False)],
)
def test_a_booked_patient_is_expected_from_half_an_hour_before(status: str, minutes: int, expected: bool) -> None:
    assert is_expected(status, later(minutes=minutes), TEN) is expected


@pytest.mark.parametrize(
    ("status", "minutes", "may"),
    [("booked", 0, True), ("booked", 1, False), ("booked", -60, True), ("noshow", -60, False), ("arrived", -60, False)],
)
def test_nobody_is_missed_before_the_visit_should_have_begun(status: str, minutes: int, may: bool) -> None:
    assert may_be_missed(status, later(minutes=minutes), TEN) is may


def test_a_visit_is_missed_by_itself_a_set_time_after_its_end() -> None:
    assert missed_until(TEN, 30) == later(minutes=-30)
