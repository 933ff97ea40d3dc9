"""A storm of refusals is counted, not written; a single one never is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from server.access import Action, Actor, Refusal, Role, Why
from server.audit.denial_rules import MOST, WINDOW, Denial, Tally

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
ACTOR = Actor(frozenset({Role.PCP}), UUID(int=1), UUID(int=2))
DENIAL = Denial(ACTOR, Refusal(Action.READ_AUDIT, Why.ROLE), "GET /admin/audit", "192.0.2.7")


def storm(tally: Tally, count: int, denial: Denial = DENIAL, now: datetime = NOW) -> int:
    return sum(tally.is_new(denial, now) for _ in range(count))


def test_the_first_sixty_are_written_and_the_rest_is_counted() -> None:
    tally = Tally()
    assert storm(tally, 100) == MOST
    assert tally.over(NOW + WINDOW) == [(DENIAL, 40)]


def test_a_few_are_written_one_by_one_and_leave_no_count() -> None:
    tally = Tally()
    assert storm(tally, MOST) == MOST
    assert tally.over(NOW + WINDOW) == []


def test_the_count_waits_for_the_end_of_its_minute() -> None:
    tally = Tally()
    storm(tally, 100)
    assert tally.over(NOW + WINDOW - timedelta(seconds=1)) == []
    assert len(tally.over(NOW + WINDOW)) == 1
    assert tally.over(NOW + WINDOW) == []


def test_after_a_minute_they_are_written_again() -> None:
    tally = Tally()
    storm(tally, 100)
    tally.over(NOW + WINDOW)
    assert storm(tally, 1, now=NOW + WINDOW) == 1


def test_when_the_process_ends_nothing_waits() -> None:
    tally = Tally()
    storm(tally, 61)
    assert tally.all() == [(DENIAL, 1)]


@pytest.mark.parametrize(
    "other",
    [
        replace(DENIAL, actor=replace(ACTOR, account_id=UUID(int=3))),
        replace(DENIAL, refusal=Refusal(Action.READ_VISIT, Why.ROLE)),
        replace(DENIAL, refusal=Refusal(Action.READ_AUDIT, Why.ELSEWHERE)),
        replace(DENIAL, route="POST /admin/audit/export"),
        replace(DENIAL, actor=replace(ACTOR, account_id=None, session_key="guest:1")),
        replace(DENIAL, actor=None),
    ],
)
def test_a_storm_of_one_hides_no_other(other: Denial) -> None:
    tally = Tally()
    storm(tally, 100)
    assert tally.is_new(other, NOW)


def test_trying_many_records_is_one_storm() -> None:
    tally = Tally()
    tried = [replace(DENIAL, refusal=Refusal(Action.READ_AUDIT, Why.ROLE, UUID(int=n))) for n in range(100)]
    assert sum(tally.is_new(denial, NOW) for denial in tried) == MOST
