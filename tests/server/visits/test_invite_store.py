"""Whom a clinician may ask into a visit."""

import pytest

from server.access import Action
from server.visits.invite_store import may_be_invited
from server.visits.store import visit_by_id
from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_colleagues_by_name_who_sign_in_and_are_not_in_it_yet(world: World) -> None:
    visit_id, _ = await world.visit()
    actor = world.actors["pcp"]
    async with world.deps.database.write() as session:
        visit = await visit_by_id(session, actor, Action.CONDUCT_VISIT, visit_id)
        assert [one.family_name for one in await may_be_invited(session, actor, visit)] == ["Brandt", "Reyes"]
        (await session.merge(world.practitioners["caremanager"])).account_id = None
        await session.flush()
        assert [one.family_name for one in await may_be_invited(session, actor, visit)] == ["Brandt"]
