"""Appointments are found by time and by id, within the organization only."""

from datetime import timedelta

import pytest

from server.kit import NotFound
from server.kit.ids import new_id
from server.scheduling import (
    AppointmentParticipant,
    appointment_by_id,
    appointments_between,
    appointments_by_ids,
    participants_of,
    practitioner_ids,
)
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def between(world: World, who: str, practitioner: str = "") -> list[object]:
    one = world.practitioners[practitioner].id if practitioner else None
    async with world.deps.database.read() as session:
        found = await appointments_between(session, world.actors[who], TEN, TEN + HOUR, one)
    return [row.id for row in found]


async def test_a_span_holds_what_starts_in_it_in_order_with_its_start_and_without_its_end(world: World) -> None:
    times = (TEN + HOUR / 2, TEN, TEN - timedelta(seconds=1), TEN + HOUR)
    inside, first, _, _ = [await booked(world, starts_at) for starts_at in times]
    assert await between(world, "pcp") == [first.id, inside.id]


async def test_a_day_can_be_that_of_one_practitioner(world: World) -> None:
    both = await booked(world, TEN, "pcp", "psychiatrist")
    await booked(world, TEN, "caremanager")
    assert await between(world, "frontdesk", "psychiatrist") == [both.id]
    assert await between(world, "frontdesk", "pcp") == [both.id]


async def test_an_outsider_finds_no_appointment(world: World) -> None:
    made, outsider = await booked(world, TEN), world.actors["outsider"]
    assert await between(world, "outsider") == []
    assert await between(world, "outsider", "pcp") == []
    async with world.deps.database.read() as session:
        with pytest.raises(NotFound):
            await appointment_by_id(session, outsider, made.id)
        assert await appointments_by_ids(session, outsider, [made.id]) == {}
        assert await participants_of(session, outsider, [made.id]) == []


async def test_an_unknown_appointment_is_not_found(world: World) -> None:
    async with world.deps.database.read() as session:
        with pytest.raises(NotFound):
            await appointment_by_id(session, world.actors["pcp"], new_id())


async def test_an_appointment_is_given_by_its_id_to_its_own_organization(world: World) -> None:
    made = await booked(world, TEN)
    async with world.deps.database.read() as session:
        found = await appointment_by_id(session, world.actors["frontdesk"], made.id)
    assert (found.id, found.starts_at) == (made.id, TEN)


async def test_several_appointments_are_given_by_id(world: World) -> None:
    made = [await booked(world, TEN) for _ in range(3)]
    async with world.deps.database.read() as session:
        found = await appointments_by_ids(session, world.actors["pcp"], [made[0].id, made[2].id, new_id()])
    assert set(found) == {made[0].id, made[2].id}


def test_practitioners_are_told_from_patients() -> None:
    appointment, home = new_id(), new_id()
    practitioner, patient = new_id(), new_id()
    people = [
        AppointmentParticipant(id=new_id(), organization_id=home, appointment_id=appointment, **who)  # type: ignore[arg-type] # a column
        for who in ({"patient_id": patient}, {"practitioner_id": practitioner})
    ]
    assert practitioner_ids(people) == [practitioner]
