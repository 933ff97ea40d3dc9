"""Rooms with people in them for tests, and a stand-in for signaling that notes what it is asked for."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from server.calls import Live, Person, Room, Seat, open_room, take_seat
from server.kit.ids import new_id
from signaling import Joined, Left, Said
from tests.cast import TEN, World


@dataclass
class Scene:
    """A room of the home organization with the PCP, who is admitted, and the patient, who waits."""

    room: Room
    pcp: Seat
    patient: Seat


async def scene(world: World) -> Scene:
    """Open a room and seat the two."""
    async with world.deps.database.write() as session:
        room = open_room(session, world.clinic.organization_id, world.clock.now)
        pcp = await take_seat(session, room, pcp_of(world), "admitted", world.clock.now)
        patient = await take_seat(session, room, patient_of(world), "waiting", world.clock.now)
    return Scene(room, pcp, patient)


def pcp_of(world: World) -> Person:
    """The PCP, as the others see her."""
    return Person("Dr. R. Okafor", "practitioner", account_id=world.accounts["pcp"].id)


def patient_of(world: World) -> Person:
    """The patient, as the others see her."""
    return Person("M. Alvarez", "patient", patient_id=world.patient.id)


async def fresh_seat(world: World, seat: Seat) -> Seat:
    """Read a seat's row afresh."""
    async with world.deps.database.read() as session:
        return await session.get_one(Seat, seat.id)


async def end(world: World, room: Room) -> None:
    """Write that a room has ended."""
    async with world.deps.database.write() as session:
        (await session.get_one(Room, room.id)).ended_at = world.clock.now


def joined(seat: Seat, connection: str = "c1") -> Joined:
    """Signaling's word that somebody is connected."""
    return Joined(str(seat.room_id), str(seat.id), "admitted", connection, TEN)


def left(seat: Seat, connection: str = "c1", at: datetime = TEN) -> Left:
    """Signaling's word that somebody is gone."""
    return Left(str(seat.room_id), str(seat.id), connection, at)


def said(seat: Seat, text: str = "Hello", ref: str = "m1", seconds: float = 0) -> Said:
    """Signaling's word that somebody wrote something."""
    return Said(str(seat.room_id), str(seat.id), ref, text, TEN + timedelta(seconds=seconds))


@dataclass
class Commands:
    """Takes commands and notes them, each with whether the seat was admitted or the room ended in the rows by then."""

    world: World
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def live(self) -> Live:
        """Give a live side whose commands end up here."""
        return replace(self.world.live, commands=self)

    async def admit(self, room: str, participant: str) -> None:
        async with self.world.deps.database.read() as session:
            seat = await session.get_one(Seat, UUID(participant))
        self.asked.append(("admit", room, participant, seat.standing))

    async def end(self, room: str) -> None:
        async with self.world.deps.database.read() as session:
            row = await session.get_one(Room, UUID(room))
        self.asked.append(("end", room, "ended" if row.ended_at else "open"))

    async def remove(self, room: str, participant: str, reason: str) -> None:
        self.asked.append(("remove", room, participant, reason))

    async def revoke(self, session: str) -> None:
        self.asked.append(("revoke", session))

    async def changed(self, audience: str, topic: str) -> None:
        self.asked.append(("changed", audience, topic))


def stranger(seat: Seat) -> Seat:
    """A seat that is in no table."""
    return seat.model_copy(update={"id": new_id()})
