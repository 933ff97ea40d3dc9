"""Which cases are due, and whose turn it is to work them."""

import pytest

from server.consults.ring_store import (
    any_due,
    lease_due,
    leased_consult,
    open_ring,
    ring_of,
    rings_by_numbers,
    rings_of,
    turns_of,
    was_rung,
)
from tests.cast import World
from tests.server.consults import asking

pytestmark = pytest.mark.anyio


async def test_nothing_is_due_before_its_time(world: World) -> None:
    await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        assert not await any_due(session, world.clock.now)


async def test_what_is_due_is_leased_to_one_holder(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    world.clock.pass_(seconds=60)
    async with world.deps.database.write() as session:
        assert await any_due(session, world.clock.now)
        assert await lease_due(session, world.clock.now, "one") == [consult_id]
        assert await lease_due(session, world.clock.now, "two") == []


async def test_only_the_holder_of_a_lease_goes_on(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    world.clock.pass_(seconds=60)
    async with world.deps.database.write() as session:
        await lease_due(session, world.clock.now, "one")
    async with world.deps.database.write() as session:
        assert await leased_consult(session, consult_id, "two") is None
        assert await leased_consult(session, consult_id, "one") is not None


async def test_a_ring_is_found_by_whom_it_rings_and_its_number(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    rung, other = world.accounts["psychiatrist"].id, world.accounts["pcp"].id
    async with world.deps.database.read() as session:
        ring = await open_ring(session, consult_id, rung)
        assert ring is not None
        assert await ring_of(session, consult_id, rung, ring.number) == ring
        assert await ring_of(session, consult_id, other, ring.number) is None
        assert await open_ring(session, consult_id, other) is None
        assert list(await rings_of(session, consult_id)) == [ring]
        assert await was_rung(session, consult_id) == {rung}


async def test_rings_are_found_by_their_numbers_and_of_no_other_case(world: World) -> None:
    await asking.specialists(world, "second")
    service = await asking.service(world, "psychiatrist", "second")
    consult_id, other_id = await asking.asked(world, service), await asking.asked(world, service)
    async with world.deps.database.read() as session:
        (first, second), others = await rings_of(session, consult_id), await rings_of(session, other_id)
        assert [ring.number for ring in others] == [first.number, second.number]
        assert list(await rings_by_numbers(session, consult_id, {second.number})) == [second]
        assert list(await rings_by_numbers(session, consult_id, ())) == []


async def test_a_round_robin_asks_the_next_one_in_the_next_case(world: World) -> None:
    names = ("psychiatrist", "second", "third")
    await asking.specialists(world, *names[1:])
    service = await asking.service(world, *names, steps=(("round_robin", names, 30),))
    first = [await asking.rings(world, await asking.asked(world, service))]
    for _ in names:
        world.clock.pass_(seconds=1)
        first.append(await asking.rings(world, await asking.asked(world, service)))
    assert [rung[0][0] for rung in first] == [*names, names[0]]


async def test_a_group_that_never_rang_has_no_turn(world: World) -> None:
    async with world.deps.database.read() as session:
        assert await turns_of(session, world.clinic.organization_id, [("group", [])]) == ()
