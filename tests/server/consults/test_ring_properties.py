"""Of any plan and any sequence of events: a case is always somewhere, has one winner, and ends."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from server.consults.ring_events import (
    Accept,
    Begin,
    Decline,
    Event,
    Finish,
    NodeResumed,
    Offer,
    OnDuty,
    Open,
    RaiseUrgency,
    RefuseOffer,
    Ring,
    Suggest,
    SwitchToWritten,
    TakeOffer,
    TimerDue,
)
from server.consults.ring_rules import due_at, step
from server.consults.ring_state import (
    Accepted,
    Closed,
    Ending,
    Path,
    Plan,
    Ringing,
    Step,
    Written,
    read_state,
    write_state,
)
from server.consults.service_rules import OnDecline, OnNobody, StepKind, Urgency
from server.kit.ids import AccountId
from tests.server.consults.ringing import PEOPLE, START, Case

someone = st.sampled_from(PEOPLE)
some = st.lists(someone, unique=True).map(tuple)
duty = st.frozensets(someone)
steps = st.builds(Step, st.sampled_from(StepKind), some, st.sampled_from([10, 30, 90]), st.sampled_from(["", "group"]))
paths = st.builds(
    Path,
    st.lists(steps, max_size=3).map(tuple),
    st.integers(0, 2),
    st.sampled_from(OnDecline),
    st.sampled_from(OnNobody),
)
plans = st.builds(Plan, st.lists(paths, max_size=3).map(tuple), some)
by_people = st.one_of(
    st.builds(Accept, someone),
    st.builds(Decline, someone, st.just(0), st.just("busy")),
    st.builds(Offer, someone, st.just(0), st.integers(0, 3)),
    st.builds(TakeOffer, someone, st.just(0)),
    st.builds(RefuseOffer, someone, st.just(0)),
    st.builds(Suggest, someone, st.just(0), someone),
    st.builds(RaiseUrgency, st.sampled_from(Urgency), plans),
)
lasting = st.one_of(by_people, st.builds(OnDuty, duty), st.just(TimerDue()), st.just(NodeResumed()))
final = st.one_of(st.builds(Begin, plans, duty), st.just(SwitchToWritten()), st.builds(Finish, st.sampled_from(Ending)))
script = st.lists(st.tuples(st.integers(0, 100), st.one_of(lasting, lasting, final)), max_size=15)
patient_script = st.lists(st.tuples(st.integers(0, 100), lasting), max_size=15)


Duty = frozenset[AccountId]
Script = list[tuple[int, Event]]
patiently = settings(deadline=None, max_examples=100)


def aimed(case: Case, event: Event) -> Event:
    """Answer the ring or the promise that there is."""
    if isinstance(event, Decline | Offer | TakeOffer | RefuseOffer | Suggest):
        return replace(event, number=case.number(event.account))
    return event


def played(case: Case, events: list[tuple[int, Event]]) -> None:
    for seconds, event in events:
        case.later(seconds)
        case.happens(aimed(case, event))
        assert_sound(case)


def assert_sound(case: Case) -> None:
    """A case is somewhere; what rings, rings for somebody or waits for a moment that will come."""
    state = case.state
    assert isinstance(state, Ringing | Accepted | Written | Closed)
    assert len(case.ringing) == len(set(case.ringing)) or not isinstance(state, Ringing)
    if isinstance(state, Ringing):
        due = due_at(state)
        assert due is not None
        assert due > case.now or case.now == START
        assert case.ringing == [ring.account for ring in state.rings]
        assert set(case.ringing) <= state.on_duty & state.tried
    assert read_state(write_state(state)) == state


@patiently
@given(plans, duty, script)
def test_a_case_rings_or_is_accepted_or_written_or_closed(plan: Plan, on_duty: Duty, events: Script) -> None:
    case = Case(plan, on_duty, Urgency.TODAY)
    assert_sound(case)
    played(case, events)


@patiently
@given(plans, duty, patient_script)
def test_there_are_never_two_winners(plan: Plan, on_duty: Duty, events: Script) -> None:
    case = Case(plan, on_duty, Urgency.TODAY)
    played(case, events)
    winners = [effect.by for effect in case.done if isinstance(effect, Open)]
    assert winners == ([case.state.by] if isinstance(case.state, Accepted) else [])


@patiently
@given(plans, duty, script)
def test_every_case_ends_by_itself(plan: Plan, on_duty: Duty, events: Script) -> None:
    case = Case(plan, on_duty, Urgency.TODAY)
    played(case, events)
    longest = 3 * 3 * 3 * 90 + len(PEOPLE) * (3 * 60 + 90) + 90
    case.later(longest)
    assert not isinstance(case.state, Ringing)


@patiently
@given(plans, duty, patient_script)
def test_an_event_that_comes_twice_changes_nothing(plan: Plan, on_duty: Duty, events: Script) -> None:
    case = Case(plan, on_duty, Urgency.TODAY)
    for seconds, event in events:
        case.later(seconds)
        case.happens(once := aimed(case, event))
        assert step(case.state, once, case.now) == (case.state, ())


@patiently
@given(plans, duty, patient_script)
def test_a_node_may_die_between_any_two_events(plan: Plan, on_duty: Duty, events: Script) -> None:
    """Seen from the row, a late timer and a node that takes over do the same; a second one does nothing."""
    case = Case(plan, on_duty, Urgency.TODAY)
    for seconds, event in events:
        case.now += timedelta(seconds=seconds)
        assert step(case.state, TimerDue(), case.now) == step(case.state, NodeResumed(), case.now)
        case.happens(NodeResumed())
        assert case.happens(NodeResumed()) == []
        case.happens(aimed(case, event))


@patiently
@given(plans, duty, patient_script)
def test_each_ring_has_a_number_of_its_own(plan: Plan, on_duty: Duty, events: Script) -> None:
    case = Case(plan, on_duty, Urgency.TODAY)
    played(case, events)
    numbers = [effect.number for effect in case.done if isinstance(effect, Ring)]
    assert numbers == list(range(1, len(numbers) + 1))
