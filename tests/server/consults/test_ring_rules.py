"""Whom a live consult rings, when, and what ends it; promises and any sequence of events have files of their own."""

from datetime import timedelta

import pytest

from server.consults.ring_events import (
    Accept,
    Begin,
    Decline,
    FallBackToWritten,
    Finish,
    NodeResumed,
    OnDuty,
    Open,
    RaiseUrgency,
    Ring,
    SwitchToWritten,
    Tell,
    TimerDue,
    Topic,
    WhyStopped,
)
from server.consults.ring_rules import due_at
from server.consults.ring_state import (
    Accepted,
    Closed,
    Ending,
    Path,
    Plan,
    Ringing,
    WhyWritten,
    Written,
    read_state,
    write_state,
)
from server.consults.service_rules import OnDecline, OnNobody, Urgency
from tests.server.consults.ringing import (
    EVERYBODY,
    HALE,
    LIN,
    OKAFOR,
    PEOPLE,
    REYES,
    START,
    Case,
    everyone,
    group,
    in_turn,
    one,
    plan,
    rung,
    stopped,
)

ALONE = frozenset({OKAFOR})


# steps


def test_a_case_rings_its_first_step_at_once() -> None:
    case = Case(plan(one(OKAFOR, 45), everyone()))
    assert case.done == [Ring(OKAFOR, START + timedelta(seconds=45), 1), Tell(Topic.PROGRESS)]


def test_when_nobody_answers_in_time_the_next_step_is_rung() -> None:
    case = Case(plan(one(OKAFOR, 45), group(REYES, LIN)))
    assert case.later(44) == []
    done = case.later(1)
    assert stopped(done) == {OKAFOR: WhyStopped.TIMED_OUT}
    assert rung(done) == [REYES, LIN]


def test_after_the_last_step_the_case_is_a_written_one() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    done = case.later(60)
    assert done[-3:-1][1] == FallBackToWritten(WhyWritten.NOBODY)
    assert case.state == Written(WhyWritten.NOBODY, Urgency.SOON, frozenset({OKAFOR, REYES}), 2)


def test_a_path_starts_again_as_often_as_it_says() -> None:
    case = Case(plan(one(OKAFOR, 10), restarts=2))
    assert rung(case.later(29)) == [OKAFOR, OKAFOR]
    case.later(1)
    assert isinstance(case.state, Written)


@pytest.mark.parametrize(("on_nobody", "next_one"), [(OnNobody.NEXT_PATH, [REYES]), (OnNobody.WRITTEN, [])])
def test_a_path_says_whether_the_next_one_is_tried(on_nobody: OnNobody, next_one: list[object]) -> None:
    paths = (Path((one(OKAFOR),), on_nobody=on_nobody), Path((one(REYES),)))
    assert rung(Case(Plan(paths, PEOPLE)).later(30)) == next_one


def test_without_a_path_the_case_is_a_written_one_at_once() -> None:
    assert isinstance(Case(Plan((), PEOPLE)).state, Written)
    assert isinstance(Case(plan()).state, Written)


# duty


def test_a_step_with_nobody_on_duty_is_passed_over() -> None:
    assert Case(plan(one(OKAFOR), one(REYES)), frozenset({REYES})).ringing == [REYES]


def test_with_nobody_on_duty_the_case_is_a_written_one_at_once() -> None:
    case = Case(plan(everyone(), restarts=3), frozenset())
    assert case.done == [FallBackToWritten(WhyWritten.NOBODY), Tell(Topic.PROGRESS)]


def test_who_goes_off_duty_is_no_longer_rung() -> None:
    case = Case(plan(group(OKAFOR, REYES), one(LIN)))
    assert stopped(case.happens(OnDuty(EVERYBODY - {OKAFOR}))) == {OKAFOR: WhyStopped.WITHDRAWN}
    assert rung(case.happens(OnDuty(frozenset({LIN})))) == [LIN]


def test_who_comes_on_duty_is_rung_with_everyone() -> None:
    case = Case(plan(everyone()), ALONE)
    assert rung(case.happens(OnDuty(frozenset({OKAFOR, LIN})))) == [LIN]
    assert case.happens(OnDuty(frozenset({OKAFOR, LIN}))) == []


def test_who_comes_on_duty_is_not_rung_by_a_step_of_others() -> None:
    case = Case(plan(group(OKAFOR, REYES)), ALONE)
    assert case.happens(OnDuty(EVERYBODY)) == []


# accepting


