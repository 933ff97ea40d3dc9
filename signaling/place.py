"""One room as a hub has it: the fold of its log so far, which log that is, and what was sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from signaling.backplane.log import Entry, Past
from signaling.effects import Effect, Greet, Send
from signaling.room import step
from signaling.roster import Room
from signaling.sent import Mail, Sent


@dataclass(slots=True)
class Place:
    """`born` is when the log began: what was decided before is not in it."""

    room: Room
    generation: str
    born: datetime
    sent: Sent

    @classmethod
    def after(cls, past: Past) -> Self:
        """Fold what happened already. Nothing is done about it, but what was sent for it is known."""
        place = cls(past.base, past.generation, past.born, Sent(past.base.seq))
        for entry in past.entries:
            for effect in place.fold(entry):
                place.note(effect)
        return place

    def continues(self, entry: Entry) -> bool:
        """Tell whether an entry is the next one of this log."""
        return entry.generation == self.generation and entry.number == self.room.seq + 1

    def is_past(self, entry: Entry) -> bool:
        """Tell whether an entry was folded already."""
        return entry.generation == self.generation and entry.number <= self.room.seq

    def fold(self, entry: Entry) -> tuple[Effect, ...]:
        """Take up the next entry and give what is to be done about it."""
        self.room, effects = step(self.room, entry.event, entry.at)
        return effects

    def note(self, effect: Effect) -> Mail | None:
        """Remember what is sent, in the order of the effects; gives what there is to send."""
        if isinstance(effect, Send):
            return self.sent.record(self.room.seq, effect.participants, effect.message)
        if isinstance(effect, Greet) and effect.anew:
            self.sent.begin(effect.participant, self.room.seq)
        return None
