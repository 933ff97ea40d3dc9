"""Whom a step rings, and whose turn it is in a round robin."""

from datetime import timedelta

from server.consults.ring_events import Begin, RaiseUrgency, SwitchToWritten, TimerDue
from server.consults.ring_state import Path, Plan, Ringing, Turn, WhyWritten, Written
from server.consults.ring_turn_rules import takes_turn, with_turns
from server.consults.service_rules import Urgency
from tests.server.consults.ringing import (
    EVERYBODY,
    HALE,
    LIN,
    OKAFOR,
    PEOPLE,
    REYES,
    Case,
    everyone,
    group,
    in_turn,
    one,
    plan,
    rung,
)


def test_a_group_is_rung_at_once() -> None:
    assert Case(plan(group(REYES, LIN))).ringing == [REYES, LIN]


def test_everyone_who_covers_the_case_is_rung_best_first() -> None:
    assert Case(plan(everyone())).ringing == list(PEOPLE)


def test_nobody_is_rung_who_may_not_take_the_case() -> None:
    case = Case(Plan((Path((one(HALE), group(HALE, REYES))),), (OKAFOR, REYES)))
    assert case.ringing == [REYES]


def test_when_all_declined_a_restart_asks_them_once_more() -> None:
    case = Case(plan(one(OKAFOR), one(REYES), restarts=1))
    case.declines(OKAFOR)
    assert rung(case.declines(REYES)) == [OKAFOR]
    assert rung(case.declines(OKAFOR)) == [REYES]
    case.declines(REYES)
    assert isinstance(case.state, Written)


def test_a_round_robin_rings_the_next_after_whom_it_asked_last() -> None:
    case = Case(Plan((Path((in_turn(OKAFOR, REYES, LIN),), 3),), PEOPLE, (Turn("psychiatry", REYES),)))
    assert case.ringing == [LIN]
    assert rung(case.later(90)) == [OKAFOR, REYES, LIN]


def test_a_round_robin_passes_over_who_is_not_on_duty() -> None:
    case = Case(plan(in_turn(OKAFOR, REYES, LIN), in_turn(OKAFOR, REYES, LIN)), frozenset({OKAFOR, LIN}))
    assert case.ringing == [OKAFOR]
    assert rung(case.later(30)) == [LIN]


def test_a_round_robin_passes_over_whom_others_ring_while_somebody_is_free() -> None:
    path = Path((in_turn(OKAFOR, REYES, LIN),))
    assert Case(Plan((path,), PEOPLE, elsewhere=frozenset({OKAFOR}))).ringing == [REYES]
    assert Case(Plan((path,), PEOPLE, elsewhere=frozenset({OKAFOR, REYES, LIN}))).ringing == [OKAFOR]


def test_a_case_takes_a_turn_when_a_round_robin_rings() -> None:
    case = Case(plan(one(OKAFOR), in_turn(REYES, LIN)))
    first = case.state
    assert not takes_turn(None, first)
    case.later(30)
    assert takes_turn(first, case.state)
    assert not takes_turn(case.state, case.state)


def test_a_turn_is_taken_also_by_who_had_it_before() -> None:
    path = Path((in_turn(OKAFOR, REYES), in_turn(OKAFOR, REYES)))
    case = Case(Plan((path,), PEOPLE, elsewhere=frozenset({REYES})))
    first = case.state
    case.later(30)
    assert case.ringing == [OKAFOR]
    assert takes_turn(first, case.state)


def test_a_case_that_rings_no_more_takes_no_turn() -> None:
    case = Case(plan(in_turn(OKAFOR)))
    first = case.state
    case.happens(SwitchToWritten())
    assert not takes_turn(first, case.state)


def test_a_step_is_taken_by_the_turns_as_they_are_now() -> None:
    case = Case(Plan((Path((in_turn(OKAFOR, REYES), in_turn(OKAFOR, REYES))),), PEOPLE, elsewhere=frozenset({REYES})))
    assert isinstance(case.state, Ringing)
    now = Plan(case.state.plan.paths, PEOPLE, (Turn("psychiatry", OKAFOR),))
    case.state, event = with_turns(case.state, TimerDue(), now)
    case.now += timedelta(seconds=30)
    assert rung(case.happens(event)) == [REYES]


def test_what_brings_a_plan_of_its_own_brings_the_turns_as_they_are_now() -> None:
    written, now = Written(WhyWritten.CHOSEN, Urgency.SOON, EVERYBODY, 4), plan(everyone())
    assert with_turns(written, Begin(plan(one(HALE)), EVERYBODY), now) == (written, Begin(now, EVERYBODY))
    raised = RaiseUrgency(Urgency.NOW, plan(one(HALE)))
    assert with_turns(written, raised, now)[1] == RaiseUrgency(Urgency.NOW, now)
