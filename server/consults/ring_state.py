"""What a live consult is while it rings and after: values without decisions, and how they are written into a row.

A case is RINGING, ACCEPTED, WRITTEN or CLOSED, never anything else. Its next state is decided in `ring_rules`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from server.consults.service_rules import OnDecline, OnNobody, StepKind, Urgency
from server.kit.ids import AccountId

LONGEST_WAIT = 60
"""Minutes that somebody may ask for at most before they can come."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a path: whom it rings, and for how many seconds. `group` names the turn of a round robin."""

    whom: StepKind
    people: tuple[AccountId, ...] = ()
    seconds: int = 60
    group: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """Steps one after another, `restarts` times more from the first when nobody answered."""

    steps: tuple[Step, ...]
    restarts: int = 0
    on_decline: OnDecline = OnDecline.NEXT
    on_nobody: OnNobody = OnNobody.WRITTEN


@dataclass(frozen=True, slots=True)
class Turn:
    """Whom a round robin asked last."""

    group: str
    account: AccountId


@dataclass(frozen=True, slots=True)
class Plan:
    """How a case rings: its paths, and everyone who may take it (`match`), best first. Nobody else is ever rung.

    `turns` are those of the round robins as other cases left them, `elsewhere` are those of them whom other cases ring.
    """

    paths: tuple[Path, ...]
    covering: tuple[AccountId, ...]
    turns: tuple[Turn, ...] = ()
    elsewhere: frozenset[AccountId] = frozenset()


@dataclass(frozen=True, slots=True)
class Rung:
    """That somebody is being rung until a moment. `number` counts the rings of a case from 1, so each has a name."""

    account: AccountId
    until: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Promise:
    """That somebody can come at a moment. `number` is that of the ring at which they said so."""

    account: AccountId
    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Ringing:
    """A case that looks for somebody, at a step of a path, in a round of that path (0 is the first).

    `tried` are all whom it ever rang; `declined` who declined, `declined_now` those of them in this round.
    `awaited` is whose promise the requester waits for: meanwhile no further step is taken.
    """

    plan: Plan
    urgency: Urgency
    on_duty: frozenset[AccountId]
    ends: datetime
    path: int = 0
    step: int = -1
    round: int = 0
    rings: tuple[Rung, ...] = ()
    tried: frozenset[AccountId] = frozenset()
    declined: frozenset[AccountId] = frozenset()
    declined_now: frozenset[AccountId] = frozenset()
    promises: tuple[Promise, ...] = ()
    awaited: AccountId | None = None
    turns: tuple[Turn, ...] = ()
    count: int = 0
    rang_in_round: bool = False
    kind: Literal["ringing"] = "ringing"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A case that one specialist has taken; `rings` is how many rings it took."""

    by: AccountId
    urgency: Urgency
    tried: frozenset[AccountId]
    count: int
    kind: Literal["accepted"] = "accepted"


class WhyWritten(StrEnum):
    """Why a case is answered in writing: NOBODY took it, or the requester CHOSE it."""

    NOBODY = "nobody"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Written:
    """A case that is answered in writing; `owner` is who had accepted it before, if somebody had."""

    why: WhyWritten
    urgency: Urgency
    tried: frozenset[AccountId]
    count: int
    owner: AccountId | None = None
    kind: Literal["written"] = "written"


class Ending(StrEnum):
    """How a case ended."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Closed:
    """A case that is over. Nothing changes it any more."""

    how: Ending
    kind: Literal["closed"] = "closed"


State = Ringing | Accepted | Written | Closed
_ROW: TypeAdapter[State] = TypeAdapter(Annotated[State, Field(discriminator="kind")])


def write_state(state: State) -> bytes:
    """Write a state as JSON for a row."""
    return _ROW.dump_json(state)


def read_state(row: bytes) -> State:
    """Read what `write_state` wrote; raises pydantic's ValidationError for anything else."""
    return _ROW.validate_json(row)
