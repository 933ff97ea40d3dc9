"""Which connections a hub holds, and how to find them: by id, by audience, by session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from signaling.connection import Connection
from signaling.tickets import Ticket


class Register:
    """The connections of one hub. Audiences and sessions are known from a connection's ticket."""

    def __init__(self) -> None:
        self._all: dict[str, Connection] = {}
        self._audiences: dict[str, set[Connection]] = defaultdict(set)
        self._sessions: dict[str, set[Connection]] = defaultdict(set)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> None:
        """Hold a connection, not yet joined."""
        self._all[connection.id] = connection

    def join(self, connection: Connection, ticket: Ticket) -> None:
        """Give a connection its ticket, in place of the one it had."""
        self._forget_ticket(connection)
        connection.ticket = ticket
        for audience in (ticket.room, *ticket.audiences):
            self._audiences[audience].add(connection)
        self._sessions[ticket.session].add(connection)

    def drop(self, connection: Connection) -> None:
        """Hold a connection no longer."""
        self._forget_ticket(connection)
        self._all.pop(connection.id, None)

    def get(self, connection: str) -> Connection | None:
        """Find a connection held here."""
        return self._all.get(connection)

    def audience(self, name: str) -> tuple[Connection, ...]:
        """Find everybody in an audience or a room."""
        return tuple(self._audiences.get(name, ()))

    def has_audience(self, name: str) -> bool:
        """Tell whether anybody is in an audience or a room."""
        return name in self._audiences

    def session(self, name: str) -> tuple[Connection, ...]:
        """Find every connection of a session."""
        return tuple(self._sessions.get(name, ()))

    def sessions(self) -> frozenset[str]:
        """Give the keys of all sessions that have a connection here."""
        return frozenset(self._sessions)

    def rooms(self) -> frozenset[str]:
        """Give the call rooms that somebody here has a ticket for."""
        tickets = (connection.ticket for connection in self._all.values())
        return frozenset(ticket.room for ticket in tickets if ticket and not ticket.lobby)

    def _forget_ticket(self, connection: Connection) -> None:
        if connection.ticket is None:
            return
        for audience in (connection.ticket.room, *connection.ticket.audiences):
            _discard(self._audiences, audience, connection)
        _discard(self._sessions, connection.ticket.session, connection)


def _discard(index: dict[str, set[Connection]], key: str, connection: Connection) -> None:
    index[key].discard(connection)
    if not index[key]:
        del index[key]
