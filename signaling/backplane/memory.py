"""The backplane of a single process: logs in memory."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from signaling.backplane.log import Entry, LogLost, Notice, Past, Reader
from signaling.events import Event
from signaling.outage import Outage
from signaling.roster import Room


@dataclass(slots=True)
class Log:
    """One room's log. Two rooms are kept, so that what happened after the older one can always be told."""

    born: datetime
    base: Room
    next: Room
    followers: dict[str, Reader] = field(default_factory=dict)
    generation: str = field(default_factory=lambda: secrets.token_hex(8))
    number: int = 0
    entries: list[Entry] = field(default_factory=list)


class Memory:
    """Logs in memory. Readers are called before `append` returns, so the order of a log is the order of the calls."""

    waits = False

    def __init__(self) -> None:
        self.outage = Outage()
        self._logs: dict[str, Log] = {}
        self._readers: dict[str, Reader] = {}

    def attach(self, hub: str, reader: Reader) -> None:
        """Tell a reader everything from now on."""
        self._readers[hub] = reader

    async def follow(self, hub: str, room: str, now: datetime) -> Past:
        """Give a room's log and have the hub read every entry after it."""
        log = self._log(room, now)
        log.followers[hub] = self._readers[hub]
        return Past(log.generation, log.born, log.base, tuple(log.entries))

    async def unfollow(self, hub: str, room: str) -> None:
        """Have the hub read no more of a room."""
        if log := self._logs.get(room):
            log.followers.pop(hub, None)

    async def append(self, room: str, at: datetime, event: Event, generation: str | None = None) -> None:
        """Put an event at the end of a room's log."""
        log = self._log(room, at)
        if generation not in {None, log.generation}:
            raise LogLost(room)
        _append(log, room, at, event)

    def append_now(self, room: str, at: datetime, event: Event, generation: str) -> bool:
        """Do the same; False when the room has another log, or none."""
        log = self._logs.get(room)
        if log is None or log.generation != generation:
            return False
        _append(log, room, at, event)
        return True

    async def announce(self, notice: Notice) -> None:
        """Give a notice to every hub."""
        for reader in tuple(self._readers.values()):
            await reader.listen(notice)

    async def keep(self, generation: str, room: Room) -> None:
        """Keep a room as it is after `room.seq` entries, and only the entries after the room kept before."""
        log = self._logs.get(room.id)
        if log and log.generation == generation and room.seq > log.next.seq:
            log.base, log.next = log.next, room
            log.entries = [entry for entry in log.entries if entry.number > log.base.seq]

    async def discard(self, room: str, generation: str, number: int) -> None:
        """Drop the log of a room, unless it went on."""
        log = self._logs.get(room)
        if log and (log.generation, log.number) == (generation, number):
            del self._logs[room]

    def forget(self) -> None:
        """Lose everything, as a backplane does that comes back empty."""
        self._logs.clear()
        for reader in tuple(self._readers.values()):
            reader.linked(forgotten=True)

    def _log(self, room: str, now: datetime) -> Log:
        log = self._logs.get(room)
        if log is None:
            empty = Room(room)
            log = self._logs[room] = Log(now, empty, empty)
        return log


def _append(log: Log, room: str, at: datetime, event: Event) -> None:
    log.number += 1
    entry = Entry(log.generation, log.number, at, event)
    log.entries.append(entry)
    for reader in tuple(log.followers.values()):
        reader.read(room, entry)
