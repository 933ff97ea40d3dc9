"""The rooms of one hub: folds their logs and does what they ask for, where the connection concerned is held here."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, assert_never

from signaling.backplane import Backplane, Entry
from signaling.effects import Close, CommitChat, Effect, Forget, Report, Send, StartTimer
from signaling.events import ChatRefused, Event, TimerDue
from signaling.measures import Measures
from signaling.observer import Observer
from signaling.register import Register
from signaling.reporter import Reporter
from signaling.room import heartbeat, step
from signaling.roster import Room
from signaling.tasks import Tasks
from signaling.timers import Clock, Timer, Timers

HEARTBEAT: Final = timedelta(seconds=2)

Append = Callable[[str, Event], Awaitable[None]]


class Rooms:
    """The state of every room in which something happened lately."""

    def __init__(
        self,
        hub: str,
        connections: Register,
        reporter: Reporter,
        backplane: Backplane,
        clock: Clock,
        timers: Timers,
        observer: Observer,
        measures: Measures,
    ) -> None:
        self._hub = hub
        self._connections = connections
        self._reporter = reporter
        self._backplane = backplane
        self._clock = clock
        self._timers = timers
        self._observer = observer
        self._measures = measures
        self._rooms: dict[str, Room] = {}
        self._waiting: dict[tuple[str, str], Timer] = {}
        self._beat: Timer | None = None
        self._tasks = Tasks()

    def __len__(self) -> int:
        return len(self._rooms)

    def of_session(self, session: str) -> tuple[str, ...]:
        """Find the rooms in which a session has a place."""
        return tuple(
            room.id for room in self._rooms.values() if any(m.session == session for m in room.members.values())
        )

    def read(self, room: str, entry: Entry) -> None:
        """Fold one entry of a room's log."""
        before = self._rooms.get(room)
        state, effects = step(before or Room(room), entry.event, entry.at)
        self._rooms[room] = state
        self._observer.stepped(before, state)
        self._keep_beating()
        for effect in effects:
            self._perform(room, effect)

    async def append(self, room: str, event: Event) -> None:
        """Put an event into a room's log."""
        began = time.perf_counter()
        try:
            await self._backplane.append(room, self._clock(), event)
        finally:
            self._measures.appended(time.perf_counter() - began)

    async def close(self) -> None:
        """Stop all timers."""
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()
        if self._beat:
            self._beat.cancel()
        await self._tasks.close()

    def _perform(self, room: str, effect: Effect) -> None:
        match effect:
            case Send():
                self._send(effect)
            case Close():
                if connection := self._connections.get(effect.connection):
                    connection.close(effect.code, effect.reason)
            case StartTimer():
                self._start(room, effect)
            case Report():
                self._report(effect)
            case CommitChat():
                self._commit(room, effect)
            case Forget():
                del self._rooms[room]
                self._tasks.spawn(self._backplane.discard(room))
            case _:
                assert_never(effect)

    def _send(self, effect: Send) -> None:
        held = [c for c in map(self._connections.get, effect.connections) if c]
        text = effect.message.to_json() if held else ""
        for connection in held:
            connection.send(effect.message, text)

    def _start(self, room: str, effect: StartTimer) -> None:
        self._waiting[room, effect.id] = self._timers.call_at(effect.due, lambda: self._due(room, effect.id))

    def _due(self, room: str, timer: str) -> None:
        self._waiting.pop((room, timer), None)
        self._tasks.spawn(self.append(room, TimerDue(timer)))

    def _report(self, effect: Report) -> None:
        connection = effect.fact.connection
        if self._mine(connection):
            self._reporter.report(effect.fact, lambda: self._refuse(connection))

    def _commit(self, room: str, effect: CommitChat) -> None:
        if self._mine(effect.connection):
            full = ChatRefused(effect.said, "unavailable")
            self._reporter.commit(effect, lambda: self._tasks.spawn(self.append(room, full)))

    def _mine(self, connection: str) -> bool:
        # Also of a connection that is gone: the hub that held it reports that its participant left.
        return connection.startswith(f"{self._hub}-")

    def _refuse(self, name: str) -> None:
        if connection := self._connections.get(name):
            connection.refuse("unavailable", "not everything could be recorded")

    def _keep_beating(self) -> None:
        if self._beat is None:
            self._beat = self._timers.call_at(self._clock() + HEARTBEAT, self._send_heartbeats)

    def _send_heartbeats(self) -> None:
        self._beat = None
        for room in self._rooms.values():
            self._send(heartbeat(room))
        if self._rooms:
            self._keep_beating()
