"""When patients have visits with practitioners: those of the asked, in a span, that were not called off."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.scheduling import Appointment, AppointmentParticipant
from server.visits import Encounter, SeenVisit, visits_between
from tests.cast import TEN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def seen(world: World, who: str = "pcp", with_: str = "pcp", days: int = 30) -> list[SeenVisit]:
    patients, people = [world.patient.id], [world.practitioners[with_].id]
    span = (TEN - timedelta(days=30), TEN + timedelta(days=days))
    async with world.deps.database.read() as session:
        return await visits_between(session, world.actors[who], patients, people, *span)


async def changed(world: World, visit_id: UUID, **words: object) -> None:
    async with world.deps.database.write() as session:
        visit = await session.get_one(Encounter, visit_id)
        for name, value in words.items():
            setattr(visit, name, value)


async def test_a_planned_visit_is_not_held_until_it_was_started(world: World) -> None:
    visit_id, _ = await world.visit(starts_at=TEN + timedelta(days=2))
    planned = SeenVisit(visit_id, world.patient.id, world.practitioners["pcp"].id, TEN + timedelta(days=2), held=False)
    assert await seen(world) == [planned]
    await changed(world, visit_id, started_at=TEN + timedelta(days=2, minutes=3))
    (held,) = await seen(world)
    assert (held.at, held.held) == (TEN + timedelta(days=2, minutes=3), True)


async def test_what_is_of_others_or_outside_the_span_is_left_out(world: World) -> None:
    await world.visit(starts_at=TEN + timedelta(days=2))
    assert await seen(world, days=1) == []
    assert await seen(world, with_="psychiatrist") == []
    assert await seen(world, "outsider") == []
    async with world.deps.database.read() as session:
        assert await visits_between(session, world.actors["pcp"], [], [], TEN, TEN) == []


async def test_what_was_called_off_or_nobody_came_to_is_none(world: World) -> None:
    first, _ = await world.visit()
    await changed(world, first, status="cancelled")
    second, _ = await world.visit()
    appointment_id = (await journey.encounter_of(world, second)).appointment_id
    async with world.deps.database.write() as session:
        (await session.get_one(Appointment, appointment_id)).status = "noshow"
    assert len(await journey.rows(world, AppointmentParticipant)) >= 2
    assert await seen(world) == []
