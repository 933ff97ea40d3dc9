"""Pure: what the requester sees while a case rings: how far it is, how long it takes at most, and what comes then."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.consults.ring_rules import due_at
from server.consults.ring_state import Ringing
from server.consults.service_rules import OnNobody
from server.kit.ids import AccountId


class Then(StrEnum):
    """What follows when nobody answers."""

    STEP = "step"
    AGAIN = "again"
    PATH = "path"
    PROMISE = "promise"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a case is. Steps and rounds count from 1; `seconds_left` are those of the step.

    `at_most` is how many seconds the rest of this path takes when nobody answers. It is a bound: a step for which
    nobody is on duty is passed over. Only what somebody proposes, or a promise, can make it longer.
    """

    step: int
    steps: int
    round: int
    rounds: int
    asked_now: tuple[AccountId, ...]
    asked_in_all: int
    declined: int
    seconds_left: int
    at_most: int
    then: Then


def progress(state: Ringing, now: datetime) -> Progress:
    """Say how far a case is."""
    path = state.plan.paths[state.path] if state.plan.paths else None
    steps = path.steps if path else ()
    rounds_left = max(path.restarts - state.round, 0) if path else 0
    later = sum(step.seconds for step in steps[state.step + 1 :]) + rounds_left * sum(step.seconds for step in steps)
    left = seconds_left(state, now)
    return Progress(
        step=max(state.step, 0) + 1,
        steps=len(steps),
        round=state.round + 1,
        rounds=state.round + 1 + rounds_left,
        asked_now=tuple(ring.account for ring in state.rings),
        asked_in_all=len(state.tried),
        declined=len(state.declined),
        seconds_left=left,
        at_most=left + later,
        then=_then(state),
    )


def seconds_left(state: Ringing, now: datetime) -> int:
    """Give the seconds until the step, or the wait for a promise, is over at the latest; begun ones count whole."""
    moments = [ring.until for ring in state.rings]
    moments += [promise.at for promise in state.promises if promise.account == state.awaited]
    ends = max(moments, default=due_at(state) or now)
    return max(0, -int((now - ends).total_seconds() // 1))


def _then(state: Ringing) -> Then:
    paths = state.plan.paths
    path = paths[state.path] if paths else None
    if path and state.step + 1 < len(path.steps):
        return Then.STEP
    if path and state.round < path.restarts:
        return Then.AGAIN
    if path and path.on_nobody is OnNobody.NEXT_PATH and state.path + 1 < len(paths):
        return Then.PATH
    return Then.PROMISE if {promise.account for promise in state.promises} - {state.awaited} else Then.WRITTEN
