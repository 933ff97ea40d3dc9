"""A signed-in patient's own record and visits, and nobody else's."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.identity.store import account_link_by_token
from server.kit import NotFound, digest
from server.kit.ids import new_id
from server.visits.portal_store import own_record, own_visits, patient_of_link
from tests.cast import World
from tests.server.identity.own_accounts import another_patient, as_patient, mailed_link, make_own, own_account

pytestmark = pytest.mark.anyio


async def visits_of(world: World) -> list[UUID]:
    account = await own_account(world)
    async with world.deps.database.read() as session:
        return [visit.encounter.id for visit in await own_visits(session, as_patient(account, world.patient))]


async def test_a_patient_has_their_own_visits_the_last_one_first(world: World) -> None:
    leo = await another_patient(world, "Leo")
    now = world.clock.now
    first, _ = await world.visit(starts_at=now - timedelta(days=7))
    await world.visit(patient_id=leo.id)
    last, _ = await world.visit(starts_at=now + timedelta(days=7))
    assert await visits_of(world) == [last, first]


async def test_a_visit_comes_with_its_clinic_its_link_and_whom_the_patient_sees(site: World) -> None:
    await site.visit()
    account = await own_account(site)
    async with site.deps.database.read() as session:
        (visit,) = await own_visits(session, as_patient(account, site.patient))
    assert (visit.clinic.name, visit.practitioner.family_name) == ("Cedar Creek Clinic", "Okafor")
    assert visit.link.id == visit.encounter.link_id


async def test_an_account_knows_whose_record_is_open_and_whose_else_it_may_open(site: World) -> None:
    leo = await another_patient(site, "Leo")
    account = await own_account(site, site.patient, leo)
    await another_patient(site, "Mia")
    async with site.deps.database.read() as session:
        own = await own_record(session, as_patient(account, leo))
    assert (own.patient.id, [person.given_name for person in own.people], own.works) == (
        leo.id,
        ["Leo", "Maria"],
        False,
    )


async def test_a_member_of_staff_may_go_back_to_work(site: World) -> None:
    await make_own(site, site.accounts["pcp"], site.patient)
    async with site.deps.database.read() as session:
        assert (await own_record(session, as_patient(site.accounts["pcp"], site.patient))).works


async def test_staff_have_no_record_of_their_own_open(site: World) -> None:
    async with site.deps.database.read() as session:
        with pytest.raises(NotFound):
            await own_record(session, site.actors["pcp"])


async def test_a_mailed_link_names_its_patient(site: World) -> None:
    token = await mailed_link(site)
    async with site.deps.database.read() as session:
        link = await account_link_by_token(session, "patient", digest(token))
        patient, organization = await patient_of_link(session, link)
        assert (patient.id, organization.name) == (site.patient.id, "Cedar Creek Health")
        link.patient_id = new_id()
        with pytest.raises(NotFound):
            await patient_of_link(session, link)
