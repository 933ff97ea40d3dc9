"""The talk of a case: who gets into its room, and its end."""

from typing import Any

import pytest

from server.calls import Room
from server.consults.incoming_actions import accept_consult
from server.consults.talk_actions import end_talk, talk_ticket
from server.kit import Forbidden, Gone, NotFound
from server.visits.actions import end_visit
from tests.cast import World
from tests.server.consults import asking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_both_clinicians_get_a_ticket_to_the_same_room(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    tickets = [
        await talk_ticket(world.deps, world.live, world.actors[name], consult_id) for name in ("pcp", "psychiatrist")
    ]
    assert len({str(ticket["room"]) for ticket in tickets}) == 1
    assert [ticket["standing"] for ticket in tickets] == ["admitted"] * 2


async def test_before_somebody_took_it_there_is_no_room(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    with pytest.raises(Gone):
        await talk_ticket(world.deps, world.live, world.actors["pcp"], consult_id)


async def test_nobody_else_gets_in(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    for name, error in (("caremanager", Forbidden), ("admin", Forbidden), ("outsider", NotFound)):
        with pytest.raises(error):
            await talk_ticket(world.deps, world.live, world.actors[name], consult_id)


async def test_ending_the_talk_ends_its_room_once(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    for _ in range(2):
        await end_talk(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    consult = await asking.row(world, consult_id)
    async with world.deps.database.read() as session:
        room = await session.get_one(Room, consult.room_id)
    assert (room.ended_at, consult.status) == (world.clock.now, "accepted")


async def test_a_visit_that_ended_meanwhile_gives_way_to_a_room_of_two(world: World) -> None:
    visit_id, link = await world.visit()
    await journey.waiting(world, link)
    about: dict[str, Any] = {"encounter_id": visit_id, "present": True, "agreed": True, "state": "MT"}
    consult_id = await asking.asked(world, await asking.service(world), **about)
    await end_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    answer = await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    assert (answer.won, answer.call) == (True, f"/consults/{consult_id}/call")
