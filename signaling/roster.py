"""Who has a place in a call room, and what the room remembers: the state that `room.py` folds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from signaling import protocol
from signaling.protocol import MediaState, Role, Standing
from signaling.tickets import NEVER
from signaling.value import value

SILENT: Final = MediaState()
GRACE: Final = timedelta(seconds=10)
"""For so long a place is kept for somebody whose connection was lost."""


@dataclass(frozen=True, slots=True)
class Member:
    """A participant's place in the room. During the grace `connection` is the one that was lost, at `lost_at`."""

    participant: str
    name: str
    role: Role
    session: str
    standing: Standing
    instance: str
    connection: str
    lost_at: datetime | None = None
    media: MediaState = SILENT
    issued: datetime = NEVER
    """When the ticket was issued by which the place is held."""

    @property
    def present(self) -> bool:
        """Is connected."""
        return self.lost_at is None

    @property
    def hub(self) -> str:
        """The hub that holds the connection, or held it."""
        return hub_of(self.connection)

    @property
    def grace(self) -> str:
        """Names the timer that empties the place."""
        return f"grace:{self.connection}"

    @property
    def admitted(self) -> bool:
        """May hear and be heard."""
        return self.standing == "admitted"

    def public(self) -> protocol.Participant:
        """Give what the others may know."""
        return protocol.Participant(
            id=self.participant, name=self.name, role=self.role, instance=self.instance, media=self.media
        )


@dataclass(frozen=True, slots=True)
class Removal:
    """Somebody was sent away."""

    at: datetime
    reason: str


@value(frozen=True, slots=True)
class Room:
    """All that is known of a room after `seq` entries of its log."""

    id: str
    seq: int = 0
    members: Mapping[str, Member] = field(default_factory=dict)
    admissions: Mapping[str, datetime] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    lines: tuple[protocol.ChatLine, ...] = ()
    ended: bool = False
    idle: str = "idle:0"
    lost: frozenset[str] = frozenset()
    """Hubs whose nodes are gone: somebody else reports that their participants left."""
    rebuilt: str = ""
    """The generation of the log that this one was rebuilt from."""

    def advanced(self) -> Room:
        """Give the room one entry later. Written out: `replace` takes five times as long, for every entry."""
        return Room(
            self.id,
            self.seq + 1,
            self.members,
            self.admissions,
            self.removals,
            self.lines,
            self.ended,
            self.idle,
            self.lost,
            self.rebuilt,
        )

    def listeners(self, but: str = "") -> tuple[str, ...]:
        """Everyone admitted, also those who are away, but for one participant."""
        return tuple(m.participant for m in self.members.values() if m.admitted and m.participant != but)

    def others(self, member: Member) -> tuple[protocol.Participant, ...]:
        """Give whom a member may know of: nobody while waiting."""
        found = (m for m in self.members.values() if m.admitted and m.participant != member.participant)
        return tuple(m.public() for m in found) if member.admitted else ()


def hub_of(connection: str) -> str:
    """Give the hub in the name of a connection."""
    return connection.partition("-")[0]
