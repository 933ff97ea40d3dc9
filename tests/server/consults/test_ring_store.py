"""Which cases are due, and whose turn it is to work them."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults import ring_store
from server.consults.case_actions import cancel_consult
from server.consults.plan_store import plan_of
from server.consults.ring_state import Plan
from server.consults.ring_store import (
    any_due,
    hold_turns,
    let_rest,
    next_due,
    open_ring,
    ring_of,
    rings_by_numbers,
    rings_of,
    was_rung,
)
from server.consults.service_rules import Mode, Urgency
from server.jobs import database_now
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults import asking

pytestmark = pytest.mark.anyio


class Died(Exception):
    """What a process does within a transaction."""


async def due(session: AsyncSession, world: World, holder: str = "node") -> UUID | None:
    """Give the case that a process is to work next."""
    found = await next_due(session, world.clock.now, await database_now(session), holder)
    return found.id if found else None


async def test_nothing_is_due_before_its_time(world: World) -> None:
    await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        assert not await any_due(session, world.clock.now)


async def test_what_is_due_is_one_process_s_until_its_transaction_ends(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    world.clock.pass_(seconds=60)
    with suppress(Died):
        async with world.deps.database.write() as session:
            assert await any_due(session, world.clock.now)
            assert await due(session, world, "dead") == consult_id
            if not world.deps.database.is_sqlite:  # which has one writer at a time
                async with world.deps.database.write() as another:
                    assert await due(another, world) is None
            raise Died
    async with world.deps.database.write() as session:
        assert await due(session, world) == consult_id


async def test_a_process_that_stands_still_loses_what_it_is_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if world.deps.database.is_sqlite:  # nobody else could go on
        return
    monkeypatch.setattr(ring_store, "STILL", timedelta(milliseconds=50))
    consult_id = await asking.asked(world, await asking.service(world))
    world.clock.pass_(seconds=60)
    found = None
    with suppress(DBAPIError):
        async with world.deps.database.write() as still:
            assert await due(still, world, "still") == consult_id
            while found is None:
                async with world.deps.database.write() as session:
                    found = await due(session, world)
    assert found == consult_id


async def test_of_which_a_step_failed_rests(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    world.clock.pass_(seconds=60)
    async with world.deps.database.write() as session:
        await let_rest(session, consult_id, "node")
        await let_rest(session, new_id(), "node")
    async with world.deps.database.write() as session:
        assert await due(session, world) is None


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


async def _in_turn(world: World, *names: str) -> Plan:
    """Give the plan of a case whose only step is a round robin, whose turn it is now."""
    service = await asking.service(world, *names, steps=(("round_robin", names, 30),))
    consult = await asking.row(world, await asking.asked(world, service, mode=Mode.WRITTEN))
    async with world.deps.database.write() as session:
        plan = await plan_of(session, world.actors["pcp"], service.id, Urgency.NOW, [])
        return await hold_turns(session, consult, plan)


async def test_a_group_that_never_rang_has_no_turn(world: World) -> None:
    plan = await _in_turn(world, "psychiatrist")
    assert (plan.turns, plan.elsewhere) == ((), frozenset())


async def test_a_group_knows_whom_another_case_rings_and_whom_one_rang_last(world: World) -> None:
    await asking.specialists(world, "second")
    first = await asking.asked(world, await asking.service(world, "psychiatrist"))
    await cancel_consult(world.deps, world.live, world.actors["pcp"], first)
    await asking.asked(world, await asking.service(world, "second"))
    plan = await _in_turn(world, "second", "psychiatrist")
    assert [asking.named(world, turn.account) for turn in plan.turns] == ["second"]
    assert [asking.named(world, one) for one in plan.elsewhere] == ["second"]
