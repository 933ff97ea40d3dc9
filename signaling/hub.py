"""The hub of one process: serves sockets, opens their tickets, and is the `Commands` of the port.

Whatever a client sends or the application does, nobody else is the worse for it: failures are answered with `error` and
noted.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Final, assert_never

import structlog

from signaling import frames, protocol
from signaling.backplane import Backplane, Entry, Memory, Notice, SessionRevoked, TopicChanged
from signaling.connection import Connection
from signaling.events import Admit, Connected, Disconnected, End, Event, Received, Remove, Revoke
from signaling.faults import place
from signaling.frames import Refusal
from signaling.limits import Joins
from signaling.lobbies import Lobbies
from signaling.measures import Kind, Measures, Unmeasured
from signaling.observer import Observer
from signaling.ports import Facts, Sessions
from signaling.register import Register
from signaling.reporter import Reporter
from signaling.rooms import Rooms
from signaling.sent import Position
from signaling.tickets import MAX_LIFETIME, Ticket, TicketExpired, TicketInvalid, Tickets
from signaling.timers import Clock, LoopTimers, Timers
from signaling.wire import Wire

JOIN_WAIT: Final = timedelta(seconds=5)
CLOSE_WAIT_SECONDS: Final = 2.0

_NO_PART_OF_A_LOG: Final = (protocol.Join, protocol.Quality)

log = structlog.get_logger("signaling")


class Hub:
    """Build one for a process and give it to a transport; `close` it at the end.

    `clock` and `timers` are passed in by tests; several hubs on one `backplane` serve the same rooms. `sessions` says
    which sessions are over, so that a ticket of one opens nothing on any node.
    """

    def __init__(
        self,
        tickets: Tickets,
        facts: Facts,
        clock: Clock,
        *,
        timers: Timers | None = None,
        backplane: Backplane | None = None,
        sessions: Sessions | None = None,
        measures: Measures | None = None,
    ) -> None:
        self.id = secrets.token_hex(4)
        self._tickets = tickets
        self._sessions = sessions
        self._clock = clock
        self._timers = timers or LoopTimers(clock)
        self._backplane = backplane or Memory()
        self._connections = Register()
        self._reporter = Reporter(facts, clock, self._timers, self._append, self._backplane.outage)
        self._lobbies = Lobbies(self.id, self._connections, self._reporter, clock, self._timers)
        self._measures = measures or Unmeasured()
        self._observer = Observer(self.id, facts, self._measures, clock)
        self._rooms = Rooms(
            self.id,
            self._connections,
            self._reporter,
            self._backplane,
            clock,
            self._timers,
            self._observer,
            self._measures,
        )
        self._backplane.attach(self.id, self)
        self._revoked: dict[str, datetime] = {}
        self._joins = Joins()
        self._closed = False
        self._empty = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        """Tell whether it is closing, or closed."""
        return self._closed

    async def serve(self, wire: Wire) -> None:
        """Serve an open socket until it is closed."""
        connection = Connection(f"{self.id}-{secrets.token_hex(6)}", wire, self._clock, self._timers, self._measures)
        self._connections.add(connection)
        deadline = self._timers.call_at(self._clock() + JOIN_WAIT, lambda: self._expect_ticket(connection))
        if self._closed:
            connection.close(protocol.CLOSE_RESTARTING, "server restarting")
        if not self._backplane.waits:
            wire.offer(partial(self._took, connection))
        try:
            while (frame := await connection.receive()) is not None:
                await self._take(connection, frame)
                del frame  # it would be kept until the next one comes, which may be never
        except asyncio.CancelledError:
            if not connection.abandoned:
                raise
        finally:
            deadline.cancel()
            await self._gone(connection)

    async def admit(self, room: str, participant: str) -> None:
        """Tell somebody waiting to fetch a new ticket."""
        await self._rooms.order(room, Admit(participant))

    async def remove(self, room: str, participant: str, reason: str) -> None:
        """Send somebody away; tickets issued before no longer open the room."""
        await self._rooms.order(room, Remove(participant, reason))

    async def end(self, room: str) -> None:
        """Send everybody away and let nobody in again."""
        await self._rooms.order(room, End())

    async def revoke(self, session: str) -> None:
        """Close every connection of a session at once; its tickets are worthless from now on."""
        await self._backplane.announce(SessionRevoked(session, self._clock()))

    async def check_sessions(self) -> None:
        """Close the connections of sessions that are over, however little was heard of it: called every few seconds."""
        held = self._connections.sessions()
        try:
            live = await self._live(held)
        except OSError as error:
            self._backplane.outage.failed(error, "looking at sessions")
            return
        for gone in held - live:
            await self.listen(SessionRevoked(gone, self._clock()))

    def report_lobbies(self) -> None:
        """Report afresh whose pages are connected here."""
        self._lobbies.again()

    async def changed(self, audience: str, topic: str) -> None:
        """Tell an audience, or everybody in a room, to fetch `topic` afresh."""
        await self._backplane.announce(TopicChanged(audience, topic))

    async def close(self) -> None:
        """Close every connection (1012) and stop. Clients that do not take the close are left to the transport."""
        self._closed = True
        self._lobbies.close()
        for connection in self._connections:
            connection.close(protocol.CLOSE_RESTARTING, "server restarting")
        with contextlib.suppress(TimeoutError):
            if len(self._connections):
                await asyncio.wait_for(self._empty.wait(), CLOSE_WAIT_SECONDS)
        await self._rooms.close()
        await self._reporter.close()
        await self._observer.close()

    def census(self) -> dict[Kind, int]:
        """Count the connections held here by what they are for."""
        counted = Counter(connection.kind for connection in self._connections)
        return {kind: counted[kind] for kind in ("call", "lobby", "unjoined")}

    def rooms(self) -> int:
        """Count the rooms in which something happened lately."""
        return len(self._rooms)

    def read(self, room: str, entry: Entry) -> None:
        """Take an entry of a room's log from the backplane."""
        self._rooms.read(room, entry)

    async def listen(self, notice: Notice) -> None:
        """Take a notice from the backplane."""
        match notice:
            case SessionRevoked():
                await self._on_revoked(notice)
            case TopicChanged():
                self._on_changed(notice)
            case _:
                assert_never(notice)

    def linked(self, *, forgotten: bool) -> None:
        """The backplane is back."""
        self._rooms.linked(forgotten=forgotten)

    def alive(self, hubs: Collection[str]) -> None:
        """The backplane tells who is there."""
        self._rooms.alive(hubs)

    async def lost(self, hub: str, rooms: Collection[str]) -> None:
        """Another hub's node is gone: take over its rooms."""
        await self._rooms.lost(hub, rooms)

    async def _append(self, room: str, event: Event) -> None:
        await self._rooms.append(room, event)

    async def _gone(self, connection: Connection) -> None:
        ticket = connection.ticket
        self._measures.closed(connection.kind, connection.ending)
        connection.finish()
        self._connections.drop(connection)
        if self._closed:
            if not len(self._connections):
                self._empty.set()
        elif ticket and ticket.lobby:
            self._lobbies.left(ticket)
        elif ticket:
            await self._lost(ticket.room, Disconnected(connection.id, ticket.participant))

    async def _lost(self, room: str, event: Disconnected) -> None:
        try:
            await self._append(room, event)
        except OSError as error:
            self._backplane.outage.failed(error, "a disconnection")

    def _expect_ticket(self, connection: Connection) -> None:
        if connection.ticket is None:
            connection.close(protocol.CLOSE_NO_TICKET, "no join in time")

    async def _take(self, connection: Connection, frame: str | bytes) -> None:
        if connection.closing:
            return
        try:
            connection.allow()
            await self._dispatch(connection, self._parsed(frame))
        except Refusal as refusal:
            connection.refuse(refusal.code, refusal.message, refusal.re)
        except OSError as error:
            self._backplane.outage.failed(error, "a frame")
            connection.refuse("unavailable", "try again")
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the sender's trouble only)
            _failed(connection, error)

    def _took(self, connection: Connection, frame: str) -> bool:
        """Take a frame of somebody in a call at once, without a task; False leaves it, untouched, to `_take`."""
        ticket = connection.ticket
        if ticket is None or ticket.lobby or connection.closing:
            return False
        try:
            message = frames.parse(frame)
        except Refusal:
            return False
        now = self._clock()
        if isinstance(message, _NO_PART_OF_A_LOG) or not connection.can_afford(now):
            return False
        try:
            done = self._rooms.append_now(ticket.room, Received(connection.id, ticket.participant, message), now)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the sender's trouble only)
            _failed(connection, error)
            return True
        if done:
            self._measures.received(message.type)
        return done

    def _parsed(self, frame: str | bytes) -> protocol.ClientMessage:
        try:
            message = frames.parse(frame)
        except Refusal:
            self._measures.received("invalid")
            raise
        self._measures.received(message.type)
        return message

    async def _dispatch(self, connection: Connection, message: protocol.ClientMessage) -> None:
        if isinstance(message, protocol.Join):
            await self._join(connection, message)
        elif connection.ticket is None:
            raise Refusal("not_joined", "send join first", message.id)
        elif connection.ticket.lobby:
            _from_lobby(connection, message)
        elif isinstance(message, protocol.Quality):
            self._observer.reported(connection, message)  # beside the room's log, which it is no part of
        else:
            received = Received(connection.id, connection.ticket.participant, message)
            await self._append(connection.ticket.room, received)

    async def _join(self, connection: Connection, message: protocol.Join) -> None:
        try:
            ticket = self._opened(connection, message)
            if not self._joins.take(ticket.session, self._clock()):
                raise Refusal("too_many", "this session joins too often", message.id)
            if ticket.session not in await self._live({ticket.session}):
                raise Refusal("bad_ticket", "the session is over", message.id)
            ticket = self._opened(connection, message)  # it may have been revoked while that was looked up
        except Refusal as refusal:
            self._measures.join_refused(refusal.code)
            connection.refuse(refusal.code, refusal.message, refusal.re)
            self._expect_ticket(connection)
            return
        again = connection.ticket is not None
        self._connections.join(connection, ticket)
        if not again:
            self._measures.joined(connection.kind, (self._clock() - connection.opened).total_seconds())
        log.debug("joined", connection=connection.id, room=ticket.room, standing=ticket.standing)
        if ticket.lobby:
            body = protocol.WelcomeBody(self=ticket.participant, standing=ticket.standing)
            connection.send(protocol.Welcome(id=secrets.token_hex(4), room=ticket.room, body=body))
            connection.welcomed = ticket.standing
            self._lobbies.entered(ticket)
        else:
            await self._seat(connection, ticket, message)

    async def _seat(self, connection: Connection, ticket: Ticket, message: protocol.Join) -> None:
        resume = message.body.resume
        connection.instance = message.body.instance
        if resume is None:
            connection.welcomed = None
        if connection.welcomed is None:  # else it will have heard what it was sent meanwhile, too
            connection.heard = (resume.generation, Position.read(resume.position)) if resume else None
        connection.joining = True
        try:
            if await self._belongs(ticket):
                await self._append(ticket.room, Connected(connection.id, ticket, connection.instance))
            else:
                connection.refuse("bad_ticket", "not in this room any more", message.id)
                connection.close(protocol.CLOSE_NO_TICKET, "not in this room any more")
        finally:
            connection.joining = False
        self._rooms.joined(connection)

    async def _belongs(self, ticket: Ticket) -> bool:
        """Tell whether the ticket still holds; a log that is younger than it does not know of every decision."""
        place = await self._rooms.enter(ticket.room)
        if place.born <= ticket.issued:
            return True
        return await self._reporter.standing(ticket.room, ticket.participant) in {"waiting", "admitted"}

    async def _live(self, keys: Collection[str]) -> frozenset[str]:
        return frozenset(keys if self._sessions is None or not keys else await self._sessions.live(keys))

    def _opened(self, connection: Connection, message: protocol.Join) -> Ticket:
        try:
            ticket = self._tickets.open(message.body.ticket)
        except TicketExpired as error:
            raise Refusal("ticket_expired", str(error), message.id) from error
        except TicketInvalid as error:
            raise Refusal("bad_ticket", str(error), message.id) from error
        revoked = self._revoked.get(ticket.session)
        if revoked and ticket.issued <= revoked:
            raise Refusal("bad_ticket", "the session is over", message.id)
        held = connection.ticket
        if held and (held.room, held.participant) != (ticket.room, ticket.participant):
            raise Refusal("not_allowed", "a connection stays with its room and participant", message.id)
        return ticket

    async def _on_revoked(self, notice: SessionRevoked) -> None:
        remembered = {s: at for s, at in self._revoked.items() if notice.at - at <= MAX_LIFETIME}
        self._revoked = {**remembered, notice.session: notice.at}
        for connection in self._connections.session(notice.session):
            connection.close(protocol.CLOSE_REVOKED, "revoked")
        for room in self._rooms.of_session(notice.session):
            await self._append(room, Revoke(notice.session))

    def _on_changed(self, notice: TopicChanged) -> None:
        body = protocol.ChangedBody(topic=notice.topic)
        for connection in self._connections.audience(notice.audience):
            if connection.welcomed is None:  # whatever it is, it is fetched after the welcome
                continue
            room = connection.ticket.room if connection.ticket else None
            connection.send(protocol.Changed(id=secrets.token_hex(4), room=room, body=body))


def _failed(connection: Connection, error: Exception) -> None:
    log.error("frame failed", connection=connection.id, error=place(error))
    connection.refuse("unavailable", "try again")


def _from_lobby(connection: Connection, message: protocol.ClientMessage) -> None:
    if not isinstance(message, protocol.Leave):
        raise Refusal("not_allowed", "a lobby only listens", message.id)
    connection.close(protocol.CLOSE_LEFT, "left")
