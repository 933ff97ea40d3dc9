"""Whose pages are connected to this hub: of several pages of a person only the first and the last are reported.

A page that leads to another closes its connection and opens one: only who stays away for the grace is reported gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from signaling.ports import Offline, Online
from signaling.register import Register
from signaling.reporter import Reporter
from signaling.tickets import Ticket
from signaling.timers import Clock, Timer, Timers

GRACE: Final = timedelta(seconds=10)


class Lobbies:
    """Reports the lobby connections in a hub's register. Patients wait in rooms, and are nobody's colleagues."""

    def __init__(self, node: str, connections: Register, reporter: Reporter, clock: Clock, timers: Timers) -> None:
        self._node = node
        self._connections = connections
        self._reporter = reporter
        self._clock = clock
        self._timers = timers
        self._here: dict[str, Ticket] = {}
        self._going: dict[str, Timer] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._here))

    def entered(self, ticket: Ticket) -> None:
        """Take up a connection with this ticket, after the register has."""
        if ticket.role == "patient":
            return
        timer = self._going.pop(ticket.participant, None)
        if timer:
            timer.cancel()
        if ticket.participant not in self._here:
            self._here[ticket.participant] = ticket
            self._online(ticket.participant)

    def left(self, ticket: Ticket) -> None:
        """Take up that a connection is gone, after the register has."""
        account = ticket.participant
        if account not in self._here or account in self._going or self._connections.audience(ticket.room):
            return
        self._going[account] = self._timers.call_at(self._clock() + GRACE, lambda: self._gone(account))

    def again(self) -> None:
        """Report afresh who is here: the application has lost it."""
        for account in self:
            self._online(account)

    def close(self) -> None:
        """Report nothing more: whose node ends comes back on another one, or is gone with its lease."""
        for timer in self._going.values():
            timer.cancel()
        self._going.clear()

    def _online(self, account: str) -> None:
        self._reporter.tell(Online(account, self._node, self._clock()))

    def _gone(self, account: str) -> None:
        del self._going[account], self._here[account]
        self._reporter.tell(Offline(account, self._node, self._clock()))
