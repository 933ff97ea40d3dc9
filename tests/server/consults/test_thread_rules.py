"""When people are reminded of a written case, and how it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from server.consults.thread_rules import Kind, Standing, ToTell, reminded_at, standing, to_tell

ASKED = datetime(2026, 11, 24, 17, tzinfo=UTC)


def at(**span: float) -> datetime:
    return ASKED + timedelta(**span)


@pytest.mark.parametrize(("hours", "ahead"), [(24, 6), (4, 1), (1, 1), (0.5, 0.5), (24 * 7, 24)])
def test_a_quarter_of_the_time_before_but_an_hour_at_least_and_a_day_at_most(hours: float, ahead: float) -> None:
    assert reminded_at(ASKED, at(hours=hours)) == at(hours=hours - ahead)


@pytest.mark.parametrize(
    ("status", "due_hours", "passed", "stands"),
    [
        ("written", 24, 1, Standing.LATER),
        ("written", 24, 18, Standing.SOON),
        ("written", 24, 24, Standing.OVERDUE),
        ("answered", 24, 30, Standing.DONE),
        ("written", None, 30, Standing.DONE),
    ],
)
def test_a_case_has_time_then_it_is_due_soon_then_overdue(
    status: str, due_hours: int | None, passed: int, stands: Standing
) -> None:
    due = at(hours=due_hours) if due_hours else None
    assert standing(status, ASKED, due, at(hours=passed)) is stands


def test_each_thing_is_told_once_and_in_its_time() -> None:
    due = at(hours=24)
    assert to_tell(ASKED, due, (), at(hours=1)) == ToTell(Kind.NEW)
    assert to_tell(ASKED, due, {Kind.NEW}, at(hours=1)) == ToTell()
    assert to_tell(ASKED, due, {Kind.NEW}, at(hours=18)) == ToTell(Kind.BEFORE)
    assert to_tell(ASKED, due, {Kind.NEW, Kind.BEFORE}, at(hours=24)) == ToTell(Kind.DUE)
    assert to_tell(ASKED, due, set(Kind), at(hours=90)) == ToTell()


def test_after_an_outage_only_what_still_matters_is_told() -> None:
    assert to_tell(ASKED, at(hours=24), {Kind.NEW}, at(hours=30)) == ToTell(Kind.DUE, (Kind.BEFORE,))
    assert to_tell(ASKED, at(hours=24), (), at(hours=30)) == ToTell(Kind.NEW, (Kind.BEFORE, Kind.DUE))
