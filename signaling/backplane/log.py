"""The backplane as hubs see it: one totally ordered log per room, and notices to every hub. Only types.

The database is the truth; a backplane may come back empty.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from signaling.events import Event
from signaling.outage import Outage
from signaling.roster import Room


class LogLost(OSError):
    """The room has another log than the one that was meant: follow it, and see what is to be done."""


class Entry(NamedTuple):
    """One entry of a room's log.

    `generation` names the log; in it `number` counts up from 1. `at` is the time that the entry is folded with.
    """

    generation: str
    number: int
    at: datetime
    event: Event


@dataclass(frozen=True, slots=True)
class Past:
    """What a log holds: the room after some entry, and all entries after that one. `born` is when the log began."""

    generation: str
    born: datetime
    base: Room
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionRevoked:
    """A session is over since `at`."""

    session: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TopicChanged:
    """An audience should fetch a topic afresh."""

    audience: str
    topic: str


Notice = SessionRevoked | TopicChanged


class Reader(Protocol):
    """What a backplane tells a hub."""

    def read(self, room: str, entry: Entry) -> None:
        """Take an entry of a room that the hub follows. Usually the next one; after trouble some may be missing."""

    async def listen(self, notice: Notice) -> None:
        """Take a notice."""

    def linked(self, *, forgotten: bool) -> None:
        """The backplane is reached, for the first time or again. When `forgotten`, what was followed is no more."""

    def alive(self, hubs: Collection[str]) -> None:
        """These hubs are there at the moment, which is told every second or two."""

    async def lost(self, hub: str, rooms: Collection[str]) -> None:
        """Another hub's node is gone; it followed these rooms. Raises OSError to be told again."""


class Backplane(Protocol):
    """One ordered log per room, and notices to every hub. What cannot be done raises OSError.

    `outage` is where failures of it are noted, by itself and by whoever they reach.
    """

    outage: Outage

    @property
    def waits(self) -> bool:
        """Tell whether an append always needs waiting."""
        ...

    def attach(self, hub: str, reader: Reader) -> None:
        """Tell a reader everything from now on: notices, and the entries of those rooms that its hub follows."""

    async def follow(self, hub: str, room: str, now: datetime) -> Past:
        """Give a room's log and have the hub read every entry after it. Begins a log where there is none."""
        ...

    async def unfollow(self, hub: str, room: str) -> None:
        """Have the hub read no more of a room."""

    async def append(self, room: str, at: datetime, event: Event, generation: str | None = None) -> None:
        """Put an event at the end of the log of this generation. Raises LogLost when the room has another log.

        Without a generation it goes into whichever log there is, at the latest when the backplane is back.
        """

    def append_now(self, room: str, at: datetime, event: Event, generation: str) -> bool:
        """Do what `append` does, if that needs no waiting; False when it does, or when the room has another log."""
        ...

    async def announce(self, notice: Notice) -> None:
        """Give a notice to every hub."""

    async def keep(self, generation: str, room: Room) -> None:
        """Keep a room as it is after `room.seq` entries, so that those long before need not be."""

    async def discard(self, room: str, generation: str, number: int) -> None:
        """Drop the log of a room that was forgotten after so many entries, unless it went on."""
