"""When the time of a step is over, any process goes on with the case, and nothing is done twice."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from server.consults import Consult
from server.consults.due_actions import IN_A_ROW, KNOWN, Ringer
from server.consults.service_rules import Urgency
from tests.cast import World
from tests.server.consults import asking

pytestmark = pytest.mark.anyio

LADDER = (("person", ("psychiatrist",), 30), ("everyone_covering", (), 60))
EVERYONE = [("psychiatrist", ""), ("psychiatrist", "timed-out"), ("second", "")]


async def test_the_next_step_rings_when_the_time_of_the_first_is_over(world: World) -> None:
    await asking.specialists(world, "second")
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second", steps=LADDER))
    assert not await asking.work(world, seconds=29)
    assert await asking.work(world, seconds=1)
    assert sorted(await asking.rings(world, consult_id)) == EVERYONE


async def test_a_case_that_nobody_answered_is_a_written_one(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await asking.work(world, seconds=60)
    consult = await asking.row(world, consult_id)
    assert (consult.status, consult.due_at) == ("written", None)
    assert await asking.events(world, consult_id) == ["asked", "written"]


async def test_who_came_on_duty_meanwhile_is_rung_by_the_next_step(world: World) -> None:
    await asking.specialists(world, "second")
    service = await asking.service(world, "psychiatrist", "second", steps=LADDER, urgencies=("today",))
    await asking.on_duty(world, "second", "off")
    consult_id = await asking.asked(world, service, urgency=Urgency.TODAY)
    await asking.on_duty(world, "second")
    await asking.work(world, seconds=30)
    assert ("second", "") in await asking.rings(world, consult_id)


@pytest.mark.parametrize("urgency", [Urgency.NOW, Urgency.SOON])
async def test_so_is_who_could_not_be_ranked_because_they_were_off_duty(world: World, urgency: Urgency) -> None:
    await asking.specialists(world, "second")
    service = await asking.service(world, "psychiatrist", "second", steps=LADDER)
    await asking.on_duty(world, "second", "off")
    consult_id = await asking.asked(world, service, urgency=urgency)
    await asking.on_duty(world, "second")
    await asking.work(world, seconds=30)
    assert ("second", "") in await asking.rings(world, consult_id)


async def test_several_processes_work_what_is_due_once(world: World) -> None:
    await asking.specialists(world, "second")
    service = await asking.service(world, "psychiatrist", "second", steps=LADDER)
    consults = [await asking.asked(world, service) for _ in range(5)]
    world.clock.pass_(seconds=30)
    await asyncio.gather(*(asking.work(world) for _ in range(3)))
    for consult_id in consults:
        assert sorted(await asking.rings(world, consult_id)) == EVERYONE


async def test_a_case_that_could_not_be_worked_is_tried_again_after_a_rest(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    async with world.deps.database.write() as session:
        bad = await session.get_one(Consult, consult_id)
        good, bad.ring_state = bad.ring_state, "{}"
    with pytest.raises(ValueError, match="kind"):
        await asking.work(world, seconds=60)
    async with world.deps.database.write() as session:
        (await session.get_one(Consult, consult_id)).ring_state = good
    assert not await asking.work(world)
    await _rested(world, consult_id)
    assert await asking.work(world)
    assert (await asking.row(world, consult_id)).status == "written"


async def test_a_bad_row_keeps_no_other_case_waiting(world: World) -> None:
    service = await asking.service(world)
    bad, good = await asking.asked(world, service), await asking.asked(world, service)
    async with world.deps.database.write() as session:
        (await session.get_one(Consult, bad)).ring_state = "{}"
    with pytest.raises(ValueError, match="kind"):
        await asking.work(world, seconds=60)
    assert await asking.work(world)
    assert (await asking.row(world, good)).status == "written"


async def test_a_look_wakes_who_works_when_a_case_is_due(world: World) -> None:
    await asking.asked(world, await asking.service(world))
    ringer = Ringer(world.deps, world.live)
    assert not await ringer.look()
    assert not ringer.waiting.is_set()
    world.clock.pass_(seconds=60)
    assert not await ringer.look()
    assert ringer.waiting.is_set()


async def test_what_is_due_is_worked_some_cases_at_a_time(world: World) -> None:
    service = await asking.service(world)
    for _ in range(IN_A_ROW + 1):
        await asking.asked(world, service)
    assert await asking.work(world, seconds=60)
    assert await asking.work(world)
    assert not await asking.work(world)


async def test_who_is_on_duty_is_looked_up_again_after_a_second(world: World) -> None:
    await asking.specialists(world, "second")
    service = await asking.service(world, "psychiatrist", "second", steps=LADDER)
    await asking.on_duty(world, "second", "off")
    ringer, first = Ringer(world.deps, world.live), await asking.asked(world, service)
    world.clock.pass_(seconds=KNOWN.total_seconds())
    next_one = await asking.asked(world, service)
    world.clock.pass_(seconds=30 - KNOWN.total_seconds())
    assert await ringer.work()
    await asking.on_duty(world, "second")
    world.clock.pass_(seconds=KNOWN.total_seconds())
    assert await ringer.work()
    rung = [[name for name, _ in await asking.rings(world, one)] for one in (first, next_one)]
    assert ["second" in names for names in rung] == [False, True]


async def _rested(world: World, consult_id: UUID) -> None:
    async with world.deps.database.write() as session:
        (await session.get_one(Consult, consult_id)).leased_until = datetime(2020, 1, 1, tzinfo=UTC)
