"""A hold is found by who holds it."""

from datetime import timedelta

import pytest

from server.access import Actor, Role
from server.kit import NotFound
from server.kit.ids import new_id
from server.scheduling import own_hold
from server.scheduling.hold_store import old_holds, own_holds, patient_hold
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.finding import offered

pytestmark = pytest.mark.anyio

MINUTES = timedelta(minutes=1)


async def test_a_hold_is_only_its_holder_s(world: World) -> None:
    row = await booked(world, held_until=TEN + 5 * MINUTES)
    async with world.deps.database.read() as session:
        assert (await own_hold(session, world.actors["frontdesk"], row.id)).id == row.id
        for who in ("pcp", "admin", "outsider"):
            with pytest.raises(NotFound):
                await own_hold(session, world.actors[who], row.id)
        for id_ in (None, new_id()):
            with pytest.raises(NotFound):
                await own_hold(session, world.actors["frontdesk"], id_)


async def test_holds_are_found_by_patient_and_those_that_ran_out_by_time(world: World) -> None:
    held = await booked(world, held_until=TEN + 5 * MINUTES)
    later = await booked(world, held_until=TEN + 15 * MINUTES)
    await booked(world)
    async with world.deps.database.write() as session:
        mine = await own_holds(session, world.actors["frontdesk"], world.patient.id)
        assert [row.id for row in mine] == [held.id, later.id]
        for who, patient in (("pcp", world.patient.id), ("frontdesk", new_id())):
            assert await own_holds(session, world.actors[who], patient) == []
        assert [row.id for row in await old_holds(session, TEN + 10 * MINUTES, 5)] == [held.id]
        assert len(await old_holds(session, TEN + 60 * MINUTES, 1)) == 1


async def test_a_patient_holds_what_names_a_kind_of_visit(world: World) -> None:
    await booked(world, held_until=TEN + 5 * MINUTES)
    kind = await offered(world, "pcp", name="Check-up")
    row = await booked(world, held_until=TEN + 5 * MINUTES, visit_type_id=kind.id, starts_at=TEN + 300 * MINUTES)
    async with world.deps.database.write() as session:
        for one in await own_holds(session, world.actors["frontdesk"], world.patient.id):
            one.created_by = None
    maria = Actor(frozenset({Role.PATIENT}), world.clinic.organization_id)
    async with world.deps.database.read() as session:
        assert [one.id for one in await own_holds(session, maria, world.patient.id)] == [row.id]
        assert (await patient_hold(session, maria, world.patient.id, row.id)).id == row.id
        for who, patient, wanted in (
            (world.actors["frontdesk"], world.patient.id, row.id),
            (maria, new_id(), row.id),
            (maria, world.patient.id, None),
        ):
            with pytest.raises(NotFound):
                await patient_hold(session, who, patient, wanted)
