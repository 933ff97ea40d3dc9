"""For whom a written case is, who may take it now, and whom it can be passed on to."""

import pytest

from server.consults.assignment_actions import pass_on
from server.consults.assignment_store import colleagues_for, could_take, groups_for, last_assignment, may_take
from tests.cast import World
from tests.server.consults.written_cases import asked, group, kept, taken

pytestmark = pytest.mark.anyio


async def test_a_case_is_for_all_who_matched_until_somebody_has_it(world: World) -> None:
    matched = {world.accounts["psychiatrist"].id}
    consult_id = await asked(world)
    async with world.deps.database.read() as session:
        found = await may_take(session, await kept(world, consult_id))
    assert found == matched | {world.accounts["rivera"].id}
    consult_id = await taken(world)
    async with world.deps.database.read() as session:
        consult = await kept(world, consult_id)
        assert await may_take(session, consult) == frozenset()
        assert await could_take(session, consult) == found
        assert await last_assignment(session, consult_id) is None


@pytest.mark.parametrize("status", ["ringing", "answered", "closed"])
async def test_a_case_that_is_not_written_is_for_nobody(world: World, status: str) -> None:
    consult_id = await asked(world, status=status)
    async with world.deps.database.read() as session:
        assert await could_take(session, await kept(world, consult_id)) == frozenset()


async def test_a_case_is_for_whom_it_was_given_to_last_and_never_for_who_asked(world: World) -> None:
    consult_id = await asked(world)
    service_id = (await kept(world, consult_id)).service_id
    team = await group(world, service_id, "rivera", "pcp")
    await pass_on(world.deps, world.live, world.actors["psychiatrist"], consult_id, team)
    async with world.deps.database.read() as session:
        assert await may_take(session, await kept(world, consult_id)) == {world.accounts["rivera"].id}
    await pass_on(world.deps, world.live, world.actors["rivera"], consult_id, world.accounts["psychiatrist"].id)
    async with world.deps.database.read() as session:
        assert await may_take(session, await kept(world, consult_id)) == {world.accounts["psychiatrist"].id}


async def test_it_can_be_passed_on_to_the_others_who_matched_and_to_groups_that_cover_it(world: World) -> None:
    consult_id, other_id = await asked(world), await asked(world)
    team = await group(world, (await kept(world, consult_id)).service_id, "rivera")
    me = world.accounts["psychiatrist"].id
    async with world.deps.database.read() as session:
        consult, other = await kept(world, consult_id), await kept(world, other_id)
        assert [id_ for id_, _ in await colleagues_for(session, consult, me)] == [world.accounts["rivera"].id]
        assert await groups_for(session, consult) == [(team, "Team")]
        assert await groups_for(session, other) == []
