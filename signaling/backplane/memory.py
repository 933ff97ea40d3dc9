"""The backplane of a single process: a bounded list per room."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Final

from signaling.backplane.log import Entry, Listener, Notice, Reader
from signaling.events import Event

KEPT_ENTRIES: Final = 128
"""A room's log keeps its last entries only; at 64 KiB a message that is 8 MiB at the very worst."""


class Memory:
    """Logs in memory. Readers are called before `append` returns, so the order of a log is the order of the calls."""

    def __init__(self) -> None:
        self._logs: dict[str, deque[Entry]] = {}
        self._readers: list[Reader] = []
        self._listeners: list[Listener] = []

    def attach(self, read: Reader, listen: Listener) -> None:
        """Give `read` every entry and `listen` every notice from now on."""
        self._readers.append(read)
        self._listeners.append(listen)

    async def append(self, room: str, at: datetime, event: Event) -> None:
        """Put an event at the end of a room's log."""
        log = self._logs.get(room)
        if log is None:
            log = self._logs[room] = deque(maxlen=KEPT_ENTRIES)
        entry = Entry(log[-1].number + 1 if log else 1, at, event)
        log.append(entry)
        for read in self._readers:
            read(room, entry)

    async def announce(self, notice: Notice) -> None:
        """Give a notice to every hub."""
        for listen in self._listeners:
            await listen(notice)

    async def discard(self, room: str) -> None:
        """Drop the log of a room."""
        self._logs.pop(room, None)

    def entries(self, room: str) -> tuple[Entry, ...]:
        """Give what is kept of a room's log, oldest first."""
        return tuple(self._logs.get(room, ()))
