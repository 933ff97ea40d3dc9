"""Who has a place in a call room, and what the room remembers: the state that `room.py` folds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from signaling import protocol
from signaling.protocol import MediaState, Role, Standing

SILENT: Final = MediaState()


@dataclass(frozen=True, slots=True)
class Member:
    """A participant's place in the room. During the grace `present` is False and `connection` the one that was lost."""

    participant: str
    name: str
    role: Role
    session: str
    standing: Standing
    instance: str
    connection: str
    present: bool = True
    media: MediaState = SILENT

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


@dataclass(frozen=True, slots=True)
class Room:
    """All that is known of a room after `seq` entries of its log."""

    id: str
    seq: int = 0
    members: Mapping[str, Member] = field(default_factory=dict)
    admissions: Mapping[str, datetime] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    lines: tuple[protocol.ChatLine, ...] = ()
    ended: bool = False
    idle: str = ""

    def listeners(self, but: str = "") -> tuple[str, ...]:
        """The connections of everyone admitted and present, but that of one participant."""
        found = self.members.values()
        return tuple(m.connection for m in found if m.admitted and m.present and m.participant != but)
