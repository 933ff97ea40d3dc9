"""Rooms, seats and chat are given within the organization, and to signaling by the ids of a signed ticket."""

import pytest

from server.calls import CallFacts, Seat, chat_history, forget_connections, room_of, seats_of
from server.calls.store import seat_in_open_room, seat_in_room, speaker
from server.kit import NotFound
from server.kit.ids import new_id
from tests.cast import TEN, World
from tests.server.calls.rooms import end, fresh_seat, joined, said, scene

pytestmark = pytest.mark.anyio


async def test_a_room_is_given_to_its_organization_only(world: World) -> None:
    here = await scene(world)
    async with world.deps.database.write() as session:
        assert (await room_of(session, world.actors["pcp"], here.room.id)).id == here.room.id
        for actor, room_id in ((world.actors["outsider"], here.room.id), (world.actors["pcp"], new_id())):
            with pytest.raises(NotFound):
                await room_of(session, actor, room_id)


async def test_seats_come_in_the_order_in_which_they_were_taken(world: World) -> None:
    here = await scene(world)
    world.clock.pass_(minutes=-5)
    there = await scene(world)
    async with world.deps.database.read() as session:
        found = await seats_of(session, world.actors["pcp"], [here.room.id, there.room.id])
    assert {seat.id for seat in found[:2]} == {there.pcp.id, there.patient.id}
    assert {seat.id for seat in found[2:]} == {here.pcp.id, here.patient.id}


async def test_an_outsider_sees_neither_seats_nor_chat(world: World) -> None:
    here = await scene(world)
    await CallFacts(world.deps).said(said(here.pcp))
    async with world.deps.database.read() as session:
        assert await seats_of(session, world.actors["outsider"], [here.room.id]) == []
        assert await chat_history(session, world.actors["outsider"], world.deps.keyring, here.room.id) == []


async def test_chat_is_read_oldest_first_with_who_said_it(world: World) -> None:
    here, there, facts = await scene(world), await scene(world), CallFacts(world.deps)
    for number, text in enumerate(("three", "one", "two")):
        await facts.said(said(here.pcp, text, f"m{number}", seconds={"one": 1, "two": 2, "three": 3}[text]))
    await facts.said(said(there.pcp, "elsewhere"))
    async with world.deps.database.read() as session:
        lines = await chat_history(session, world.actors["pcp"], world.deps.keyring, here.room.id)
    assert [line.text for line in lines] == ["one", "two", "three"]
    assert (lines[0].client_id, lines[0].seat_id, lines[0].name) == ("m1", here.pcp.id, "Dr. R. Okafor")


async def test_a_seat_is_found_by_room_and_seat_and_an_open_one_only_while_the_room_is(world: World) -> None:
    here, there = await scene(world), await scene(world)
    async with world.deps.database.read() as session:
        assert await seat_in_open_room(session, here.room.id, here.pcp.id) is not None
        assert await seat_in_open_room(session, there.room.id, here.pcp.id) is None
        assert await seat_in_room(session, there.room.id, here.pcp.id) is None
        assert await seat_in_open_room(session, None, None) is None
        assert await seat_in_room(session, None, None) is None
    await end(world, here.room)
    async with world.deps.database.read() as session:
        assert await seat_in_open_room(session, here.room.id, here.pcp.id) is None
        assert await seat_in_room(session, here.room.id, here.pcp.id) is not None


async def test_a_message_is_known_by_its_sender_and_the_sender_s_id(world: World) -> None:
    here = await scene(world)
    await CallFacts(world.deps).said(said(here.pcp))
    async with world.deps.database.read() as session:
        known = await speaker(session, here.room.id, here.pcp.id, "m1")
        new = await speaker(session, here.room.id, here.pcp.id, "m2")
        other = await speaker(session, here.room.id, here.patient.id, "m1")
        nobody = [await speaker(session, room, here.pcp.id, "m1") for room in (None, new_id())]
    assert [who and (who.kept_at, who.patient_id) for who in (known, new, other, *nobody)] == [
        (TEN, world.patient.id),
        (None, world.patient.id),
        (None, world.patient.id),
        None,
        None,
    ]


async def test_who_speaks_in_a_room_that_has_ended_is_known_and_so_is_its_end(world: World) -> None:
    here = await scene(world)
    await end(world, here.room)
    async with world.deps.database.read() as session:
        who = await speaker(session, here.room.id, here.pcp.id, "m1")
    assert who
    assert (who.seat.id, who.is_open) == (here.pcp.id, False)


async def test_when_the_server_starts_nobody_is_connected(world: World) -> None:
    here, facts = await scene(world), CallFacts(world.deps)
    await facts.joined(joined(here.pcp))
    async with world.deps.database.write() as session:
        await forget_connections(session)
    seats: list[Seat] = [await fresh_seat(world, seat) for seat in (here.pcp, here.patient)]
    assert [seat.connection for seat in seats] == [None, None]
