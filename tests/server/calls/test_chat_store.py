"""Rooms with chat that is due are found, of all organizations, and no others."""

import pytest

from server.calls import CallFacts
from server.calls.chat_store import rooms_with_old_chat
from tests.cast import World
from tests.server.calls.rooms import end, said, scene

pytestmark = pytest.mark.anyio


async def test_rooms_that_ended_in_time_and_have_chat_are_due_and_no_more_than_asked_for(world: World) -> None:
    silent, first, second = await scene(world), await scene(world), await scene(world)
    for here in (first, second):
        await CallFacts(world.deps).said(said(here.pcp))
    for here in (silent, first, second):
        await end(world, here.room)
    home = world.clinic.organization_id
    async with world.deps.database.read() as session:
        found = await rooms_with_old_chat(session, world.clock.now, 10)
        assert set(map(tuple, found)) == {(first.room.id, home), (second.room.id, home)}
        assert len(await rooms_with_old_chat(session, world.clock.now, 1)) == 1
        world.clock.pass_(seconds=-1)
        assert await rooms_with_old_chat(session, world.clock.now, 10) == []
