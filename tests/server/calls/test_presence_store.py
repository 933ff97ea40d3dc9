"""Who is there is told to the organization alone, by leases that are alive, calls, idleness and what people say."""

from datetime import timedelta

import pytest
from sqlmodel import select

from server.access import Role
from server.calls import CallFacts
from server.calls.presence_rules import Choice, Shown
from server.calls.presence_store import (
    choice_of,
    keep_choice,
    own_choice,
    presence_at,
    presence_of,
    present_at,
    seats_held_by,
    stale_nodes,
)
from server.calls.tables import Node
from server.identity import Account, Membership
from server.jobs import database_now
from tests.cast import TEN, World
from tests.server.calls.presence import come, go, lease, presences, seen_by, state_of
from tests.server.calls.rooms import end, joined, left, scene

pytestmark = pytest.mark.anyio


async def say(world: World, who: str, choice: Choice) -> None:
    async with world.deps.database.write() as session:
        await keep_choice(session, world.actors[who], choice, world.clock.now)


async def test_who_has_a_page_open_at_a_living_node_is_available(world: World) -> None:
    await lease(world, "n1")
    assert await state_of(world) == "offline"
    await come(world, "pcp")
    assert await state_of(world) == "available"
    await go(world, "pcp")
    assert await state_of(world) == "offline"


async def test_a_dead_node_s_people_are_offline_once_its_lease_and_the_grace_are_over(world: World) -> None:
    await come(world, "pcp")
    await lease(world, "n1", -9)
    assert await state_of(world) == "available"
    await lease(world, "n1", -10)
    assert await state_of(world) == "offline"


async def test_who_is_at_another_node_too_is_still_there(world: World) -> None:
    await lease(world, "n1")
    await lease(world, "n2")
    await come(world, "pcp", "n1")
    await come(world, "pcp", "n2")
    await go(world, "pcp", "n1")
    assert await state_of(world) == "available"


async def test_who_is_connected_to_a_call_is_in_a_call_until_they_leave_or_it_ends(world: World) -> None:
    here, there, facts = await scene(world), await scene(world), CallFacts(world.deps)
    await facts.joined(joined(here.pcp))
    assert await state_of(world) == "in-call"
    await facts.left(left(here.pcp, at=TEN + timedelta(minutes=5)))
    assert (await seen_by(world))["Dr. Rose Okafor"].last_seen == TEN + timedelta(minutes=5)
    await facts.joined(joined(there.pcp))
    await end(world, there.room)
    assert await state_of(world) == "offline"


async def test_who_left_all_pages_alone_is_away(world: World) -> None:
    await lease(world, "n1")
    await world.signed_in("pcp")
    await come(world, "pcp")
    world.clock.pass_(minutes=29)
    assert await state_of(world) == "available"
    world.clock.pass_(minutes=1)
    assert await state_of(world) == "away"
    await world.signed_in("pcp")
    assert await state_of(world) == "available"


async def test_what_a_person_says_holds_in_their_organization_and_until_its_end(world: World) -> None:
    await lease(world, "n1")
    await come(world, "pcp")
    await say(world, "pcp", Choice(Shown.AWAY))
    until = TEN + timedelta(hours=4)
    await say(world, "pcp", Choice(Shown.BUSY, until))
    colleague = (await seen_by(world))["Dr. Rose Okafor"]
    assert (colleague.state, colleague.until) == ("busy", until)
    async with world.deps.database.read() as session:
        assert choice_of(await own_choice(session, world.actors["pcp"])) == Choice(Shown.BUSY, until)
        assert choice_of(await own_choice(session, world.actors["psychiatrist"])) == Choice()
    world.clock.pass_(hours=4)
    colleague = (await seen_by(world))["Dr. Rose Okafor"]
    assert (colleague.state, colleague.until) == ("available", None)


async def test_clinicians_of_the_own_organization_are_shown_those_who_are_there_first(world: World) -> None:
    await lease(world, "n1")
    await come(world, "psychiatrist")
    found = await seen_by(world)
    assert list(found) == ["Dr. Lena Brandt", "Dr. Rose Okafor", "Tomas Reyes"]
    assert found["Dr. Lena Brandt"].roles == {Role.SPECIALIST}


async def test_an_outsider_sees_nobody_of_another_organization(world: World) -> None:
    await lease(world, "n1")
    await come(world, "pcp")
    assert list(await seen_by(world, "outsider")) == ["Dr. Omar Farouk"]


async def test_who_was_disabled_is_no_colleague_any_more(world: World) -> None:
    async with world.deps.database.write() as session:
        (await session.get_one(Account, world.accounts["pcp"].id)).disabled_at = TEN
        query = select(Membership).where(Membership.account_id == world.accounts["caremanager"].id)
        (await session.exec(query)).one().disabled_at = TEN
    assert list(await seen_by(world)) == ["Dr. Lena Brandt"]


async def test_what_a_node_holds_is_found_by_its_name(world: World) -> None:
    here, facts = await scene(world), CallFacts(world.deps)
    await facts.joined(joined(here.pcp, "n1-aa"))
    await facts.joined(joined(here.patient, "n11-bb"))
    await come(world, "pcp", "n1")
    await come(world, "psychiatrist", "n2")
    await lease(world, "n1", -11)
    await lease(world, "n2", -4)
    async with world.deps.database.write() as session:
        assert [seat.id for seat in await seats_held_by(session, "n1")] == [here.pcp.id]
        assert [row.account_id for row in await present_at(session, "n1")] == [world.accounts["pcp"].id]
        assert [node.id for node in await stale_nodes(session, await database_now(session))] == ["n1"]
        assert await presence_at(session, world.accounts["pcp"].id, "n2") is None
        assert (await session.get_one(Node, "n2")).id == "n2"
    assert len(await presences(world)) == 2


async def test_of_a_few_accounts_only_these_are_looked_at(world: World) -> None:
    await lease(world, "n1")
    await come(world, "psychiatrist")
    wanted = {world.accounts[name].id for name in ("psychiatrist", "caremanager")}
    async with world.deps.database.read() as session:
        found = await presence_of(session, world.deps, world.actors["pcp"], wanted)
    assert {
        world.accounts["psychiatrist"].id: Shown.AVAILABLE,
        world.accounts["caremanager"].id: Shown.OFFLINE,
    } == found
