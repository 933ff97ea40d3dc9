"""Takes what signaling reports: who came, who went, and what was said. Returns after the commit."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from server.access import Actor, Role
from server.audit import Subject, note
from server.calls.presence_facts import note_offline, note_online
from server.calls.quality_actions import Story
from server.calls.stay_store import begin_stay, end_stay
from server.calls.store import seat_in_open_room, seat_in_room, speaker
from server.calls.tables import ChatMessage, Seat
from server.kit import field_name
from server.kit.ids import new_id, parse_id
from server.web import Deps
from signaling import Happened, Joined, Left, Measured, Offline, Online, Place, Refused, Said

TOPIC = "today"


class CallFacts:
    """The features' end of signaling's port (`signaling.Facts`). `tell` says to an organization what topic changed.

    `tell_presence` says to it that who is there changed.
    """

    def __init__(self, deps: Deps) -> None:
        """Keep what is needed to write rows."""
        self._deps = deps
        self.story = Story(deps)
        self.tell: Callable[[UUID, str], Awaitable[None]] = _nobody
        self.tell_presence: Callable[[UUID], Awaitable[None]] = _nobody

    async def joined(self, fact: Joined) -> None:
        """Write that somebody is connected."""
        async with self._deps.database.write() as session:
            seat = await seat_in_open_room(session, parse_id(fact.room), parse_id(fact.participant))
            if seat is None:
                return
            seat.connection, seat.left_at = fact.connection, None
            if fact.standing == "admitted":
                await begin_stay(session, seat, fact.connection, fact.at)
        await self.tell(seat.organization_id, TOPIC)

    async def left(self, fact: Left) -> None:
        """Write that somebody is gone, unless they are back on another connection already."""
        async with self._deps.database.write() as session:
            seat = await seat_in_room(session, parse_id(fact.room), parse_id(fact.participant))
            if seat is None or seat.connection != fact.connection:
                return
            seat.connection, seat.left_at = None, fact.at
            await end_stay(session, seat.id, fact.at)
        await self.tell(seat.organization_id, TOPIC)

    async def online(self, fact: Online) -> None:
        """Write that pages of somebody are connected to a node."""
        await note_online(self._deps.database, self.tell_presence, fact)

    async def offline(self, fact: Offline) -> None:
        """Write that none is any more."""
        await note_offline(self._deps.database, self.tell_presence, fact)

    async def observed(self, fact: Measured | Happened) -> None:
        """Keep a part of the call's story, to be written with others."""
        self.story.add(fact)

    async def said(self, fact: Said) -> datetime:
        """Keep a chat message and give the time under which it is kept; the same one twice is kept once.

        Raises Refused when its sender is not admitted, or the room has ended, before it was kept.
        """
        try:
            return await self._keep(fact)
        except IntegrityError:  # the same message was kept by another transaction meanwhile: this time it is found
            return await self._keep(fact)

    async def standing(self, room: str, participant: str) -> Place:
        """Give where somebody belongs by the rows."""
        async with self._deps.database.read() as session:
            seat = await seat_in_open_room(session, parse_id(room), parse_id(participant))
        if seat is None:
            return "ended"
        return "admitted" if seat.standing == "admitted" else "waiting"

    async def _keep(self, fact: Said) -> datetime:
        row_id = new_id()
        sealed = self._deps.keyring.seal(fact.text, field_name("chat_message", row_id, "text"))
        async with self._deps.database.write() as session:
            found = await speaker(session, parse_id(fact.room), parse_id(fact.participant), fact.id)
            if found and found.kept_at:
                return found.kept_at
            if found is None or not found.is_open or found.seat.standing != "admitted":
                raise Refused("not_admitted")
            session.add(_message(found.seat, row_id, fact, sealed))
            subject = Subject("ChatMessage", row_id, found.patient_id)
            note(session, fact.at, _actor(found.seat), "say", subject)
        return fact.at


def _actor(seat: Seat) -> Actor:
    roles = frozenset({Role.PATIENT}) if seat.patient_id else frozenset[Role]()
    return Actor(roles, seat.organization_id, seat.account_id, patient_id=seat.patient_id)


def _message(seat: Seat, row_id: UUID, fact: Said, sealed: bytes) -> ChatMessage:
    return ChatMessage(
        id=row_id,
        organization_id=seat.organization_id,
        room_id=seat.room_id,
        seat_id=seat.id,
        client_id=fact.id,
        text=sealed,
        sent_at=fact.at,
    )


async def _nobody(*_: object) -> None:
    return None
