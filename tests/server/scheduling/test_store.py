"""Appointments are found by time and by id, within the organization only."""

from datetime import timedelta

import pytest

from server.access import Role
from server.kit.ids import new_id
from server.scheduling import appointments_between, appointments_of_patient, practitioners_in
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


async def test_a_day_of_nobody_in_particular_is_that_of_the_clinics_one_covers(world: World) -> None:
    north = await world.second_clinic()
    await world.hire("northerndesk", Role.FRONT_DESK, north)
    here, there = await booked(world, TEN), await booked(world, TEN, clinic=north)
    assert await between(world, "frontdesk") == [here.id]
    assert await between(world, "northerndesk") == [there.id]


async def test_a_patient_s_appointments_come_the_latest_first_and_of_this_organization(world: World) -> None:
    first, last = await booked(world, TEN), await booked(world, TEN + HOUR)
    found = {}
    async with world.deps.database.read() as session:
        for who in ("pcp", "outsider"):
            rows = await appointments_of_patient(session, world.actors[who], world.patient.id)
            found[who] = [row.id for row in rows]
        assert await appointments_of_patient(session, world.actors["pcp"], new_id()) == []
    assert found == {"pcp": [last.id, first.id], "outsider": []}


async def test_an_outsider_finds_no_appointment(world: World) -> None:
    made, outsider = await booked(world, TEN), world.actors["outsider"]
    assert await between(world, "outsider") == []
    assert await between(world, "outsider", "pcp") == []
    async with world.deps.database.read() as session:
        assert await practitioners_in(session, outsider, [made.id]) == {}


async def test_practitioners_are_given_by_appointment_and_patients_are_not_among_them(world: World) -> None:
    names = ("psychiatrist", "pcp", "caremanager")
    both, one = await booked(world, TEN, *names), await booked(world, TEN)
    async with world.deps.database.read() as session:
        found = await practitioners_in(session, world.actors["frontdesk"], [both.id, one.id, new_id()])
    people = {row: [p.id for p in given] for row, given in found.items()}
    assert people == {
        both.id: [world.practitioners[name].id for name in names],
        one.id: [world.practitioners["pcp"].id],
    }
