"""An agenda shows content only to who may read the case, and a case's decisions stay to be read after it is over."""

import pytest

from server.access import Role
from server.consults.conference_actions import sign_decision
from server.consults.conference_store import agenda_of, decisions_on, item_of
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults import conferring, talking

pytestmark = pytest.mark.anyio


async def test_who_may_not_read_the_case_sees_the_service_only(world: World) -> None:
    await world.hire("visitor", Role.SPECIALIST, world.clinic, "MT", covers=False)
    consult_id = await talking.taken(world)
    meeting = await conferring.met(world, "pcp", "visitor")
    (place,) = await conferring.placed(world, meeting, consult_id)
    await sign_decision(world.deps, world.actors["pcp"], meeting, place, "Taper")
    async with world.deps.database.read() as session:
        (mine,) = await agenda_of(session, world.actors["pcp"], world.deps.keyring, meeting)
        (theirs,) = await agenda_of(session, world.actors["visitor"], world.deps.keyring, meeting)
        with pytest.raises(Forbidden):
            await item_of(session, world.actors["visitor"], meeting, place)
        with pytest.raises(NotFound):
            await item_of(session, world.actors["pcp"], new_id(), place)
        assert await agenda_of(session, world.actors["outsider"], world.deps.keyring, meeting) == []
    assert (mine.decision, mine.case is not None) == ("Taper", True)
    assert (theirs.decision, theirs.case, theirs.service == mine.service) == ("", None, True)


async def test_the_decisions_on_a_case_come_the_latest_first(world: World) -> None:
    consult_id = await talking.taken(world)
    for text in ("Taper", "Switch"):
        meeting = await conferring.met(world, "pcp")
        (place,) = await conferring.placed(world, meeting, consult_id)
        await sign_decision(world.deps, world.actors["pcp"], meeting, place, text)
        world.clock.pass_(hours=1)
    async with world.deps.database.read() as session:
        found = await decisions_on(session, world.deps.keyring, consult_id)
        assert await decisions_on(session, world.deps.keyring, new_id()) == []
    assert [text for _, text in found] == ["Switch", "Taper"]
