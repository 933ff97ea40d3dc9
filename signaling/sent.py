"""What was sent to the participants of one room lately, and where in its log: what somebody who was cut off gets again.

Every node that folds the room keeps the same, so that it does not matter to which one somebody comes back. Pure.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from signaling.protocol import ServerMessage

KEPT_MAILS: Final = 128
"""So many messages are kept, and up to twice as many."""
MOST_CHARACTERS: Final = 512 * 1024
"""Who missed more than this begins anew: half of what may wait for a client that reads slowly."""


class Position(NamedTuple):
    """A place in a room's log: the number of the entry, and which of the messages that it led to, from 1."""

    number: int
    order: int = 0

    def __str__(self) -> str:
        return f"{self.number}-{self.order}"

    @classmethod
    def read(cls, text: str) -> Position:
        """Read what `str` has written. Raises ValueError."""
        number, _, order = text.partition("-")
        return cls(int(number), int(order))


class Mail(NamedTuple):
    """One message as its text, and to whom it went. The message itself would take several times the memory."""

    position: Position
    participants: tuple[str, ...]
    type: str
    text: str


class Sent:
    """Holds all that was sent for the entries after `floor`."""

    __slots__ = ("_anew", "_floor", "_mails")

    def __init__(self, floor: int) -> None:
        self._floor = floor
        self._mails: list[Mail] = []
        self._anew: dict[str, int] = {}

    def record(self, number: int, participants: tuple[str, ...], message: ServerMessage) -> Mail:
        """Keep a message that entry `number` leads to."""
        last = self._mails[-1].position if self._mails else None
        position = Position(number, last.order + 1 if last and last.number == number else 1)
        mail = Mail(position, participants, message.type, message.to_json_at(str(position)))
        self._mails.append(mail)
        if len(self._mails) > 2 * KEPT_MAILS:
            self._trim()
        return mail

    def end(self, number: int) -> Position:
        """Give the position after everything that the entries up to `number`, the newest, have led to."""
        last = self._mails[-1].position if self._mails else Position(0)
        return last if last.number == number else Position(number)

    def begin(self, participant: str, number: int) -> None:
        """From entry `number` on the participant is somebody new: what was sent before concerns them no more."""
        self._anew[participant] = number - 1

    def since(self, participant: str, position: Position) -> list[Mail] | None:
        """Give what a participant was sent after `position`, in order; None when that is no longer known."""
        if position.number <= max(self._floor, self._anew.get(participant, 0)):
            return None
        missed = [m for m in self._mails if m.position > position and participant in m.participants]
        long = sum(len(m.text) for m in missed) > MOST_CHARACTERS
        return None if long else missed

    def _trim(self) -> None:
        self._floor = self._mails[-KEPT_MAILS - 1].position.number
        self._mails = [m for m in self._mails[-KEPT_MAILS:] if m.position.number > self._floor]
