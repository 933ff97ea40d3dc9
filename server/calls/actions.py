"""Opening rooms, taking seats, admitting and ending: in the caller's transaction, and people are woken after it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.calls.hub import Live
from server.calls.tables import Room, Seat
from server.db import after_commit
from server.kit.ids import new_id
from signaling import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits down: a member of staff or a patient, with the name and role that the others see."""

    name: str
    role: Role
    account_id: UUID | None = None
    patient_id: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse a person who is nobody, or two: the look-up of their seat would find somebody else's."""
        if (self.account_id is None) is (self.patient_id is None):
            raise ValueError("a person is either an account or a patient")


def open_room(session: AsyncSession, organization_id: UUID, now: datetime) -> Room:
    """Add a room to the caller's transaction."""
    room = Room(id=new_id(), organization_id=organization_id, opened_at=now)
    session.add(room)
    return room


async def take_seat(session: AsyncSession, room: Room, person: Person, standing: str, now: datetime) -> Seat:
    """Give the person's seat in a room, taking one with this standing when there is none yet.

    The room is locked by the caller, so that two tabs of one person get one seat. A seat keeps its standing.
    """
    query = select(Seat).where(Seat.room_id == room.id)
    if person.account_id is not None:
        query = query.where(Seat.account_id == person.account_id)
    else:
        query = query.where(Seat.patient_id == person.patient_id)
    seat = (await session.exec(query)).first()
    if seat is not None:
        return seat
    seat = Seat(
        id=new_id(),
        organization_id=room.organization_id,
        room_id=room.id,
        account_id=person.account_id,
        patient_id=person.patient_id,
        role=person.role,
        name=person.name,
        standing=standing,
        taken_at=now,
    )
    session.add(seat)
    return seat


def admit_seat(session: AsyncSession, live: Live, seat: Seat) -> None:
    """Let a waiting person in: the row now, the word to their page once it is durable."""
    seat.standing = "admitted"
    after_commit(session, lambda: live.commands.admit(str(seat.room_id), str(seat.id)))


def end_room(session: AsyncSession, live: Live, room: Room, now: datetime) -> None:
    """Close a room for everybody."""
    room.ended_at = now
    after_commit(session, lambda: live.commands.end(str(room.id)))
