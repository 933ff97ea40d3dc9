"""For how long somebody was connected is written as signaling reports it, and what is not known is not counted."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from server.calls import CallFacts, Seat, Stay, stays_in
from server.calls.stay_store import end_stays_at
from server.calls.tables import CallQuality
from server.kit.ids import new_id
from tests.cast import TEN, World
from tests.server.calls.rooms import Scene, joined, left, scene

pytestmark = pytest.mark.anyio

LATER = TEN + timedelta(minutes=5)


async def stays(world: World, at: Scene, who: str = "pcp") -> list[Stay]:
    async with world.deps.database.read() as session:
        return (await stays_in(session, world.actors[who], [at.room.id])).get(at.room.id, [])


async def test_a_stay_lasts_from_coming_until_going(world: World) -> None:
    at, facts = await scene(world), CallFacts(world.deps)
    await facts.joined(joined(at.pcp))
    who = world.accounts["pcp"].id
    assert await stays(world, at) == [Stay(who, TEN, None)]
    await facts.joined(joined(at.pcp))
    await facts.left(left(at.pcp, at=LATER))
    assert await stays(world, at) == [Stay(who, TEN, LATER)]


async def test_another_connection_ends_the_one_before_and_its_late_end_changes_nothing(world: World) -> None:
    at, facts = await scene(world), CallFacts(world.deps)
    await facts.joined(joined(at.pcp, "c1"))
    await facts.joined(joined(at.pcp, "c2"))
    await facts.left(left(at.pcp, "c1", LATER))
    assert [(stay.came_at, stay.left_at) for stay in await stays(world, at)] == [(TEN, TEN), (TEN, None)]


async def test_patients_and_strangers_have_none(world: World) -> None:
    at, facts = await scene(world), CallFacts(world.deps)
    await facts.joined(joined(at.patient))
    await facts.joined(joined(at.pcp))
    assert len(await stays(world, at)) == 1
    assert await stays(world, at, "outsider") == []
    async with world.deps.database.read() as session:
        assert await stays_in(session, world.actors["pcp"], []) == {}


async def heard(world: World, seat: Seat, at: datetime) -> None:
    """Keep that somebody's page told how its call is."""
    home: dict[str, Any] = {"organization_id": seat.organization_id, "room_id": seat.room_id, "seat_id": seat.id}
    async with world.deps.database.write() as session:
        session.add(CallQuality(id=new_id(), at=at, loss=0, frozen=0, **home))


async def test_of_a_node_that_died_a_stay_ends_when_it_was_last_heard_of(world: World) -> None:
    at, facts = await scene(world), CallFacts(world.deps)
    await facts.joined(joined(at.pcp, "dead-aa"))
    for minutes in (2, 5):
        await heard(world, at.pcp, TEN + timedelta(minutes=minutes))
    async with world.deps.database.write() as session:
        await end_stays_at(session, "alive")
    assert [stay.left_at for stay in await stays(world, at)] == [None]
    async with world.deps.database.write() as session:
        await end_stays_at(session, "dead")
    assert [stay.left_at for stay in await stays(world, at)] == [LATER]


async def test_a_stay_that_nothing_is_known_of_took_no_time(world: World) -> None:
    at, facts = await scene(world), CallFacts(world.deps)
    await heard(world, at.pcp, TEN - timedelta(minutes=1))
    await facts.joined(joined(at.pcp, "dead-aa"))
    async with world.deps.database.write() as session:
        await end_stays_at(session, "dead")
    assert [stay.left_at for stay in await stays(world, at)] == [TEN]
