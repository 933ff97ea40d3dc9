"""What a room asks to be done. Only types; the hub performs them for the connections it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signaling import ports
from signaling.protocol import Participant, ServerMessage, Standing
from signaling.value import value


@value(frozen=True, slots=True)
class Send:
    """Send the same message to these participants. It is kept for a while, for those who are away or miss it."""

    participants: tuple[str, ...]
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Tell:
    """Send a message to these connections, if they are there at this moment. It is not sent again."""

    connections: tuple[str, ...]
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Greet:
    """Welcome a participant on a connection: with what was missed or, where that is not known, with who is there.

    `anew` says that nothing sent to them before this moment may be sent again.
    """

    connection: str
    participant: str
    standing: Standing
    others: tuple[Participant, ...]
    anew: bool


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection after what was sent to it before."""

    connection: str
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Put `TimerDue(id)` into the room's log at `due`. Never cancelled: a timer that no longer matters is a no-op."""

    id: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """Tell the application who came or went."""

    fact: ports.Joined | ports.Left


@dataclass(frozen=True, slots=True)
class CommitChat:
    """Have the application commit what came from a connection; the log then gets `ChatCommitted` or `ChatRefused`."""

    connection: str
    said: ports.Said
    name: str


@dataclass(frozen=True, slots=True)
class Forget:
    """The room is empty and nothing about it needs to be remembered."""


Effect = Send | Tell | Greet | Close | StartTimer | Report | CommitChat | Forget
