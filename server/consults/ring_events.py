"""What happens to a live consult, and what is to be done about it: the events and effects of `ring_rules`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.consults.ring_state import Ending, Plan, WhyWritten
from server.consults.service_rules import Urgency
from server.kit.ids import AccountId


@dataclass(frozen=True, slots=True)
class Begin:
    """A written case is to ring after all (`begin` makes a new one ring)."""

    plan: Plan
    on_duty: frozenset[AccountId]


@dataclass(frozen=True, slots=True)
class TimerDue:
    """A moment has come for which somebody waited (`due_at`)."""


@dataclass(frozen=True, slots=True)
class NodeResumed:
    """Another node has taken over the case: what became due in between is done now, and nothing twice."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is on duty has changed."""

    accounts: frozenset[AccountId]


@dataclass(frozen=True, slots=True)
class Accept:
    """Somebody accepts."""

    account: AccountId


@dataclass(frozen=True, slots=True)
class Decline:
    """Somebody declines a ring, or what they promised at it, for a reason that is kept beside the state."""

    account: AccountId
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody who is rung can come in some minutes."""

    account: AccountId
    number: int
    minutes: int


@dataclass(frozen=True, slots=True)
class TakeOffer:
    """The requester waits for somebody who offered at a ring to come."""

    account: AccountId
    number: int


@dataclass(frozen=True, slots=True)
class RefuseOffer:
    """The requester does not want to wait for somebody who offered at a ring to come."""

    account: AccountId
    number: int


@dataclass(frozen=True, slots=True)
class Suggest:
    """Somebody who is rung declines in favour of a colleague."""

    account: AccountId
    number: int
    colleague: AccountId


@dataclass(frozen=True, slots=True)
class RaiseUrgency:
    """The requester needs it sooner, by the plan of that urgency."""

    urgency: Urgency
    plan: Plan


@dataclass(frozen=True, slots=True)
class SwitchToWritten:
    """The requester wants a written answer instead."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The case is over: cancelled by the requester, past its time, or answered."""

    how: Ending


Event = (
    Begin
    | TimerDue
    | NodeResumed
    | OnDuty
    | Accept
    | Decline
    | Offer
    | TakeOffer
    | RefuseOffer
    | Suggest
    | RaiseUrgency
    | SwitchToWritten
    | Finish
)


class WhyStopped(StrEnum):
    """Why somebody is not rung any more."""

    ELSEWHERE = "answered-elsewhere"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    OFFERED = "offered"


class Topic(StrEnum):
    """What the requester hears of."""

    PROGRESS = "progress"
    DECLINED = "declined"
    OFFERED = "offered"
    SUGGESTED = "suggested"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring somebody until a moment; `number` is the ring's own within the case."""

    account: AccountId
    until: datetime
    number: int


@dataclass(frozen=True, slots=True)
class StopRinging:
    """Stop a ring, and say why. A ring that TIMED_OUT was missed and leaves a trace."""

    account: AccountId
    number: int
    why: WhyStopped


@dataclass(frozen=True, slots=True)
class Open:
    """Open the room for the winner."""

    by: AccountId


@dataclass(frozen=True, slots=True)
class FallBackToWritten:
    """Make the case a written one, with everything kept."""

    why: WhyWritten


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the requester."""

    topic: Topic


Effect = Ring | StopRinging | Open | FallBackToWritten | Tell
