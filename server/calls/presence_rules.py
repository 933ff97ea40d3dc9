"""Pure decisions about presence: what colleagues are shown of a person, and until when a chosen state holds.

Nothing is decided by it: a ring goes to everyone on duty, whatever presence says.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from server.kit.wall import next_time

# For how long a node may be silent until its people count as gone: its lease, then the grace that people have too.
LEASE = timedelta(seconds=5)
GRACE = timedelta(seconds=10)


class Shown(StrEnum):
    """What colleagues see of a person."""

    AVAILABLE = "available"
    BUSY = "busy"
    IN_CALL = "in-call"
    AWAY = "away"
    OFFLINE = "offline"


CHOICES = (Shown.AVAILABLE, Shown.BUSY, Shown.AWAY)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says of themselves; after `until`, when it is given, they are available again."""

    status: Shown = Shown.AVAILABLE
    until: datetime | None = None

    def at(self, now: datetime) -> "Choice":
        """Give what is left of the choice at a moment."""
        return Choice() if self.until is not None and self.until <= now else self


@dataclass(frozen=True, slots=True)
class PresenceFacts:
    """What is known of a person: a page is connected, a call is connected, all pages are locked because nobody came."""

    online: bool = False
    in_call: bool = False
    idle: bool = False
    choice: Choice = Choice()


def shown_state(facts: PresenceFacts, now: datetime) -> Shown:
    """Say what colleagues are shown. Who talks is there, also when nobody is at the keyboard."""
    if facts.in_call:
        return Shown.IN_CALL
    if not facts.online:
        return Shown.OFFLINE
    chosen = facts.choice.at(now).status
    return Shown.AWAY if chosen is Shown.AVAILABLE and facts.idle else chosen


def back_at(text: str, now: datetime, zone: str) -> datetime | None:
    """Read a time of day, HH:MM in the zone, as the next moment with that time; None when it is none."""
    try:
        wanted = time.fromisoformat(text)
    except ValueError:
        return None
    return next_time(now, wanted, zone) if wanted.tzinfo is None else None


def minutes_since(seen: datetime, now: datetime) -> int:
    """Give whole minutes since somebody was last seen, never less than none: the clocks of two machines differ."""
    return max(int((now - seen).total_seconds() // 60), 0)
