"""A node keeps its lease; what a dead one left behind is cleared once, by whoever comes first."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from server.calls import CallFacts, keep_node
from server.calls.presence_actions import set_availability
from server.calls.presence_rules import Choice, Shown
from server.calls.presence_store import own_choice
from server.calls.tables import Node
from server.jobs import database_now
from tests.cast import World
from tests.server.calls.presence import come, lease, nodes, presences, state_of
from tests.server.calls.rooms import Commands, fresh_seat, joined, scene

pytestmark = pytest.mark.anyio


async def test_a_node_has_a_lease_of_five_seconds_and_lengthens_it(world: World) -> None:
    await keep_node(world.deps, world.live)
    await lease(world, world.live.hub.id, 0.5)
    await keep_node(world.deps, world.live)
    async with world.deps.database.read() as session:
        row = await session.get_one(Node, world.live.hub.id)
        assert 4 < (row.leased_until - await database_now(session)).total_seconds() <= 5


async def test_what_a_dead_node_held_is_cleared_after_lease_and_grace_and_told(world: World) -> None:
    here, facts, commands = await scene(world), CallFacts(world.deps), Commands(world)
    await facts.joined(joined(here.patient, "dead-aa"))
    await facts.joined(joined(here.pcp, "n2-bb"))
    await come(world, "psychiatrist", "dead")
    await lease(world, "n2")
    await lease(world, "dead", -9)
    await keep_node(world.deps, commands.live())
    assert (await fresh_seat(world, here.patient)).connection == "dead-aa"

    await lease(world, "dead", -11)
    await keep_node(world.deps, commands.live())
    patient = await fresh_seat(world, here.patient)
    assert (patient.connection, patient.left_at) == (None, world.clock.now)
    assert (await fresh_seat(world, here.pcp)).connection == "n2-bb"
    assert [row.gone_at is None for row in await presences(world)] == [False]
    assert await nodes(world) == {"n2", world.live.hub.id}
    audience = f"organization:{world.clinic.organization_id}"
    assert sorted(commands.asked) == [("changed", audience, "presence"), ("changed", audience, "today")]


async def test_of_several_nodes_that_look_at_once_one_clears(world: World) -> None:
    await come(world, "pcp", "dead")
    await lease(world, "dead", -11)
    await keep_node(world.deps, world.live)
    await lease(world, "dead", -11)
    commands = Commands(world)
    await come(world, "psychiatrist", "dead")
    await asyncio.gather(*(keep_node(world.deps, commands.live()) for _ in range(5)))
    assert len(commands.asked) == 1


async def test_a_node_that_was_taken_for_dead_says_again_who_is_connected_to_it(world: World) -> None:
    class Hub:
        id = "n1"
        again = 0

        def report_lobbies(self) -> None:
            self.again += 1

    hub: Any = Hub()
    live = replace(world.live, hub=hub)
    await keep_node(world.deps, live)
    await keep_node(world.deps, live)
    assert hub.again == 1
    await lease(world, "n1", -11)
    await keep_node(world.deps, world.live)
    await keep_node(world.deps, live)
    assert hub.again == 2


async def test_what_a_person_says_is_kept_and_told_also_when_two_pages_say_it_at_once(world: World) -> None:
    commands, pcp = Commands(world), world.actors["pcp"]
    await asyncio.gather(*(set_availability(world.deps, commands.live(), pcp, Choice(Shown.BUSY)) for _ in range(5)))
    async with world.deps.database.read() as session:
        row = await own_choice(session, pcp)
    assert row is not None
    assert row.status == "busy"
    assert set(commands.asked) == {("changed", f"organization:{pcp.organization_id}", "presence")}
    assert await state_of(world) == "offline"
