"""Pure: whom the step rings that a case is at, and whose turn it is in a round robin."""

from dataclasses import replace

from server.consults.ring_events import Begin, Event, RaiseUrgency
from server.consults.ring_state import Path, Plan, Ringing, State, Step, Turn, Written
from server.consults.service_rules import StepKind
from server.kit.ids import AccountId


def path_of(state: Ringing) -> Path:
    """Give the path that a case is on; an empty one for a plan without."""
    return state.plan.paths[state.path] if state.plan.paths else Path(())


def step_of(state: Ringing) -> Step:
    """Give the step that a case is at, or is about to begin with."""
    steps = path_of(state).steps
    return steps[max(state.step, 0)] if steps else Step(StepKind.EVERYONE)


def whom(state: Ringing) -> tuple[AccountId, ...]:
    """Tell whom the step rings that a case is at: of a round robin one, in turn."""
    at = step_of(state)
    free = [one for one in _people(state, at) if one in state.on_duty and one not in busy(state)]
    willing = [one for one in free if one not in state.declined]
    if not willing and state.round and _all_declined(state):
        willing = [one for one in free if one not in state.declined_now]
    if at.whom is not StepKind.ROUND_ROBIN:
        return tuple(dict.fromkeys(willing))
    turns = (*state.turns, *state.plan.turns)
    last = next((turn.account for turn in turns if turn.group == at.group), None)
    return _after(at.people, last, [one for one in willing if one not in state.plan.elsewhere] or willing)


def took_turn(state: Ringing, who: tuple[AccountId, ...]) -> Ringing:
    """Keep whom a round robin asked; a step of another kind takes no turn."""
    at = step_of(state)
    if at.whom is not StepKind.ROUND_ROBIN:
        return state
    others = tuple(turn for turn in state.turns if turn.group != at.group)
    return replace(state, turns=(*others, Turn(at.group, who[0])))


def takes_turn(before: State | None, after: State) -> bool:
    """Tell whether a case rang anew in a round robin when it came from one state to another.

    Also when it asked the same one again: since it last asked, others may have become free.
    """
    rings = before.count if isinstance(before, Ringing | Written) else 0
    return isinstance(after, Ringing) and after.count > rings and step_of(after).whom is StepKind.ROUND_ROBIN


def with_turns(state: State, event: Event, plan: Plan) -> tuple[State, Event]:
    """Give a state and what happens to it by the plan that says whose turns it is now."""
    if isinstance(state, Ringing):
        state = replace(state, plan=plan, turns=())
    return state, replace(event, plan=plan) if isinstance(event, Begin | RaiseUrgency) else event


def busy(state: Ringing) -> frozenset[AccountId]:
    """Those who are rung already, or have said when they can come."""
    return frozenset([*(ring.account for ring in state.rings), *(promise.account for promise in state.promises)])


def _after(people: tuple[AccountId, ...], last: AccountId | None, willing: list[AccountId]) -> tuple[AccountId, ...]:
    """Give the next of a round robin after the last one asked; the first one when that one is not of it."""
    start = people.index(last) + 1 if last in people else 0
    return tuple(one for one in (*people[start:], *people[:start]) if one in willing)[:1]


def _people(state: Ringing, at: Step) -> tuple[AccountId, ...]:
    """Give whom a step names, without those who may not take the case."""
    if at.whom is StepKind.EVERYONE:
        return state.plan.covering
    return tuple(one for one in at.people if one in state.plan.covering)


def _all_declined(state: Ringing) -> bool:
    reachable = {one for at in path_of(state).steps for one in _people(state, at)} & state.on_duty
    return reachable <= state.declined
