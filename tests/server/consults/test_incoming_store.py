"""What rings somebody now, and what they missed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.consults.case_actions import cancel_consult
from server.consults.incoming_actions import accept_consult, close_missed, decline_consult, offer_minutes
from server.consults.incoming_store import Incoming, awaited_by, missed_by, own_ring, promised_by, rings_for
from server.kit import NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults import asking, talking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

LADDER = (("person", ("psychiatrist",), 30), ("person", ("second",), 60))


async def test_a_ring_names_who_asks_and_the_colleagues_to_suggest(world: World) -> None:
    await asking.specialists(world, "second")
    await asking.asked(world, await asking.service(world, "psychiatrist", "second", steps=LADDER))
    async with world.deps.database.read() as session:
        (ring,) = await rings_for(session, world.actors["psychiatrist"])
        assert await rings_for(session, world.actors["second"]) == []
    assert (ring.requester, ring.clinic.name, ring.seconds_left(world.clock.now)) == (
        "Dr. R. Okafor",
        world.clinic.name,
        30,
    )
    assert [id_ for id_, _ in ring.colleagues] == [world.accounts["second"].id]


async def test_a_ring_that_nobody_answered_is_missed_until_it_is_read(world: World) -> None:
    await asking.asked(world, await asking.service(world))
    await asking.work(world, seconds=60)
    psychiatrist = world.actors["psychiatrist"]
    async with world.deps.database.read() as session:
        (missed,) = await missed_by(session, psychiatrist, world.clock.now)
    assert (missed.may_be_taken, missed.taken_by) == (False, "")
    await close_missed(world.deps, psychiatrist, missed.ring.id)
    async with world.deps.database.read() as session:
        assert await missed_by(session, psychiatrist, world.clock.now) == []


async def test_who_missed_a_ring_reads_who_took_it(world: World) -> None:
    await asking.specialists(world, "second")
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second", steps=LADDER))
    await asking.work(world, seconds=30)
    async with world.deps.database.read() as session:
        (before,) = await missed_by(session, world.actors["psychiatrist"], world.clock.now)
    await accept_consult(world.deps, world.live, world.actors["second"], consult_id)
    async with world.deps.database.read() as session:
        (after,) = await missed_by(session, world.actors["psychiatrist"], world.clock.now)
    assert (before.may_be_taken, after.may_be_taken, after.taken_by) == (True, False, "S. Hired")


async def test_what_one_missed_is_told_for_a_day(world: World) -> None:
    await asking.asked(world, await asking.service(world))
    await asking.work(world, seconds=60)
    world.clock.pass_(hours=25)
    async with world.deps.database.read() as session:
        assert await missed_by(session, world.actors["psychiatrist"], world.clock.now) == []


async def test_a_ring_is_found_by_whom_it_rings(world: World) -> None:
    await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        (ring,) = await rings_for(session, world.actors["psychiatrist"])
        assert await own_ring(session, world.actors["psychiatrist"], ring.ring.id) == ring.ring
        for who, ring_id in (("pcp", ring.ring.id), ("psychiatrist", new_id()), ("psychiatrist", None)):
            with pytest.raises(NotFound):
                await own_ring(session, world.actors[who], ring_id)


async def offered(world: World) -> UUID:
    """Have the psychiatrist say that they come in five minutes; gives the case."""
    consult_id = await asking.asked(world, await asking.service(world))
    number = await asking.number_of(world, consult_id, "psychiatrist")
    await offer_minutes(world.deps, world.live, world.actors["psychiatrist"], consult_id, number, 5)
    return consult_id


async def promised(world: World) -> list[Incoming]:
    async with world.deps.database.read() as session:
        return await promised_by(session, world.actors["psychiatrist"], world.clock.now)


async def test_who_said_that_they_come_reads_when_until_they_are_rung_again(world: World) -> None:
    said = world.clock.now
    await offered(world)
    (one,) = await promised(world)
    assert one.promise is not None
    assert (one.promise.at - said, one.requester) == (timedelta(minutes=5), "Dr. R. Okafor")
    await asking.work(world, seconds=300)
    assert await promised(world) == []


async def test_who_said_that_they_come_and_came_has_nothing_left_to_read(world: World) -> None:
    consult_id = await offered(world)
    assert (await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)).won
    assert await promised(world) == []


async def test_who_is_needed_no_more_reads_that_once(world: World) -> None:
    consult_id = await offered(world)
    await cancel_consult(world.deps, world.live, world.actors["pcp"], consult_id)
    (one,) = await promised(world)
    assert (one.promise, one.may_be_taken) == (None, False)
    await close_missed(world.deps, world.actors["psychiatrist"], one.ring.id)
    assert await promised(world) == []


async def test_who_cannot_come_after_all_has_declined(world: World) -> None:
    consult_id = await offered(world)
    number = await asking.number_of(world, consult_id, "psychiatrist")
    await decline_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id, number, "other", "")
    assert await asking.rings(world, consult_id) == [("psychiatrist", "declined")]
    assert await promised(world) == []


async def _awaited(world: World, name: str) -> list[str]:
    async with world.deps.database.read() as session:
        return [one.requester for one in await awaited_by(session, world.actors[name], world.clock.now)]


async def test_who_accepted_and_never_came_is_awaited_after_a_moment(world: World) -> None:
    await talking.taken(world)
    on_the_way = await _awaited(world, "psychiatrist")
    world.clock.pass_(seconds=11)
    assert (on_the_way, await _awaited(world, "psychiatrist")) == ([], ["Dr. R. Okafor"])
    assert await _awaited(world, "pcp") == []


async def test_who_came_is_awaited_no_more_even_when_they_left(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.comes(world, consult_id, "psychiatrist")
    await talking.goes(world, consult_id, "psychiatrist")
    world.clock.pass_(seconds=11)
    assert await _awaited(world, "psychiatrist") == []


async def test_nobody_is_awaited_in_a_talk_that_is_over(world: World) -> None:
    consult_id = await talking.taken(world)
    await asking.talk_ended(world, consult_id)
    world.clock.pass_(seconds=11)
    assert await _awaited(world, "psychiatrist") == []


async def test_nobody_is_awaited_for_ever(world: World) -> None:
    await talking.taken(world)
    world.clock.pass_(minutes=16)
    assert await _awaited(world, "psychiatrist") == []


async def test_who_accepted_into_a_visit_is_awaited_there(world: World) -> None:
    visit_id, link = await world.visit()
    await journey.waiting(world, link)
    await talking.taken(
        world, encounter_id=visit_id, patient_id=world.patient.id, present=True, agreed=True, state="MT"
    )
    world.clock.pass_(seconds=11)
    assert await _awaited(world, "psychiatrist") == ["Dr. R. Okafor"]


async def test_who_was_in_the_visit_for_a_case_before_is_awaited_there_again(world: World) -> None:
    visit_id, link = await world.visit()
    await journey.waiting(world, link)
    made = await asking.service(world)
    about: dict[str, Any] = {"encounter_id": visit_id, "present": True, "agreed": True, "state": "MT"}
    for _ in range(2):
        consult_id = await asking.asked(world, made, **about)
        assert (await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)).won
        world.clock.pass_(seconds=11)
        assert await _awaited(world, "psychiatrist") == ["Dr. R. Okafor"]
        await talking.comes(world, consult_id, "psychiatrist")
        assert await _awaited(world, "psychiatrist") == []
        await talking.goes(world, consult_id, "psychiatrist")
        world.clock.pass_(seconds=11)
