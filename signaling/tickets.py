"""Signed join tickets: who may enter which room, as what, for the next minute. Pure; the clock is passed in."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from signaling.protocol import Role, Standing

LIFETIME: Final = timedelta(seconds=60)
MAX_LIFETIME: Final = timedelta(minutes=5)
"""No ticket is good for longer; rooms and hubs remember removals and revocations for as long."""

LOBBY: Final = "person:"
_SALT: Final = "signaling.ticket.1"

NEVER: Final = datetime.min.replace(tzinfo=UTC)


class TicketInvalid(Exception):
    """The ticket was not made with this key, or is no ticket."""


class TicketExpired(Exception):
    """The ticket was good, but its time has passed."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the holder may do. `issued` is set by `Tickets` and makes decisions taken later win over the ticket.

    `audiences` name the groups whose `changed` topics the holder hears, e.g. an organization's Today page.
    """

    room: str
    participant: str
    name: str
    role: Role
    session: str
    standing: Standing
    audiences: tuple[str, ...] = ()
    issued: datetime = NEVER

    @property
    def lobby(self) -> bool:
        """A lobby connection only hears `changed`; it has no peers."""
        return self.room.startswith(LOBBY)


class Tickets:
    """Mints and opens tickets. `clock` gives the time, aware, in UTC; the lifetime is at most `MAX_LIFETIME`."""

    def __init__(self, key: bytes, clock: Callable[[], datetime], lifetime: timedelta = LIFETIME) -> None:
        if lifetime > MAX_LIFETIME:
            raise ValueError(f"a ticket lives for at most {MAX_LIFETIME}")
        self._signed = URLSafeSerializer(
            key, salt=_SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )
        self._clock = clock
        self._lifetime = lifetime

    def mint(self, ticket: Ticket) -> str:
        """Sign a ticket, good from now on for the lifetime."""
        return str(self._signed.dumps({**asdict(ticket), "issued": self._clock().isoformat()}))

    def open(self, token: str) -> Ticket:
        """Give the ticket inside. Raises `TicketInvalid` or `TicketExpired`."""
        try:
            ticket = _read(self._signed.loads(token))
        except (BadData, ValueError, TypeError, KeyError) as error:
            raise TicketInvalid("not a ticket of this server") from error
        age = self._clock() - ticket.issued
        if age > self._lifetime:
            raise TicketExpired("the ticket's time has passed")
        if age < -self._lifetime:
            raise TicketInvalid("the ticket is from the future")
        return ticket


def _read(fields: dict[str, Any]) -> Ticket:
    issued = datetime.fromisoformat(fields["issued"])
    shared = {name: sys.intern(fields[name]) for name in ("role", "standing")}  # not one of each for everybody
    return Ticket(**{**fields, **shared, "audiences": tuple(fields["audiences"]), "issued": issued})
