"""Does what a room asks for, where the connection concerned is held here, or by nobody any more."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, assert_never

from signaling.connection import Connection
from signaling.effects import Close, CommitChat, Effect, Forget, Greet, Report, Send, StartTimer, Tell
from signaling.events import ChatRefused, Event, TimerDue
from signaling.measures import Measures
from signaling.outage import Outage
from signaling.place import Place
from signaling.protocol import Welcome, WelcomeBody
from signaling.register import Register
from signaling.reporter import Reporter
from signaling.room import heartbeat
from signaling.roster import hub_of
from signaling.sent import Mail, Position
from signaling.tasks import Tasks
from signaling.timers import Timer, Timers

Append = Callable[[str, Event], Coroutine[Any, Any, None]]


class Performer:
    """Performs effects for one hub. `append` puts into a room's log what comes of them later."""

    def __init__(
        self,
        hub: str,
        connections: Register,
        reporter: Reporter,
        timers: Timers,
        append: Append,
        measures: Measures,
        outage: Outage,
    ) -> None:
        self._hub = hub
        self._connections = connections
        self._reporter = reporter
        self._timers = timers
        self._append = append
        self._measures = measures
        self._waiting: dict[tuple[str, str], Timer] = {}
        self._tasks = Tasks(outage)

    def perform(self, place: Place, effect: Effect) -> None:
        """Do it. `Forget` is left to whoever keeps the rooms."""
        if mail := place.note(effect):  # nearly every one
            self._send(place, mail)
            return
        match effect:
            case Tell() | Close() | Greet():
                self._address(place, effect)
            case StartTimer():
                self.start(place.room.id, effect)
            case Report():
                self._report(place, effect)
            case CommitChat():
                self._commit(place.room.id, effect)
            case Send() | Forget():
                pass
            case _:
                assert_never(effect)

    def start(self, room: str, timer: StartTimer) -> None:
        """Put a `TimerDue` into the room's log when its time comes; started again it still comes once."""
        if running := self._waiting.get((room, timer.id)):
            running.cancel()
        self._waiting[room, timer.id] = self._timers.call_at(timer.due, lambda: self._due(room, timer.id))

    def beat(self, place: Place) -> None:
        """Send the sign of life, by which each client knows how far it has heard everything."""
        wish, position = heartbeat(place.room), place.sent.end(place.room.seq)
        held = [c for c in map(self._connections.get, wish.connections) if c and c.is_abreast(place.generation)]
        text = wish.message.to_json_at(str(position)) if held else ""
        for connection in held:
            _deliver(place, connection, wish.message.type, text, position)

    def catch_up(self, place: Place, connection: Connection) -> bool:
        """Send what went by unnoticed; False when that is not known any more."""
        missed = self._missed(place, connection)
        for mail in missed or ():
            _deliver(place, connection, mail.type, mail.text, mail.position)
        return missed is not None

    async def close(self) -> None:
        """Stop all timers."""
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()
        await self._tasks.close()

    def _send(self, place: Place, mail: Mail) -> None:
        for participant in mail.participants:
            member = place.room.members.get(participant)
            connection = self._connections.get(member.connection) if member and member.present else None
            if connection and connection.is_abreast(place.generation):
                _deliver(place, connection, mail.type, mail.text, mail.position)

    def _address(self, place: Place, effect: Tell | Close | Greet) -> None:
        names = effect.connections if isinstance(effect, Tell) else (effect.connection,)
        for connection in filter(None, map(self._connections.get, names)):
            match effect:
                case Tell():
                    connection.send(effect.message)
                case Close():
                    connection.close(effect.code, effect.reason)
                case Greet():
                    self._greet(place, connection, effect)

    def _greet(self, place: Place, connection: Connection, effect: Greet) -> None:
        missed = self._missed(place, connection)
        resumed = missed is not None
        if connection.heard:
            self._measures.reconnected("resumed" if resumed else "snapshot")
        _, heard = connection.heard if connection.heard and resumed else ("", place.sent.end(place.room.seq))
        body = WelcomeBody(
            self=effect.participant,
            standing=effect.standing,
            participants=() if resumed else effect.others,
            generation=place.generation,
            position=str(heard),
            resumed=resumed,
        )
        connection.send(Welcome(id=str(place.room.seq), room=place.room.id, to=effect.participant, body=body))
        connection.welcomed, connection.heard = effect.standing, (place.generation, heard)
        self.catch_up(place, connection)

    def _missed(self, place: Place, connection: Connection) -> list[Mail] | None:
        generation, position = connection.heard or ("", Position(0))
        if generation != place.generation or position.number > place.room.seq or connection.ticket is None:
            return None
        return place.sent.since(connection.ticket.participant, position)

    def _due(self, room: str, timer: str) -> None:
        self._waiting.pop((room, timer), None)
        self._tasks.spawn(self._append(room, TimerDue(timer)))

    def _report(self, place: Place, effect: Report) -> None:
        connection = effect.fact.connection
        if self._answers_for(place, connection):
            self._reporter.report(effect.fact, lambda: self._refuse(connection))

    def _commit(self, room: str, effect: CommitChat) -> None:
        if hub_of(effect.connection) == self._hub:
            full = ChatRefused(effect.said, "unavailable")
            self._reporter.commit(effect, lambda: self._tasks.spawn(self._append(room, full)))

    def _answers_for(self, place: Place, connection: str) -> bool:
        # Also for a connection that is gone: the hub that held it reports that its participant left. Where that hub is
        # gone too, everybody does.
        hub = hub_of(connection)
        return hub == self._hub or hub in place.room.lost

    def _refuse(self, name: str) -> None:
        if connection := self._connections.get(name):
            connection.refuse("unavailable", "not everything could be recorded")


def _deliver(place: Place, connection: Connection, type_: str, text: str, position: Position) -> None:
    connection.forward(type_, text)
    connection.heard = (place.generation, position)
