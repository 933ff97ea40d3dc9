"""Who plans, whom they know, and whom they call."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from server.kit import NotFound
from server.kit.ids import new_id
from server.scheduling import Appointment, CancelReason
from server.visits.change_actions import cancel_visit
from server.visits.plan_store import (
    encounter_of,
    known_practitioners,
    last_state,
    own_clinic,
    own_times,
    patient_who_plans,
    visit_type_of,
)
from tests.cast import TEN, World
from tests.server.scheduling.finding import offered
from tests.server.visits import journey
from tests.server.visits.planning import by_link

pytestmark = pytest.mark.anyio


async def test_by_a_link_it_is_the_visit_s_patient_and_with_an_account_the_one_that_is_open(world: World) -> None:
    _, maria = await by_link(world)
    account = replace(maria, encounter_id=None, patient_id=world.patient.id)
    async with world.deps.database.read() as session:
        for actor in (maria, account):
            assert (await patient_who_plans(session, actor)).id == world.patient.id
        for stranger in (replace(maria, encounter_id=new_id()), replace(account, patient_id=world.outside_patient.id)):
            with pytest.raises(NotFound):
                await patient_who_plans(session, stranger)


async def test_whom_the_patient_knows_is_told_by_the_latest_visits(world: World) -> None:
    people = world.practitioners
    for days, who in ((1, "pcp"), (3, "psychiatrist"), (2, "pcp")):
        await world.visit(starts_at=TEN + timedelta(days=days), practitioner_id=people[who].id)
    _, maria = await by_link(world, starts_at=TEN)
    async with world.deps.database.read() as session:
        known = await known_practitioners(session, maria, world.patient.id)
        assert known == [people["psychiatrist"].id, people["pcp"].id]
        assert await known_practitioners(session, maria, new_id()) == []


async def test_other_visits_take_the_patient_s_time_until_they_are_cancelled(world: World) -> None:
    visit_id, maria = await by_link(world, starts_at=TEN)
    await world.visit(starts_at=TEN + timedelta(days=1))
    spans = [(TEN + timedelta(days=n), TEN + timedelta(days=n, minutes=20)) for n in (1, 0)]
    own = (await journey.appointment_of(world, visit_id)).id
    async with world.deps.database.read() as session:
        assert await own_times(session, maria, world.patient.id) == spans
        assert await own_times(session, maria, world.patient.id, own) == spans[:1]
    await cancel_visit(world.deps, world.live, world.actors["pcp"], visit_id, CancelReason.PATIENT)
    async with world.deps.database.read() as session:
        assert await own_times(session, maria, world.patient.id) == spans[:1]


async def test_the_clinic_is_that_of_the_latest_visit_or_the_first(world: World) -> None:
    await world.second_clinic("Antelope Clinic")
    _, maria = await by_link(world)
    async with world.deps.database.read() as session:
        assert (await own_clinic(session, maria, world.patient.id)).name == "Cedar Creek Clinic"
        assert (await own_clinic(session, maria, new_id())).name == "Antelope Clinic"


async def test_the_state_is_that_of_the_last_safety_check(world: World) -> None:
    _, token = await world.visit()
    maria = await journey.patient_of(world, token)
    async with world.deps.database.read() as session:
        assert await last_state(session, maria, world.patient.id) == ""
    await journey.patient_waits(world, token)
    async with world.deps.database.read() as session:
        assert await last_state(session, maria, world.patient.id) == "MT"


async def test_an_appointment_has_a_visit_and_perhaps_a_kind(world: World) -> None:
    visit_id, _ = await by_link(world)
    kind = await offered(world, "pcp", name="Check-up", active=False)
    async with world.deps.database.write() as session:
        row = (await session.exec(select(Appointment))).one()
        assert await visit_type_of(session, row) is None
        row.visit_type_id = kind.id
        assert (await visit_type_of(session, row)) is not None
        found = await encounter_of(session, row)
        assert found is not None
        assert found.id == visit_id
