"""A specialist who took a consult comes into the visit that it was asked from."""

from uuid import UUID

import pytest

from server.access import Action, Actor
from server.calls import seats_of
from server.kit.ids import new_id
from server.visits.actions import end_visit
from server.visits.consult_actions import bring_in
from server.visits.invite_store import guests_of
from server.visits.store import visit_by_id
from tests.cast import World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_a_specialist_takes_part_and_has_a_seat(world: World) -> None:
    visit_id, _ = await world.visit()
    room_id = await _brought(world, visit_id)
    async with world.deps.database.read() as session:
        visit = await visit_by_id(session, world.actors["psychiatrist"], Action.CONDUCT_VISIT, visit_id)
        seats = await seats_of(session, world.actors["pcp"], [visit.encounter.room_id])
        guests = await guests_of(session, world.actors["pcp"], visit)
    assert room_id == visit.encounter.room_id
    assert [(seat.account_id, seat.standing) for seat in seats] == [(world.accounts["psychiatrist"].id, "admitted")]
    assert [(guest.name, guest.status) for guest in guests] == [("Dr. L. Brandt", "joined")]


async def test_who_takes_part_already_is_not_brought_in_twice(world: World) -> None:
    visit_id, _ = await world.visit()
    assert await _brought(world, visit_id) == await _brought(world, visit_id)


async def test_a_visit_that_is_over_takes_nobody_in(world: World) -> None:
    visit_id, link = await world.visit()
    await journey.waiting(world, link)
    await end_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    assert await _brought(world, visit_id) is None
    assert await _brought(world, new_id()) is None


async def _brought(world: World, visit_id: UUID) -> UUID | None:
    nobody = Actor(frozenset(), world.clinic.organization_id)
    specialist, asked_by = world.practitioners["psychiatrist"], world.accounts["pcp"].id
    async with world.deps.database.write() as session:
        return await bring_in(session, world.deps, world.live, nobody, visit_id, specialist, asked_by)