def test_the_first_accept_wins_and_all_others_stop_ringing() -> None:
    case = Case(plan(everyone()))
    done = case.happens(Accept(LIN))
    assert done[0] == Open(LIN)
    assert stopped(done) == dict.fromkeys((OKAFOR, REYES, HALE), WhyStopped.ELSEWHERE)
    assert case.state == Accepted(LIN, Urgency.SOON, EVERYBODY, 4)


def test_a_second_accept_changes_nothing() -> None:
    case = Case(plan(everyone()))
    case.happens(Accept(LIN))
    won = case.state
    assert [case.happens(Accept(one)) for one in (LIN, REYES)] == [[], []]
    assert case.state == won


def test_who_was_rung_earlier_may_accept_while_it_rings_on() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    case.later(31)
    assert stopped(case.happens(Accept(OKAFOR))) == {REYES: WhyStopped.ELSEWHERE}
    assert isinstance(case.state, Accepted)


def test_who_was_never_rung_cannot_accept() -> None:
    case = Case(plan(one(OKAFOR)))
    assert case.happens(Accept(REYES)) == []
    assert case.ringing == [OKAFOR]


# declining


def test_when_all_of_a_step_declined_the_next_one_is_rung_at_once() -> None:
    case = Case(plan(group(OKAFOR, REYES), one(LIN)))
    first = case.declines(OKAFOR)
    assert (stopped(first), rung(first)) == ({OKAFOR: WhyStopped.DECLINED}, [])
    assert Tell(Topic.DECLINED) in first
    assert rung(case.declines(REYES)) == [LIN]


def test_a_path_may_let_the_time_of_a_step_pass_although_all_declined() -> None:
    case = Case(Plan((Path((one(OKAFOR), one(LIN)), on_decline=OnDecline.CONTINUE),), PEOPLE))
    case.later(10)
    assert rung(case.declines(OKAFOR)) == []
    assert rung(case.later(19)) == []
    assert rung(case.later(1)) == [LIN]


def test_who_declined_is_not_rung_again_while_others_are_left() -> None:
    case = Case(plan(group(OKAFOR, REYES), restarts=2))
    case.declines(OKAFOR)
    assert rung(case.later(60)) == [REYES, REYES]


def test_a_decline_of_an_earlier_ring_changes_nothing() -> None:
    case = Case(plan(one(OKAFOR), restarts=1))
    first = Decline(OKAFOR, 1, "busy")
    assert rung(case.happens(first)) == [OKAFOR]
    assert case.happens(first) == []
    assert case.ringing == [OKAFOR]


def test_a_decline_by_who_is_not_rung_changes_nothing() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    assert case.declines(REYES) == []
    case.declines(OKAFOR)
    assert case.declines(OKAFOR) == []
    assert case.ringing == [REYES]


# a colleague


def test_a_colleague_who_is_suggested_is_rung_at_once() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    case.later(20)
    done = case.suggests(OKAFOR, HALE)
    assert (stopped(done), rung(done)) == ({OKAFOR: WhyStopped.DECLINED}, [HALE])
    assert Tell(Topic.SUGGESTED) in done
    assert rung(case.later(30)) == [REYES]


def test_a_colleague_who_may_not_take_the_case_is_only_named() -> None:
    case = Case(Plan((Path((one(OKAFOR), one(REYES))),), (OKAFOR, REYES)))
    done = case.suggests(OKAFOR, HALE)
    assert rung(done) == [REYES]
    assert Tell(Topic.SUGGESTED) in done


def test_a_colleague_off_duty_or_who_declined_is_not_rung() -> None:
    case = Case(plan(group(OKAFOR, REYES, LIN)), EVERYBODY - {HALE})
    assert rung(case.suggests(OKAFOR, HALE)) == []
    assert rung(case.suggests(REYES, OKAFOR)) == []
    assert case.ringing == [LIN]


def test_who_is_not_rung_suggests_nobody() -> None:
    case = Case(plan(one(OKAFOR)))
    assert case.suggests(REYES, LIN) == []
    assert case.suggests(OKAFOR, OKAFOR) == []


# the requester


def test_a_raised_urgency_rings_by_its_own_plan_beside_who_is_rung() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    case.later(10)
    assert rung(case.happens(RaiseUrgency(Urgency.NOW, plan(everyone())))) == [REYES, LIN, HALE]
    assert case.ringing == [OKAFOR, REYES, LIN, HALE]


def test_a_raised_urgency_asks_also_those_who_declined() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    case.declines(OKAFOR)
    assert OKAFOR in rung(case.happens(RaiseUrgency(Urgency.NOW, plan(everyone()))))


