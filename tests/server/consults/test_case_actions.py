"""What the requester does with a case."""

import pytest

from server.consults.case_actions import cancel_consult, decide_offer, raise_urgency, ring_again, switch_to_written
from server.consults.incoming_actions import accept_consult, offer_minutes
from server.consults.service_rules import Urgency
from server.kit import Conflict, Forbidden, NotFound
from tests.cast import World
from tests.server.consults import asking

pytestmark = pytest.mark.anyio


async def test_a_raised_urgency_begins_the_path_for_it(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world), urgency=Urgency.SOON)
    await raise_urgency(world.deps, world.live, world.actors["pcp"], consult_id, Urgency.NOW)
    consult = await asking.row(world, consult_id)
    assert (consult.urgency, consult.status) == ("now", "ringing")


async def test_what_is_as_urgent_already_is_not_raised(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    with pytest.raises(Conflict):
        await raise_urgency(world.deps, world.live, world.actors["pcp"], consult_id, Urgency.SOON)
    assert (await asking.row(world, consult_id)).urgency == "now"


async def test_a_case_that_rings_is_made_a_written_one_and_back(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await switch_to_written(world.deps, world.live, world.actors["pcp"], consult_id)
    assert (await asking.row(world, consult_id)).status == "written"
    await ring_again(world.deps, world.live, world.actors["pcp"], consult_id)
    assert await asking.rings(world, consult_id) == [("psychiatrist", "withdrawn"), ("psychiatrist", "")]
    assert await asking.events(world, consult_id) == ["asked", "chose-written", "written", "rings-again"]


async def test_a_case_that_was_taken_is_not_taken_back(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    with pytest.raises(Conflict):
        await cancel_consult(world.deps, world.live, world.actors["pcp"], consult_id)


async def test_the_requester_waits_for_somebody_who_comes_later(world: World) -> None:
    await asking.specialists(world, "second")
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second"))
    number = await asking.number_of(world, consult_id, "psychiatrist")
    await offer_minutes(world.deps, world.live, world.actors["psychiatrist"], consult_id, number, 5)
    await decide_offer(world.deps, world.live, world.actors["pcp"], consult_id, number, wait=True)
    assert dict(await asking.rings(world, consult_id)) == {"psychiatrist": "offered", "second": "withdrawn"}


async def test_an_offer_that_is_refused_is_gone(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await offer_minutes(world.deps, world.live, world.actors["psychiatrist"], consult_id, 1, 5)
    await decide_offer(world.deps, world.live, world.actors["pcp"], consult_id, 1, wait=False)
    with pytest.raises(Conflict):
        await decide_offer(world.deps, world.live, world.actors["pcp"], consult_id, 1, wait=True)


async def test_only_who_asked_decides(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    with pytest.raises(Forbidden):
        await cancel_consult(world.deps, world.live, world.actors["caremanager"], consult_id)
    with pytest.raises(NotFound):
        await cancel_consult(world.deps, world.live, world.actors["outsider"], consult_id)
