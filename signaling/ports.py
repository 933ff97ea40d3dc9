"""The port between signaling and the application: facts go up, commands come down. Only types, no behaviour."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from signaling.protocol import Standing
from signaling.quality import IncidentBody, LinkQuality

Turn = Literal["joined", "left", "lost", "reconnected", "moved", "node_lost"]


@dataclass(frozen=True, slots=True)
class Joined:
    """A participant is connected to a call room, or is so by another connection or with another standing."""

    room: str
    participant: str
    standing: Standing
    connection: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """A participant went `at` a moment, or was away for longer than the grace since then.

    `connection` is the last one reported by `Joined`.
    """

    room: str
    participant: str
    connection: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """An admitted participant wrote a chat message. (room, participant, id) identifies it."""

    room: str
    participant: str
    id: str
    text: str
    at: datetime


Place = Literal["waiting", "admitted", "removed", "ended"]
"""Where somebody belongs by the rows; ended is over for everyone, or was never there."""


@dataclass(frozen=True, slots=True)
class Online:
    """The first page of a member of staff is connected to a node, which is named like its connections begin."""

    account: str
    node: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Offline:
    """The last page of a member of staff has been gone from a node for longer than the grace."""

    account: str
    node: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Measured:
    """An admitted participant reported how their links are."""

    room: str
    participant: str
    links: tuple[LinkQuality, ...]
    incidents: tuple[IncidentBody, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """What the connection of somebody admitted went through, for the story of the call.

    `lost` begins the grace, `reconnected` is the same page again, `moved` another page or device, `node_lost` a node
    that died with it.
    """

    room: str
    participant: str
    what: Turn
    at: datetime


class Refused(Exception):
    """The application does not accept the message; its sender gets `error not_allowed`."""


class Facts(Protocol):
    """What the application wants to know. Facts of one room, or one account, come one after another, in order.

    Each must be idempotent: after a failure the same fact may come again.
    """

    async def joined(self, fact: Joined) -> None:
        """Record that somebody is connected; a failure is tried again a few times."""

    async def left(self, fact: Left) -> None:
        """Record that somebody is gone; a failure is tried again a few times."""

    async def said(self, fact: Said) -> datetime:
        """Commit the chat message and give the time of its row; for a message known already, the time of the first.

        Raises `Refused` when the message cannot be accepted.
        """
        ...

    async def standing(self, room: str, participant: str) -> Place:
        """Give where a participant belongs by the rows: asked when the room's log may not know of a decision."""
        ...

    async def online(self, fact: Online) -> None:
        """Record that pages of somebody are connected to a node; a failure is tried again a few times."""

    async def offline(self, fact: Offline) -> None:
        """Record that none is any more; a failure is tried again a few times."""

    async def observed(self, fact: Measured | Happened) -> None:
        """Take a part of the call's story. Told once: when this fails, or there is too much of it, it is lost."""


class Sessions(Protocol):
    """What the hub asks of the application about the sessions behind its connections."""

    async def live(self, keys: Collection[str]) -> Collection[str]:
        """Give those of the session keys whose session was not ended. Raises OSError or anything else when unknown."""
        ...


class Commands(Protocol):
    """What the application may ask for. All are idempotent and return when the room has taken them up."""

    async def admit(self, room: str, participant: str) -> None:
        """Tell somebody waiting to fetch a new ticket; the standing itself changes only by that ticket."""

    async def remove(self, room: str, participant: str, reason: str) -> None:
        """Send somebody away (close 4001); tickets issued before no longer open the room."""

    async def end(self, room: str) -> None:
        """Send everybody away (close 4000) and let nobody in again."""

    async def revoke(self, session: str) -> None:
        """Close every connection of a session at once (4004); its tickets are worthless from now on."""

    async def changed(self, audience: str, topic: str) -> None:
        """Tell an audience, or everybody in a room, to fetch `topic` afresh."""
