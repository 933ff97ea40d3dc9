"""A live consult on a scripted clock: who may be rung, and a case that events happen to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from server.consults.ring_events import (
    Decline,
    Effect,
    Event,
    Offer,
    RefuseOffer,
    Ring,
    StopRinging,
    Suggest,
    TakeOffer,
    TimerDue,
    WhyStopped,
)
from server.consults.ring_rules import begin, due_at, step
from server.consults.ring_state import Path, Plan, Ringing, State, Step
from server.consults.service_rules import StepKind, Urgency
from server.kit.ids import AccountId

START = datetime(2026, 6, 1, 16, tzinfo=UTC)
OKAFOR, REYES, LIN, HALE = PEOPLE = tuple(AccountId(UUID(int=number)) for number in range(1, 5))
EVERYBODY = frozenset(PEOPLE)


def one(account: AccountId, seconds: int = 30) -> Step:
    """Make a step that rings one person."""
    return Step(StepKind.PERSON, (account,), seconds)


def group(*people: AccountId, seconds: int = 30) -> Step:
    """Make a step that rings some at once."""
    return Step(StepKind.GROUP, people, seconds)


def in_turn(*people: AccountId, seconds: int = 30) -> Step:
    """Make a step that rings the next of a group."""
    return Step(StepKind.ROUND_ROBIN, people, seconds, "psychiatry")


def everyone(seconds: int = 30) -> Step:
    """Make a step that rings everyone who covers the case."""
    return Step(StepKind.EVERYONE, (), seconds)


def plan(*steps: Step, restarts: int = 0) -> Plan:
    """Make a plan of one path."""
    return Plan((Path(steps, restarts),), PEOPLE)


class Case:
    """A case, the time, and everything that was done about it."""

    def __init__(self, plan: Plan, on_duty: frozenset[AccountId] = EVERYBODY, urgency: Urgency = Urgency.SOON) -> None:
        self.now = START
        self.done: list[Effect] = []
        self.state: State
        self._keep(begin(plan, urgency, on_duty, self.now))

    def happens(self, event: Event) -> list[Effect]:
        """Let something happen now; gives what is to be done about it."""
        return self._keep(step(self.state, event, self.now))

    def number(self, account: AccountId) -> int:
        """Give the number of the ring, or of the promise, that somebody may answer now; 0 when there is none."""
        if not isinstance(self.state, Ringing):
            return 0
        rings = [ring.number for ring in self.state.rings if ring.account == account]
        promises = [promise.number for promise in self.state.promises if promise.account == account]
        return next(iter([*rings, *promises]), 0)

    def declines(self, account: AccountId) -> list[Effect]:
        """Let somebody decline."""
        return self.happens(Decline(account, self.number(account), "busy"))

    def offers(self, account: AccountId, minutes: int) -> list[Effect]:
        """Let somebody say when they can come."""
        return self.happens(Offer(account, self.number(account), minutes))

    def takes(self, account: AccountId) -> list[Effect]:
        """Let the requester wait for somebody."""
        return self.happens(TakeOffer(account, self.number(account)))

    def refuses(self, account: AccountId) -> list[Effect]:
        """Let the requester not wait for somebody."""
        return self.happens(RefuseOffer(account, self.number(account)))

    def suggests(self, account: AccountId, colleague: AccountId) -> list[Effect]:
        """Let somebody suggest a colleague."""
        return self.happens(Suggest(account, self.number(account), colleague))

    def later(self, seconds: float) -> list[Effect]:
        """Let time pass, with each timer at its moment; gives what was done meanwhile."""
        until, before = self.now + timedelta(seconds=seconds), len(self.done)
        while (due := due_at(self.state)) is not None and due <= until:
            self.now = max(due, self.now)
            self.happens(TimerDue())
        self.now = until
        return self.done[before:]

    @property
    def ringing(self) -> list[AccountId]:
        """Those who are being rung, by the effects alone, in the order in which they were rung."""
        open_rings: dict[int, AccountId] = {}
        for effect in self.done:
            if isinstance(effect, Ring):
                assert effect.number not in open_rings
                open_rings[effect.number] = effect.account
            if isinstance(effect, StopRinging):
                assert open_rings.pop(effect.number) == effect.account
        return list(open_rings.values()) if isinstance(self.state, Ringing) else []

    def _keep(self, outcome: tuple[State, Sequence[Effect]]) -> list[Effect]:
        self.state, effects = outcome
        self.done.extend(effects)
        return list(effects)


def rung(effects: Sequence[Effect]) -> list[AccountId]:
    """Tell who is rung by some effects."""
    return [effect.account for effect in effects if isinstance(effect, Ring)]


def stopped(effects: Sequence[Effect]) -> dict[AccountId, WhyStopped]:
    """Tell who is rung no longer after some effects, and why."""
    return {effect.account: effect.why for effect in effects if isinstance(effect, StopRinging)}
