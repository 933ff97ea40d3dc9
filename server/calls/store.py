"""Queries of rooms, seats and chat. Who may ask for a room is decided by the feature that the room belongs to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.calls.tables import ChatMessage, Room, Seat
from server.kit import Keyring, NotFound, field_name


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One message, opened. `client_id` and `seat_id` together name it on the wire."""

    client_id: str
    seat_id: UUID
    name: str
    text: str
    sent_at: datetime


async def room_of(session: AsyncSession, actor: Actor, room_id: UUID) -> Room:
    """Give a room of the actor's organization, for change. Raises NotFound."""
    query = select(Room).where(Room.id == room_id, Room.organization_id == actor.organization_id).with_for_update()
    room = (await session.exec(query)).first()
    if room is None:
        raise NotFound
    return room


async def seats_of(session: AsyncSession, actor: Actor, room_ids: Collection[UUID]) -> Sequence[Seat]:
    """Give all seats of several rooms of the actor's organization, in the order in which they were taken."""
    query = select(Seat).where(col(Seat.room_id).in_(room_ids), Seat.organization_id == actor.organization_id)
    return (await session.exec(query.order_by(col(Seat.taken_at), col(Seat.id)))).all()


async def chat_history(session: AsyncSession, actor: Actor, keyring: Keyring, room_id: UUID) -> list[ChatLine]:
    """Give what was written in a room, oldest first."""
    query = (
        select(ChatMessage, Seat.name)
        .join(Seat, col(Seat.id) == ChatMessage.seat_id)
        .where(ChatMessage.room_id == room_id, ChatMessage.organization_id == actor.organization_id)
        .order_by(col(ChatMessage.sent_at), col(ChatMessage.id))
    )
    rows = (await session.exec(query)).all()
    return [ChatLine(row.client_id, row.seat_id, name, _opened(keyring, row), row.sent_at) for row, name in rows]


async def seat_in_room(session: AsyncSession, room_id: UUID | None, seat_id: UUID | None) -> Seat | None:
    """Give a seat, also after its room has ended, for what signaling reports; the ids come from a signed ticket."""
    return (await session.exec(select(Seat).where(Seat.id == seat_id, Seat.room_id == room_id))).first()


async def seat_in_open_room(session: AsyncSession, room_id: UUID | None, seat_id: UUID | None) -> Seat | None:
    """Give a seat while its room is open, for what signaling reports; the ids come from a signed ticket."""
    query = (
        select(Seat)
        .join(Room, col(Room.id) == Seat.room_id)
        .where(Seat.id == seat_id, Seat.room_id == room_id, col(Room.ended_at).is_(None))
    )
    return (await session.exec(query)).first()


@dataclass(frozen=True, slots=True)
class Speaker:
    """A seat for somebody who says something: of which patient the visit is, and when that was kept, if it was."""

    seat: Seat
    is_open: bool
    patient_id: UUID | None
    kept_at: datetime | None


async def speaker(session: AsyncSession, room_id: UUID | None, seat_id: UUID | None, client_id: str) -> Speaker | None:
    """Give who says something, all that is needed in one look; the ids come from a signed ticket and the sender."""
    others = aliased(Seat)
    patient = select(others.patient_id).where(others.room_id == Room.id, col(others.patient_id).is_not(None)).limit(1)
    kept = select(ChatMessage.sent_at).where(ChatMessage.seat_id == Seat.id, ChatMessage.client_id == client_id)
    query = (
        select(Seat, Room.ended_at, patient.scalar_subquery(), kept.scalar_subquery())
        .join(Room, col(Room.id) == Seat.room_id)
        .where(Seat.id == seat_id, Seat.room_id == room_id)
    )
    row = (await session.exec(query)).first()
    if row is None:
        return None
    seat, ended_at, patient_id, kept_at = row
    return Speaker(seat, ended_at is None, patient_id, kept_at)


async def patient_in_room(session: AsyncSession, room_id: UUID) -> UUID | None:
    """Give whose visit a room is of, for the audit trail; the room was found by a seat in it before."""
    query = select(Seat.patient_id).where(Seat.room_id == room_id, col(Seat.patient_id).is_not(None))
    return (await session.exec(query.limit(1))).first()


async def forget_connections(session: AsyncSession) -> None:
    """Mark every seat as not connected: at the start of the only process, nobody is."""
    await session.exec(update(Seat).where(col(Seat.connection).is_not(None)).values(connection=None))


def _opened(keyring: Keyring, row: ChatMessage) -> str:
    return keyring.open(row.text, field_name("chat_message", row.id, "text"))
