"""Rooms and seats: one seat for each person, and no word to anybody before the rows are durable."""

import asyncio
from uuid import UUID

import pytest
from sqlmodel import select

from server.calls import Person, Room, Seat, admit_seat, end_room, open_room, room_of, take_seat
from server.kit.ids import new_id
from tests.cast import World
from tests.server.calls.rooms import Commands, fresh_seat, patient_of, pcp_of, scene

pytestmark = pytest.mark.anyio


async def sit_down(world: World, room_id: UUID, person: Person, standing: str) -> Seat:
    """Take a seat as pages do: in a transaction of one's own, behind the lock on the room."""
    async with world.deps.database.write() as session:
        room = await room_of(session, world.actors["pcp"], room_id)
        return await take_seat(session, room, person, standing, world.clock.now)


async def empty_room(world: World) -> Room:
    async with world.deps.database.write() as session:
        return open_room(session, world.clinic.organization_id, world.clock.now)


async def admit_and(world: World, commands: Commands, seat: Seat, *, fail: bool) -> None:
    async with world.deps.database.write() as session:
        admit_seat(session, commands.live(), await session.get_one(Seat, seat.id))
        assert commands.asked == [], "not before the commit"
        if fail:
            raise RuntimeError("the transaction fails")


async def end_and(world: World, commands: Commands, room: Room, *, fail: bool) -> None:
    async with world.deps.database.write() as session:
        end_room(session, commands.live(), await session.get_one(Room, room.id), world.clock.now)
        assert commands.asked == [], "not before the commit"
        if fail:
            raise RuntimeError("the transaction fails")


async def test_a_seat_is_taken_in_the_room_s_organization_with_name_role_and_standing(world: World) -> None:
    here = await scene(world)
    row = await fresh_seat(world, here.patient)
    assert (row.name, row.role, row.standing) == ("M. Alvarez", "patient", "waiting")
    assert (row.patient_id, row.account_id) == (world.patient.id, None)
    assert (row.organization_id, row.room_id) == (world.clinic.organization_id, here.room.id)
    assert (row.taken_at, row.connection) == (world.clock.now, None)


async def test_taking_a_seat_twice_gives_the_same_one_and_keeps_its_standing(world: World) -> None:
    here = await scene(world)
    again = await sit_down(world, here.room.id, patient_of(world), "admitted")
    assert (again.id, again.standing) == (here.patient.id, "waiting")


@pytest.mark.parametrize("person", [patient_of, pcp_of], ids=["patient", "pcp"])
async def test_ten_tabs_of_one_person_at_once_get_one_seat(world: World, person: object) -> None:
    who = patient_of(world) if person is patient_of else pcp_of(world)
    room = await empty_room(world)
    seats = await asyncio.gather(*(sit_down(world, room.id, who, "waiting") for _ in range(10)))
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(Seat).where(Seat.room_id == room.id))).all()
    assert len(rows) == 1
    assert {seat.id for seat in seats} == {rows[0].id}


async def test_the_same_person_has_another_seat_in_another_room(world: World) -> None:
    here, there = await scene(world), await scene(world)
    assert here.patient.id != there.patient.id


@pytest.mark.parametrize("both", [True, False])
def test_somebody_who_is_nobody_or_two_cannot_sit_down(both: bool) -> None:
    ids = {"account_id": new_id(), "patient_id": new_id()} if both else {}
    with pytest.raises(ValueError, match="either an account or a patient"):
        Person("Who", "patient", **ids)


async def test_the_word_to_come_in_follows_the_durable_row(world: World) -> None:
    here, commands = await scene(world), Commands(world)
    await admit_and(world, commands, here.patient, fail=False)
    assert commands.asked == [("admit", str(here.room.id), str(here.patient.id), "admitted")]


async def test_nobody_is_let_in_by_a_transaction_that_fails(world: World) -> None:
    here, commands = await scene(world), Commands(world)
    with pytest.raises(RuntimeError):
        await admit_and(world, commands, here.patient, fail=True)
    assert commands.asked == []
    assert (await fresh_seat(world, here.patient)).standing == "waiting"


async def test_people_are_sent_home_after_the_end_is_durable(world: World) -> None:
    here, commands = await scene(world), Commands(world)
    await end_and(world, commands, here.room, fail=False)
    assert commands.asked == [("end", str(here.room.id), "ended")]


async def test_nobody_is_sent_home_by_a_transaction_that_fails(world: World) -> None:
    here, commands = await scene(world), Commands(world)
    with pytest.raises(RuntimeError):
        await end_and(world, commands, here.room, fail=True)
    assert commands.asked == []
    async with world.deps.database.read() as session:
        assert (await session.get_one(Room, here.room.id)).ended_at is None
