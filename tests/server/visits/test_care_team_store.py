"""What ties staff to a patient's record, and who is in its care team."""

from uuid import UUID

import pytest
from sqlmodel import col, update

from server.access import Action, Role, Why
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from server.scheduling import Appointment
from server.visits.care_team_actions import add_to_care_team
from server.visits.care_team_store import (
    care_team,
    may_join,
    participant_by_id,
    patients_of_clinics,
    record_of_patient,
    ties_of_patient,
)
from tests.cast import World

pytestmark = pytest.mark.anyio


async def why(world: World, who: str) -> str:
    async with world.deps.database.read() as session:
        found = await record_of_patient(session, world.actors[who], Action.READ_RECORD, world.patient.id)
    return found.decision.why


async def test_a_visit_ties_those_who_take_part_and_those_who_cover_its_clinic(world: World) -> None:
    north = await world.second_clinic()
    await world.hire("northerner", Role.PCP, north)
    await world.visit()
    assert [await why(world, who) for who in ("pcp", "psychiatrist", "frontdesk", "northerner")] == [
        Why.PARTICIPANT,
        Why.COVERAGE,
        Why.COVERAGE,
        Why.NO_TIE,
    ]


async def test_without_a_visit_nobody_is_tied(world: World) -> None:
    assert {await why(world, who) for who in ("pcp", "psychiatrist", "frontdesk")} == {Why.NO_TIE}


async def test_a_visit_that_was_called_off_ties_nobody(world: World) -> None:
    await world.visit()
    async with world.deps.database.write() as session:
        await session.exec(update(Appointment).values(status="cancelled").where(col(Appointment.id).is_not(None)))
    assert {await why(world, who) for who in ("pcp", "frontdesk")} == {Why.NO_TIE}


async def test_a_visit_of_another_patient_ties_nobody_to_this_one(world: World) -> None:
    await world.visit()
    async with world.deps.database.read() as session:
        with pytest.raises(NotFound):
            await record_of_patient(session, world.actors["pcp"], Action.READ_RECORD, world.outside_patient.id)


@pytest.mark.parametrize("patient_id", [None, new_id()])
async def test_an_unknown_patient_is_not_found(site: World, patient_id: UUID | None) -> None:
    async with site.deps.database.read() as session:
        with pytest.raises(NotFound):
            await record_of_patient(session, site.actors["pcp"], Action.READ_RECORD, patient_id)


async def test_a_record_without_a_tie_is_refused_when_it_is_required(site: World) -> None:
    async with site.deps.database.read() as session:
        found = await record_of_patient(session, site.actors["pcp"], Action.READ_RECORD, site.patient.id)
    with pytest.raises(Forbidden) as refused:
        found.require()
    assert getattr(refused.value.refused, "patient_id", None) == site.patient.id


async def test_the_care_team_is_the_organization_s_own(world: World) -> None:
    await world.visit()
    await add_to_care_team(world.deps, world.actors["pcp"], world.patient.id, world.accounts["caremanager"].id)
    async with world.deps.database.write() as session:
        ((row, account),) = await care_team(session, world.actors["pcp"], world.patient.id)
        assert account.name == "Tomas Reyes"
        assert await care_team(session, world.actors["outsider"], world.patient.id) == []
        found = await participant_by_id(session, world.actors["pcp"], world.patient.id, row.id)
        assert found.id == row.id
        for who, patient_id in (("outsider", world.patient.id), ("pcp", world.outside_patient.id)):
            with pytest.raises(NotFound):
                await participant_by_id(session, world.actors[who], patient_id, row.id)


async def test_who_may_join_are_the_organization_s_carers(world: World) -> None:
    async with world.deps.database.read() as session:
        names = [account.name for account in await may_join(session, world.actors["frontdesk"])]
    assert names == ["Dr. Lena Brandt", "Dr. Rose Okafor", "June Whitfield", "Tomas Reyes"]


async def test_who_was_disabled_joins_no_care_team(world: World) -> None:
    async with world.deps.database.write() as session:
        account = await session.get_one(type(world.accounts["pcp"]), world.accounts["pcp"].id)
        account.disabled_at = world.clock.now
    async with world.deps.database.read() as session:
        assert "Dr. Rose Okafor" not in [a.name for a in await may_join(session, world.actors["frontdesk"])]


async def test_the_patients_of_one_s_clinics_are_those_with_a_visit_there_that_is_not_called_off(world: World) -> None:
    await world.hire("northerner", Role.PCP, await world.second_clinic())
    await world.visit()

    async def found(who: str) -> list[UUID]:
        async with world.deps.database.read() as session:
            return list((await session.exec(patients_of_clinics(world.actors[who]))).all())

    people = ("pcp", "frontdesk", "northerner", "outsider")
    assert [await found(who) for who in people] == [[world.patient.id], [world.patient.id], [], []]
    async with world.deps.database.write() as session:
        await session.exec(update(Appointment).values(status="cancelled").where(col(Appointment.id).is_not(None)))
    assert await found("pcp") == []


async def test_the_ties_of_another_organization_s_patient_are_not_found(site: World) -> None:
    async with site.deps.database.read() as session:
        facts = await ties_of_patient(session, site.actors["pcp"], site.patient.id)
        assert (facts.patient_id, facts.accounts) == (site.patient.id, frozenset())
        with pytest.raises(NotFound):
            await ties_of_patient(session, site.actors["pcp"], site.outside_patient.id)
