"""A node keeps its lease; what a dead one left behind is cleared once, by whoever comes first."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.calls import CallFacts, Idleness, keep_node
from server.calls.presence_actions import set_availability
from server.calls.presence_rules import Choice, Shown
from server.calls.presence_store import own_choice
from server.calls.tables import Node
from server.identity import PageSession
from server.jobs import database_now
from signaling import Hub
from tests.cast import World
from tests.server.calls.presence import come, lease, nodes, presences, state_of
from tests.server.calls.rooms import Commands, fresh_seat, joined, scene
from tests.server.identity.sessions import begin

pytestmark = pytest.mark.anyio


def own_hub(world: World) -> Hub:
    assert world.live.hub is not None
    return world.live.hub


async def test_a_node_has_a_lease_of_five_seconds_and_lengthens_it(world: World) -> None:
    await keep_node(world.deps, world.live)
    await lease(world, own_hub(world).id, 0.5)
    await keep_node(world.deps, world.live)
    async with world.deps.database.read() as session:
        row = await session.get_one(Node, own_hub(world).id)
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
    assert await nodes(world) == {"n2", own_hub(world).id}
    audience = f"organization:{world.clinic.organization_id}"
    assert sorted(commands.asked) == [("changed", audience, "presence"), ("changed", audience, "today")]


async def test_of_several_nodes_that_look_at_once_one_clears(world: World) -> None:
    await come(world, "pcp", "dead")
    await lease(world, "dead", -11)
    await keep_node(world.deps, world.live)
    await lease(world, "dead", -11)
    world.clock.pass_(seconds=1)
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


async def test_a_node_that_is_sure_for_less_is_written_down_for_less(world: World) -> None:
    class Elsewhere:
        async def nodes(self) -> dict[str, timedelta]:
            return {"apart": timedelta(seconds=2)}

    elsewhere: Any = Elsewhere()
    await keep_node(world.deps, replace(world.live, hub=None, backplane=elsewhere))
    async with world.deps.database.read() as session:
        row = await session.get_one(Node, "apart")
        assert 1 < (row.leased_until - await database_now(session)).total_seconds() <= 2


async def test_colleagues_hear_at_once_who_went_from_the_keyboard_and_who_is_back(world: World) -> None:
    commands, minutes = Commands(world), world.deps.settings.session_idle_minutes
    node, audience = own_hub(world).id, f"organization:{world.clinic.organization_id}"
    live = replace(commands.live(), hub=own_hub(world))
    await keep_node(world.deps, live)
    await come(world, "pcp", node)
    await come(world, "psychiatrist", "another")
    sitting = await begin(world)
    await begin(world, "psychiatrist")
    commands.asked.clear()
    idleness = Idleness(world.deps, live)
    await idleness.look()
    assert commands.asked == []

    world.clock.pass_(minutes=minutes + 1)
    await lease(world, node)
    for _ in range(2):
        await idleness.look()
    assert commands.asked == [("changed", audience, "presence")]  # once, and only of who is connected here
    assert await state_of(world) == "away"

    world.clock.pass_(seconds=1)
    async with world.deps.database.write() as session:
        (await session.get_one(PageSession, sitting.session_id)).seen_at = world.clock.now
    for _ in range(2):
        await idleness.look()
    assert commands.asked == [("changed", audience, "presence")] * 2
    assert await state_of(world) == "available"


async def test_what_a_person_says_is_kept_and_told_also_when_two_pages_say_it_at_once(world: World) -> None:
    commands, pcp = Commands(world), world.actors["pcp"]
    await asyncio.gather(*(set_availability(world.deps, commands.live(), pcp, Choice(Shown.BUSY)) for _ in range(5)))
    async with world.deps.database.read() as session:
        row = await own_choice(session, pcp)
    assert row is not None
    assert row.status == "busy"
    assert set(commands.asked) == {("changed", f"organization:{pcp.organization_id}", "presence")}
    assert await state_of(world) == "offline"
