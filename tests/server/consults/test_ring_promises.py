"""Who can come later is rung again then; until the requester takes the offer, others are rung."""

import pytest

from server.consults.ring_events import Accept, OnDuty, Open, Tell, Topic, WhyStopped
from server.consults.ring_state import Written
from tests.server.consults.ringing import LIN, OKAFOR, REYES, Case, group, one, plan, rung, stopped


def test_who_can_come_later_is_rung_no_longer_and_the_search_goes_on() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    done = case.offers(OKAFOR, 5)
    assert stopped(done) == {OKAFOR: WhyStopped.OFFERED}
    assert rung(done) == [REYES]
    assert Tell(Topic.OFFERED) in done


@pytest.mark.parametrize("minutes", [0, -5, 61])
def test_nobody_can_ask_for_more_than_an_hour(minutes: int) -> None:
    assert Case(plan(one(OKAFOR))).offers(OKAFOR, minutes) == []


def test_while_the_requester_waits_for_somebody_nobody_else_is_rung() -> None:
    case = Case(plan(one(OKAFOR), one(REYES), one(LIN)))
    case.offers(OKAFOR, 5)
    assert stopped(case.takes(OKAFOR)) == {REYES: WhyStopped.WITHDRAWN}
    assert case.takes(OKAFOR) == []
    assert case.later(299) == []
    assert rung(case.later(1)) == [OKAFOR]


def test_who_promised_and_does_not_come_is_followed_by_the_next_step() -> None:
    case = Case(plan(one(OKAFOR), one(REYES), one(LIN)))
    case.offers(OKAFOR, 5)
    case.takes(OKAFOR)
    assert rung(case.later(330)) == [OKAFOR, LIN]


def test_who_promised_may_accept_before_the_time() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    case.offers(OKAFOR, 5)
    case.takes(OKAFOR)
    assert case.happens(Accept(OKAFOR))[0] == Open(OKAFOR)


def test_who_promised_and_cannot_come_after_all_is_followed_by_the_next_step_at_once() -> None:
    case = Case(plan(one(OKAFOR), one(REYES), one(LIN)))
    case.offers(OKAFOR, 5)
    case.takes(OKAFOR)
    assert rung(case.declines(OKAFOR)) == [LIN]


def test_a_promise_that_is_refused_is_not_rung_for() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    case.offers(OKAFOR, 5)
    assert case.refuses(OKAFOR) == [Tell(Topic.PROGRESS)]
    assert case.refuses(OKAFOR) == []
    assert case.takes(OKAFOR) == []
    assert rung(case.later(600)) == []


def test_a_requester_may_wait_no_longer() -> None:
    case = Case(plan(one(OKAFOR), one(REYES), one(LIN)))
    case.offers(OKAFOR, 5)
    case.takes(OKAFOR)
    assert rung(case.refuses(OKAFOR)) == [LIN]


def test_who_promised_is_rung_at_the_time_beside_the_others() -> None:
    case = Case(plan(one(OKAFOR), one(REYES, 120)))
    case.offers(OKAFOR, 1)
    case.later(60)
    assert case.ringing == [REYES, OKAFOR]


def test_when_all_are_tried_the_case_waits_for_who_can_come_first() -> None:
    case = Case(plan(group(OKAFOR, REYES)))
    case.offers(OKAFOR, 10)
    assert case.offers(REYES, 5)[-1] == Tell(Topic.WAITING)
    assert rung(case.later(599)) == [REYES]
    assert rung(case.later(1)) == [OKAFOR]
    case.later(120)
    assert isinstance(case.state, Written)


def test_who_promised_and_went_off_duty_is_waited_for_no_longer() -> None:
    case = Case(plan(one(OKAFOR), one(REYES), one(LIN)))
    case.offers(OKAFOR, 5)
    case.takes(OKAFOR)
    assert rung(case.happens(OnDuty(frozenset({LIN})))) == [LIN]
