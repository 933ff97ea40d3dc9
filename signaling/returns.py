"""Makes a room agree with who is really connected here, after a hub was paused or a backplane was away.

Whoever is connected and has no place is put back into it; whoever has a place and is not connected counts as lost. The
rows decide who may be there at all, because a log that began anew may not know of a decision.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import structlog

from signaling import protocol
from signaling.connection import Connection
from signaling.events import Admit, Connected, Disconnected, End, Event, Remove
from signaling.faults import place as place_of
from signaling.outage import Outage
from signaling.place import Place
from signaling.ports import Joined
from signaling.register import Register
from signaling.reporter import Reporter
from signaling.roster import Member
from signaling.tasks import Tasks

log = structlog.get_logger("signaling")


class Known(Protocol):
    """The rooms of a hub, as far as they are needed here."""

    def get(self, room: str) -> Place | None:
        """Give a room as it is here."""

    async def append(self, room: str, event: Event) -> None:
        """Put an event into a room's log. Raises OSError."""


class Returns:
    """What is here against what the rooms say."""

    def __init__(self, hub: str, connections: Register, reporter: Reporter, rooms: Known, outage: Outage) -> None:
        self._hub = hub
        self._connections = connections
        self._reporter = reporter
        self._rooms = rooms
        self._outage = outage
        self._tasks = Tasks(outage)

    @staticmethod
    def is_seated(place: Place, connection: Connection) -> bool:
        """Tell whether a place in the room is held by this connection."""
        member = _member(place, connection)
        return member is not None and member.present and member.connection == connection.id

    def is_unwelcomed(self, place: Place, connection: Connection) -> bool:
        """Tell whether this connection holds a place and its client was not told so, or not as what it is now."""
        member = _member(place, connection)
        return member is not None and self.is_seated(place, connection) and connection.welcomed != member.standing

    def joined(self, connection: Connection) -> None:
        """See that who has joined is welcomed, also where their coming was read as part of what had happened before."""
        place = self._rooms.get(connection.ticket.room) if connection.ticket else None
        if place and (self.is_unwelcomed(place, connection) or _is_lost(place, connection)):
            self.join_again(connection)

    def look(self, place: Place, *, doubt: bool) -> None:
        """Compare, and mend what does not agree; in `doubt` ask the rows about everybody held here."""
        for connection in self._connections.audience(place.room.id):
            if connection.ticket is None or connection.ticket.room != place.room.id or connection.joining:
                continue
            if not self.is_seated(place, connection):
                self._seat(place, connection)
            elif self.is_unwelcomed(place, connection):
                self.join_again(connection)
            elif doubt:
                self._tasks.spawn(self._look_up(connection))
        for member in place.room.members.values():
            if member.hub == self._hub and member.present and self._connections.get(member.connection) is None:
                lost = Disconnected(member.connection, member.participant)
                self._tasks.spawn(self._append(place.room.id, lost))

    def came_back(self, place: Place, connection: Connection, at: datetime) -> None:
        """Tell the application who is here: what was read too late to be acted upon may have been their coming."""
        if (ticket := connection.ticket) is not None:
            fact = Joined(place.room.id, ticket.participant, ticket.standing, connection.id, at)
            self._reporter.report(fact, lambda: None)

    def join_again(self, connection: Connection) -> None:
        """Put somebody into the room again, so that they are welcomed anew; until then they are sent nothing."""
        connection.welcomed = None
        self._tasks.spawn(self._join(connection))

    async def close(self) -> None:
        """Stop."""
        await self._tasks.close()

    def _seat(self, place: Place, connection: Connection) -> None:
        member, ticket = _member(place, connection), connection.ticket
        if ticket and member and member.present and member.issued >= ticket.issued:
            connection.close(protocol.CLOSE_REPLACED, "replaced")
        else:
            self._tasks.spawn(self._join(connection))

    async def _join(self, connection: Connection) -> None:
        ticket = connection.ticket
        if ticket is None or connection.joining or connection.closing:
            return
        connection.joining = True
        try:
            if await self._check(connection):
                await self._append(ticket.room, Connected(connection.id, ticket, connection.instance))
            else:  # a new ticket, if there is one, says more
                connection.close(protocol.CLOSE_NO_TICKET, "not in this room any more")
        finally:
            connection.joining = False
        self.joined(connection)

    async def _look_up(self, connection: Connection) -> None:
        await self._check(connection)

    async def _check(self, connection: Connection) -> bool:
        """Do what the rows say; False when that sends somebody away."""
        ticket = connection.ticket
        if ticket is None:
            return False
        try:
            place = await self._reporter.standing(ticket.room, ticket.participant)
        except OSError as error:  # unknown: the ticket was good, and the rows are looked at again
            self._outage.failed(error, "looking at the rows")
            return True
        except Exception as error:  # noqa: BLE001 (likewise)
            log.warning("standing unknown", room=ticket.room, error=place_of(error))
            return True
        if place == "ended":
            await self._append(ticket.room, End())
        elif place == "removed":
            await self._append(ticket.room, Remove(ticket.participant, "removed"))
        elif place == "admitted" and ticket.standing == "waiting":
            await self._append(ticket.room, Admit(ticket.participant))
        return place not in {"ended", "removed"}

    async def _append(self, room: str, event: Event) -> None:
        try:
            await self._rooms.append(room, event)
        except OSError as error:  # when the backplane is back, all this is looked at again
            self._outage.failed(error, "coming back")


def _member(place: Place, connection: Connection) -> Member | None:
    return place.room.members.get(connection.ticket.participant) if connection.ticket else None


def _is_lost(place: Place, connection: Connection) -> bool:
    member = _member(place, connection)
    return member is not None and not member.present and member.connection == connection.id
