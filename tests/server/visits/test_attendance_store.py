"""Which visits nobody came to, on both databases: the oldest first, and none that somebody has dealt with."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.visits.attendance_actions import check_in, mark_no_show
from server.visits.attendance_store import still_unattended, unattended
from server.visits.callback_actions import ask_for_call
from tests.cast import TEN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
END = TEN + timedelta(minutes=20)


async def found(world: World, limit: int = 10) -> list[UUID]:
    async with world.deps.database.read() as session:
        return list(await unattended(session, END, limit))


async def still(world: World, visit_id: UUID) -> bool:
    async with world.deps.database.write() as session:
        pair = await still_unattended(session, visit_id, END)
    return pair is not None and pair[0].id == visit_id and pair[1].id == pair[0].appointment_id


async def test_visits_that_ended_by_plan_are_given_from_the_oldest_on(world: World) -> None:
    late, early, ahead = [(await world.visit(starts_at=TEN + timedelta(minutes=minutes)))[0] for minutes in (0, -60, 1)]
    assert await found(world) == [early, late]
    assert await found(world, limit=1) == [early]
    assert [await still(world, one) for one in (early, late, ahead)] == [True, True, False]


async def test_who_came_called_or_was_dealt_with_is_not_given(world: World) -> None:
    came, here, missed, taken_back, called = [await world.visit() for _ in range(5)]
    await journey.patient_waits(world, came[1])
    desk = world.actors["frontdesk"]
    await check_in(world.deps, world.live, desk, here[0])
    for visit_id, _ in (missed, taken_back):
        await mark_no_show(world.deps, world.live, desk, visit_id, missed=True)
    await mark_no_show(world.deps, world.live, desk, taken_back[0], missed=False)
    await ask_for_call(world.deps, world.live, await journey.patient_of(world, called[1]), "406-555-0188")
    assert await found(world) == []
    assert not any([await still(world, visit_id) for visit_id, _ in (came, here, missed, taken_back, called)])
