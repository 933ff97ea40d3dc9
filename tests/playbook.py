"""A scripted room: events go in one by one, and what the room asks to be done comes out in words.

    play = RoomPlay()
    play.comes("patient", "waiting")
    assert play.heard("patient") == ["welcome"]

Everybody's connection is called like the participant, with a number from the second one on: `patient`, `patient-2`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from signaling import effects, events, ports
from signaling.frames import parse
from signaling.protocol import Role, Standing, Welcome, WelcomeBody
from signaling.room import step
from signaling.roster import Room
from signaling.tickets import Ticket

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

CAST: dict[str, tuple[str, Role]] = {
    "patient": ("M. Alvarez", "patient"),
    "pcp": ("Dr. R. Okafor", "practitioner"),
    "psychiatrist": ("Dr. L. Brandt", "practitioner"),
    "frontdesk": ("J. Miles", "frontdesk"),
    "outsider": ("N. Body", "guest"),
}


def ticket_of(who: str, standing: Standing = "admitted", issued: datetime = NOON, room: str = "visit") -> Ticket:
    """A ticket of somebody in the cast; their session is called `session-<who>`."""
    name, role = CAST[who]
    return Ticket(room, who, name, role, f"session-{who}", standing, issued=issued)


def message(kind: str, body: dict[str, Any], to: str | None = None, ref: str = "m1", **forged: Any) -> Any:
    """A client's message as it comes out of the parser."""
    envelope = {"v": 1, "id": ref, "to": to, "type": kind, "body": body, **forged}
    return parse(json.dumps(envelope))


def offer(to: str, ref: str = "m1", **forged: Any) -> Any:
    """An offer to somebody."""
    return message("offer", {"link": f"p2p:{to}", "instance": "pc.1", "sdp": "v=0"}, to, ref, **forged)


def chat(text: str, ref: str = "m1", **forged: Any) -> Any:
    """A chat message."""
    return message("chat", {"text": text}, None, ref, **forged)


def _welcome(room: Room, greet: effects.Greet) -> Welcome:
    body = WelcomeBody(self=greet.participant, standing=greet.standing, participants=greet.others)
    return Welcome(id=str(room.seq), room=room.id, body=body)


class RoomPlay:
    """A room, the time, and everything it asked for since the last look."""

    def __init__(self) -> None:
        self.room = Room("visit")
        self.now = NOON
        self.effects: list[effects.Effect] = []
        self._sent: list[tuple[str, Any]] = []
        self.script: list[tuple[events.Event, datetime]] = []

    def tell(self, event: events.Event) -> RoomPlay:
        """One more entry in the room's log."""
        self.script.append((event, self.now))
        self.room, asked = step(self.room, event, self.now)
        self.effects += asked
        self._sent += [sent for effect in asked for sent in self._sends(effect)]
        return self

    def _sends(self, effect: effects.Effect) -> list[tuple[str, Any]]:
        match effect:
            case effects.Send():
                members = [self.room.members[who] for who in effect.participants]
                return [(m.connection, effect.message) for m in members if m.present]
            case effects.Tell():
                return [(connection, effect.message) for connection in effect.connections]
            case effects.Greet():
                return [(effect.connection, _welcome(self.room, effect))]
            case _:
                return []

    def comes(
        self,
        who: str,
        standing: Standing = "admitted",
        *,
        by: str = "",
        page: str = "page-1",
        issued: datetime | None = None,
    ) -> RoomPlay:
        """Somebody shows a ticket, by default one issued this moment."""
        ticket = ticket_of(who, standing, issued or self.now)
        return self.tell(events.Connected(by or who, ticket, page))

    def loses(self, who: str, by: str = "") -> RoomPlay:
        """Somebody's connection is lost."""
        return self.tell(events.Disconnected(by or who, who))

    def says(self, who: str, what: Any, by: str = "") -> RoomPlay:
        """Somebody sends a message."""
        return self.tell(events.Received(by or who, who, what))

    def passes(self, seconds: float) -> RoomPlay:
        """Time passes, and timers come due."""
        until = self.now + timedelta(seconds=seconds)
        while timer := self._next_timer(until):
            self.effects.remove(timer)
            self.now = timer.due
            self.tell(events.TimerDue(timer.id))
        self.now = until
        return self

    def _next_timer(self, until: datetime) -> effects.StartTimer | None:
        timers = [e for e in self.effects if isinstance(e, effects.StartTimer) and e.due <= until]
        return min(timers, key=lambda timer: timer.due, default=None)

    def forget(self) -> RoomPlay:
        """Look away from what was asked for, but for timers still running."""
        self.effects = [e for e in self.effects if isinstance(e, effects.StartTimer)]
        self._sent = []
        return self

    def messages(self, connection: str) -> list[Any]:
        """What is sent to a connection that is there, in order."""
        return [message for to, message in self._sent if to == connection]

    def heard(self, connection: str) -> list[str]:
        """The types of what is sent to a connection, in order."""
        return [m.type for m in self.messages(connection)]

    def closed(self, connection: str) -> int | None:
        """The code a connection is closed with, if it is."""
        closes = [e for e in self.effects if isinstance(e, effects.Close)]
        return next((close.code for close in closes if close.connection == connection), None)

    def facts(self) -> list[ports.Joined | ports.Left]:
        """What the application is told, without the time."""
        found = [e.fact for e in self.effects if isinstance(e, effects.Report)]
        return [replace(fact, at=NOON) for fact in found]

    def commits(self) -> list[effects.CommitChat]:
        """The chat messages to be committed."""
        return [e for e in self.effects if isinstance(e, effects.CommitChat)]

    def committed(self, nth: int = -1) -> RoomPlay:
        """The application has committed a chat message."""
        asked = self.commits()[nth]
        return self.tell(events.ChatCommitted(asked.said, asked.name, self.now))
