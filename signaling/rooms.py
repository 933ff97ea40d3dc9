"""The rooms of one hub: follows and folds their logs, and has done what they ask for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Coroutine
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from signaling.absent import Absent
from signaling.backplane import Backplane, Entry, LogLost
from signaling.connection import Connection
from signaling.effects import Forget
from signaling.events import Event, NodeLost, Rebuilt
from signaling.measures import Measures
from signaling.observer import Observer
from signaling.performer import Performer
from signaling.place import Place
from signaling.register import Register
from signaling.reporter import Reporter
from signaling.returns import Returns
from signaling.room import timers as timers_of
from signaling.tasks import Tasks
from signaling.timers import Clock, Timer, Timers

HEARTBEAT: Final = timedelta(seconds=2)
KEEP_EVERY: Final = 64
"""After so many entries the room is kept as it is, so that two to three times as many entries are kept at most."""

_AFTER_TROUBLE: Final = (NodeLost, Rebuilt)

log = structlog.get_logger("signaling")


class Rooms:
    """The state of every room that somebody here is in, or was lately."""

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
        self._backplane = backplane
        self._clock = clock
        self._timers = timers
        self._observer = observer
        self._measures = measures
        self._places: dict[str, Place] = {}
        self._following: dict[str, asyncio.Task[Place]] = {}
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._early: dict[str, list[Entry]] = {}
        self._behind: set[str] = set()
        self._absent = Absent()
        self._beat: Timer | None = None
        self._tasks = Tasks(backplane.outage)
        self._performer = Performer(hub, connections, reporter, timers, self.append, measures, backplane.outage)
        self._returns = Returns(hub, connections, reporter, self, backplane.outage)

    def __len__(self) -> int:
        return len(self._places)

    def get(self, room: str) -> Place | None:
        """Give a room as it is here."""
        return self._places.get(room)

    def of_session(self, session: str) -> tuple[str, ...]:
        """Find the rooms in which a session has a place."""
        rooms = (place.room for place in self._places.values())
        return tuple(room.id for room in rooms if any(m.session == session for m in room.members.values()))

    async def enter(self, room: str) -> Place:
        """Give a room, followed from now on. Raises OSError."""
        return self._places.get(room) or await self._follow_again(room)

    async def append(self, room: str, event: Event) -> None:
        """Put an event into a room's log. Raises OSError."""
        place, began = await self.enter(room), time.perf_counter()
        try:
            await self._backplane.append(room, self._clock(), event, place.generation)
        except LogLost:
            place = await self._follow_again(room)
            await self._backplane.append(room, self._clock(), event, place.generation)
        finally:
            self._measures.appended(time.perf_counter() - began)

    def append_now(self, room: str, event: Event, at: datetime) -> bool:
        """Put an event into a room's log if that needs no waiting; False when it is not there."""
        place = self._places.get(room)
        return place is not None and self._backplane.append_now(room, at, event, place.generation)

    async def order(self, room: str, event: Event) -> None:
        """Put into a room's log what may not be lost, whichever log that is."""
        try:
            await self.enter(room)
        except OSError as error:
            self._backplane.outage.failed(error, "a command")
        await self._backplane.append(room, self._clock(), event)

    def joined(self, connection: Connection) -> None:
        """Somebody's join is in the log: see that they are welcomed."""
        self._returns.joined(connection)

    def read(self, room: str, entry: Entry) -> None:
        """Take an entry of a room's log."""
        if room in self._early:
            self._early[room].append(entry)
            return
        place = self._places.get(room)
        if place is None:
            return
        if place.continues(entry):
            self._take(place, entry)
        elif not place.is_past(entry):
            self._tasks.spawn(self._catch_up(room))

    def linked(self, *, forgotten: bool) -> None:
        """The backplane is back: see that what is here is there, and the other way round."""
        for room in {*self._places, *self._connections.rooms()}:
            if forgotten or room not in self._places or room in self._behind:
                self._tasks.spawn(self._catch_up(room, afresh=forgotten))
            else:
                self._mend(self._places[room])

    def alive(self, hubs: Collection[str]) -> None:
        """Notice hubs that hold somebody's place and are not there: also those of which no backplane knows any more."""
        for hub, rooms in self._absent.noticed(hubs, (place.room for place in self._places.values())):
            for room in rooms:
                self._tasks.spawn(self.append(room, NodeLost(hub, self._hub)))

    async def lost(self, hub: str, rooms: Collection[str]) -> None:
        """Take over the rooms of a hub that is gone: all at once, for people in each of them wait. Raises OSError."""
        await asyncio.gather(*(self.append(room, NodeLost(hub, self._hub)) for room in rooms))

    async def close(self) -> None:
        """Stop all timers."""
        if self._beat:
            self._beat.cancel()
        await self._performer.close()
        await self._returns.close()
        await self._tasks.close()

    def _take(self, place: Place, entry: Entry) -> None:
        room, before = place.room.id, place.room
        effects = place.fold(entry)
        if place.room.members is not before.members:  # what is relayed leaves them as they are
            self._observer.stepped(before, place.room, entry.event)
        for effect in effects:
            self._performer.perform(place, effect)
        if entry.number % KEEP_EVERY == 0:
            self._tasks.spawn(self._backplane.keep(place.generation, place.room))
        if effects and isinstance(effects[-1], Forget):
            self._forget(place)
        elif isinstance(entry.event, _AFTER_TROUBLE):
            mine = entry.event.hub == self._hub
            self._returns.look(place, doubt=mine and isinstance(entry.event, Rebuilt))
        elif not self._connections.has_audience(room):
            self._leave_if_done(place)

    async def _catch_up(self, room: str, *, afresh: bool = False) -> None:
        self._behind.add(room)
        try:
            if afresh and (begun := self._following.get(room)):
                await asyncio.wait({begun})  # that it follows may have been forgotten since
            await self._follow_again(room)
        except LogLost:
            self._tasks.spawn(self._catch_up(room))
        except OSError as error:  # when it is reached again, this is done again
            self._backplane.outage.failed(error, "following a room")

    async def _follow_again(self, room: str) -> Place:
        task = self._following.get(room)
        if task is None:
            task = self._following[room] = asyncio.get_running_loop().create_task(self._follow(room))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)

    async def _follow(self, room: str) -> Place:
        self._early[room] = []
        try:
            if leaving := self._leaving.get(room):
                await asyncio.wait({leaving})
            place = Place.after(await self._backplane.follow(self._hub, room, self._clock()))
            began_anew = await self._rebuild(place)
        finally:
            early = self._early.pop(room)
            del self._following[room]
        self._places[room] = place
        self._behind.discard(room)
        self._keep_beating()
        if not began_anew:
            self._returned(place)
        for entry in early:
            self.read(room, entry)
        return place

    async def _rebuild(self, place: Place) -> bool:
        """Put what is known here into a log that began anew, before anything else that comes from here."""
        before = self._places.get(place.room.id)
        if before is None or before.generation == place.generation or not before.room.members:
            return False
        event = Rebuilt(self._hub, before.generation, before.room)
        await self._backplane.append(place.room.id, self._clock(), event, place.generation)
        return True

    def _returned(self, place: Place) -> None:
        for connection in self._connections.audience(place.room.id):
            if self._returns.is_seated(place, connection):
                if self._returns.is_unwelcomed(place, connection) or not self._performer.catch_up(place, connection):
                    self._returns.join_again(connection)
                self._returns.came_back(place, connection, self._clock())
        self._mend(place)

    def _mend(self, place: Place) -> None:
        for timer in timers_of(place.room, self._clock()):
            self._performer.start(place.room.id, timer)
        self._returns.look(place, doubt=False)

    def _leave_if_done(self, place: Place) -> None:
        members = place.room.members.values()
        if members and not any(m.hub == self._hub or m.hub in place.room.lost for m in members):
            self._leave(place.room.id, self._backplane.unfollow(self._hub, place.room.id))

    def _forget(self, place: Place) -> None:
        room = place.room
        self._leave(room.id, self._backplane.discard(room.id, place.generation, room.seq))

    def _leave(self, room: str, work: Coroutine[Any, Any, None]) -> None:
        """Keep the room no longer; it is followed again only when that is done."""
        del self._places[room]
        self._behind.discard(room)
        self._leaving[room] = asyncio.get_running_loop().create_task(self._left(room, work))

    async def _left(self, room: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except OSError as error:  # what is read of it still, is of no interest
            self._backplane.outage.failed(error, "leaving a room")
        finally:
            del self._leaving[room]

    def _keep_beating(self) -> None:
        if self._beat is None:
            self._beat = self._timers.call_at(self._clock() + HEARTBEAT, self._send_heartbeats)

    def _send_heartbeats(self) -> None:
        self._beat = None
        for place in self._places.values():
            self._performer.beat(place)
        if self._places:
            self._keep_beating()
