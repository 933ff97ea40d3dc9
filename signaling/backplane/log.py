"""The backplane as hubs see it: one totally ordered log per room, and notices to every hub. Only types.

The database is the truth; a backplane may come back empty.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from signaling.events import Event


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a room's log. `number` counts up from 1 while the log lives; `at` is the time it is folded with."""

    number: int
    at: datetime
    event: Event


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
Reader = Callable[[str, Entry], None]
Listener = Callable[[Notice], Awaitable[None]]


class Backplane(Protocol):
    """One ordered log per room, and notices to every hub."""

    def attach(self, read: Reader, listen: Listener) -> None:
        """Give `read` every entry of every room, each room in its order, and `listen` every notice, from now on."""

    async def append(self, room: str, at: datetime, event: Event) -> None:
        """Put an event at the end of a room's log. Raises OSError when it could not be."""

    async def announce(self, notice: Notice) -> None:
        """Give a notice to every hub. Raises OSError when it could not be."""

    async def discard(self, room: str) -> None:
        """Drop the log of a room that everybody has forgotten."""