def test_a_raised_urgency_gives_who_is_rung_already_the_time_of_its_plan_afterwards() -> None:
    case = Case(plan(one(OKAFOR)))
    assert rung(case.happens(RaiseUrgency(Urgency.NOW, plan(one(OKAFOR, 60))))) == []
    assert rung(case.later(30)) == [OKAFOR]
    assert rung(case.later(60)) == []
    assert isinstance(case.state, Written)


def test_an_urgency_is_not_lowered() -> None:
    case = Case(plan(one(OKAFOR)))
    assert case.happens(RaiseUrgency(Urgency.SOON, plan(everyone()))) == []
    assert case.happens(RaiseUrgency(Urgency.WEEK, plan(everyone()))) == []


def test_who_chooses_a_written_answer_rings_nobody_any_more() -> None:
    case = Case(plan(one(OKAFOR)))
    done = case.happens(SwitchToWritten())
    assert stopped(done) == {OKAFOR: WhyStopped.WITHDRAWN}
    assert FallBackToWritten(WhyWritten.CHOSEN) in done
    assert isinstance(case.state, Written)


def test_who_cancels_rings_nobody_any_more() -> None:
    case = Case(plan(one(OKAFOR)))
    assert stopped(case.happens(Finish(Ending.CANCELLED))) == {OKAFOR: WhyStopped.CANCELLED}
    assert case.state == Closed(Ending.CANCELLED)


def test_what_nobody_accepted_is_not_answered() -> None:
    case = Case(plan(one(OKAFOR)))
    assert case.happens(Finish(Ending.ANSWERED)) == []
    assert stopped(case.happens(Finish(Ending.EXPIRED))) == {OKAFOR: WhyStopped.TIMED_OUT}


# afterwards


def test_a_cancellation_after_the_accept_comes_too_late() -> None:
    case = Case(plan(one(OKAFOR)))
    case.happens(Accept(OKAFOR))
    assert case.happens(Finish(Ending.CANCELLED)) == []
    case.happens(Finish(Ending.ANSWERED))
    assert case.state == Closed(Ending.ANSWERED)
    assert case.happens(Accept(OKAFOR)) == []


def test_a_call_may_go_on_in_writing_with_the_same_specialist() -> None:
    case = Case(plan(one(OKAFOR)))
    case.happens(Accept(OKAFOR))
    assert case.happens(SwitchToWritten()) == [FallBackToWritten(WhyWritten.CHOSEN)]
    assert case.state == Written(WhyWritten.CHOSEN, Urgency.SOON, ALONE, 1, OKAFOR)


def test_a_written_case_may_ring_after_all_with_numbers_that_go_on() -> None:
    case = Case(plan(one(OKAFOR)))
    case.happens(SwitchToWritten())
    assert case.happens(Begin(plan(one(OKAFOR)), EVERYBODY))[0] == Ring(OKAFOR, START + timedelta(seconds=30), 2)
    assert case.happens(Begin(plan(one(OKAFOR)), EVERYBODY)) == []


def test_a_written_case_may_become_more_urgent_and_end() -> None:
    case = Case(plan(one(OKAFOR)))
    case.happens(SwitchToWritten())
    assert case.happens(Accept(OKAFOR)) == []
    assert case.happens(RaiseUrgency(Urgency.NOW, plan())) == []
    assert isinstance(case.state, Written)
    assert case.state.urgency is Urgency.NOW


def test_a_written_case_is_over_when_it_is_answered() -> None:
    case = Case(plan(one(OKAFOR)))
    case.happens(SwitchToWritten())
    assert case.happens(Finish(Ending.ANSWERED)) == []
    assert case.state == Closed(Ending.ANSWERED)


# nodes


def test_a_node_that_takes_over_does_what_became_due_once() -> None:
    case = Case(plan(one(OKAFOR), one(REYES)))
    assert case.happens(NodeResumed()) == []
    case.now += timedelta(seconds=33)
    assert rung(case.happens(NodeResumed())) == [REYES]
    assert case.happens(NodeResumed()) == []
    assert case.happens(TimerDue()) == []
    assert due_at(case.state) == START + timedelta(seconds=63)


def test_nothing_is_due_once_nothing_rings() -> None:
    case = Case(plan(one(OKAFOR)))
    case.happens(Accept(OKAFOR))
    assert due_at(case.state) is None


def test_a_state_is_read_from_its_row_as_it_was_written() -> None:
    case = Case(plan(group(OKAFOR, REYES), in_turn(LIN)))
    case.offers(OKAFOR, 5)
    assert isinstance(case.state, Ringing)
    for event in (Accept(REYES), SwitchToWritten(), Finish(Ending.ANSWERED)):
        assert read_state(write_state(case.state)) == case.state
        case.happens(event)
    assert read_state(write_state(case.state)) == case.state
