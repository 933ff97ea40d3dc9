"""What can happen in a room: the entries of its log. Only types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signaling.ports import Said
from signaling.protocol import Chat, Code, Leave, Media, Relayed
from signaling.roster import Room
from signaling.tickets import Ticket
from signaling.value import value


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection showed a ticket: for the first time, or again with a new one. `instance` names the page load."""

    connection: str
    ticket: Ticket
    instance: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection was lost without a `leave`."""

    connection: str
    participant: str


@value(frozen=True, slots=True)
class Received:
    """A participant sent a message."""

    connection: str
    participant: str
    message: Relayed | Media | Chat | Leave


@dataclass(frozen=True, slots=True)
class ChatCommitted:
    """The application has the chat message in its database since `at`."""

    said: Said
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatRefused:
    """The application did not take the chat message."""

    said: Said
    code: Code


@dataclass(frozen=True, slots=True)
class Admit:
    """The application let a participant in."""

    participant: str


@dataclass(frozen=True, slots=True)
class Remove:
    """The application sends a participant away."""

    participant: str
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """The visit is over."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """A session was signed out or taken over."""

    session: str


@dataclass(frozen=True, slots=True)
class TimerDue:
    """The time of a `StartTimer` has come."""

    id: str


@dataclass(frozen=True, slots=True)
class NodeLost:
    """The node of a hub is gone: every connection that it held counts as lost. `by` is the hub that found out."""

    hub: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The log began anew without what was in it: a hub tells how it knows the room, as of the log `generation`."""

    hub: str
    generation: str
    room: Room


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry that this release cannot read."""


Event = (
    Connected
    | Disconnected
    | Received
    | ChatCommitted
    | ChatRefused
    | Admit
    | Remove
    | End
    | Revoke
    | TimerDue
    | NodeLost
    | Rebuilt
    | Unread
)
