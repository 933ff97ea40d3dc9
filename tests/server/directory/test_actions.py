"""Adding and changing patients."""

from dataclasses import replace

import pytest
from sqlmodel import select

from server.access import Action, Actor
from server.audit import AuditEvent
from server.directory import (
    Organization,
    Patient,
    PatientContact,
    PatientDetails,
    add_patient,
    change_patient,
    patient_contact,
    privacy_contact,
    set_privacy_contact,
)
from server.directory.actions import end_account
from server.directory.rules import read_search
from server.directory.store import find_patients, patient_by_id
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from tests.cast import BORN, World
from tests.server.directory.people import SAMIR, somebody
from tests.server.identity.own_accounts import own_account, ties

pytestmark = pytest.mark.anyio


async def added(world: World, details: PatientDetails, *, anyway: bool = False) -> Patient:
    patient = await add_patient(world.deps, world.actors["frontdesk"], details, anyway=anyway)
    assert isinstance(patient, Patient)
    return patient


async def stored(world: World, patient: Patient) -> Patient:
    async with world.deps.database.read() as session:
        return await patient_by_id(session, world.actors["pcp"], Action.READ_PATIENT, patient.id)


async def everybody(world: World) -> int:
    async with world.deps.database.read() as session:
        return len((await session.exec(select(Patient))).all())


async def test_a_new_patient_belongs_to_the_organization_of_who_adds_them(world: World) -> None:
    row = await stored(world, await added(world, SAMIR))
    assert row.organization_id == world.clinic.organization_id
    assert (row.given_name, row.family_name, row.birth_date) == ("Samir", "Haddad", SAMIR.birth_date)
    assert (row.language, row.time_zone, row.created_at) == ("en", "America/Denver", world.clock.now)
    assert patient_contact(world.deps.keyring, row) == SAMIR.contact


async def test_adding_a_patient_is_on_the_record(world: World) -> None:
    patient = await added(world, SAMIR)
    async with world.deps.database.read() as session:
        event = (await session.exec(select(AuditEvent).where(AuditEvent.action == "create"))).one()
    assert (event.entity, event.patient_id, event.account_id) == (
        "Patient",
        patient.id,
        world.accounts["frontdesk"].id,
    )


@pytest.mark.parametrize(("given", "family"), [("Maria", "Alvarez"), ("María", "ÁLVAREZ"), ("Alvarez", "Maria")])
async def test_somebody_who_may_be_on_file_is_shown_and_not_added(world: World, given: str, family: str) -> None:
    before = await everybody(world)
    alike = await add_patient(world.deps, world.actors["pcp"], somebody(given, family, BORN), anyway=False)
    assert not isinstance(alike, Patient)
    assert [other.id for other in alike] == [world.patient.id]
    assert await everybody(world) == before


async def test_a_lookalike_is_added_when_staff_say_so(world: World) -> None:
    twin = await added(world, somebody("Marta", "Alvarez", BORN), anyway=True)
    assert twin.id != world.patient.id


async def test_a_lookalike_of_another_organization_is_nobody_s_business(world: World) -> None:
    found = await add_patient(world.deps, world.actors["outsider"], SAMIR, anyway=False)
    assert isinstance(found, Patient)
    assert isinstance(await add_patient(world.deps, world.actors["pcp"], SAMIR, anyway=False), Patient)


async def test_who_may_not_write_patients_adds_none(world: World) -> None:
    nobody: Actor = replace(world.actors["pcp"], roles=frozenset())
    with pytest.raises(Forbidden):
        await add_patient(world.deps, nobody, SAMIR, anyway=False)


async def test_a_change_is_written_with_what_the_search_needs(world: World) -> None:
    patient = await added(world, SAMIR)
    contact = PatientContact(phone="406-555-0999", record_number="CC-3003")
    changed = replace(SAMIR, given_name="Sami", family_name="Haddád", contact=contact)
    await change_patient(world.deps, world.actors["pcp"], patient.id, changed)
    row = await stored(world, patient)
    assert (row.given_name, row.given_key, row.family_key) == ("Sami", "sami", "haddad")
    assert patient_contact(world.deps.keyring, row) == contact
    async with world.deps.database.read() as session:
        for typed, count in (("406-555-0999", 1), ("samir@example.org", 0), ("cc-3003", 1), ("cc-2002", 0)):
            search = read_search(typed)
            found = await find_patients(session, world.actors["pcp"], world.deps.keyring, search)
            assert len(found) == count, typed


async def test_a_change_is_on_the_record(world: World) -> None:
    await change_patient(world.deps, world.actors["pcp"], world.patient.id, SAMIR)
    async with world.deps.database.read() as session:
        event = (await session.exec(select(AuditEvent).where(AuditEvent.action == "update"))).one()
    assert (event.patient_id, event.account_id) == (world.patient.id, world.accounts["pcp"].id)


async def test_an_outsider_changes_nobody(world: World) -> None:
    for patient_id in (world.patient.id, new_id(), None):
        with pytest.raises(NotFound):
            await change_patient(world.deps, world.actors["outsider"], patient_id, SAMIR)
    assert (await stored(world, world.patient)).given_name == "Maria"


async def test_a_name_that_grows_when_folded_is_kept_by_both_databases(world: World) -> None:
    row = await stored(world, await added(world, somebody("ß" * 60, "ﷺ" * 60)))
    assert row.given_name == "ß" * 60


async def test_the_privacy_contact_is_kept_sealed_noted_without_it_and_taken_away(world: World) -> None:
    admin = world.actors["admin"]
    for email in ("privacy@cedar.test", ""):
        await set_privacy_contact(world.deps, admin, email)
        async with world.deps.database.read() as session:
            organization = await session.get_one(Organization, admin.organization_id)
        assert privacy_contact(world.deps.keyring, organization) == email
        assert b"privacy@cedar.test" not in (organization.privacy_contact or b"")
    async with world.deps.database.read() as session:
        events = (await session.exec(select(AuditEvent).where(AuditEvent.entity == "Organization"))).all()
    assert [(event.action, event.why) for event in events] == [("update", "privacy contact")] * 2


@pytest.mark.parametrize("who", ["pcp", "frontdesk"])
async def test_only_administrators_set_the_privacy_contact(site: World, who: str) -> None:
    with pytest.raises(Forbidden):
        await set_privacy_contact(site.deps, site.actors[who], "mine@evil.test")


async def test_staff_end_what_accounts_see_of_a_patient(world: World) -> None:
    await own_account(world)
    await end_account(world.deps, world.actors["frontdesk"], world.patient.id)
    assert await ties(world) == set()


async def test_an_outsider_ends_nobodys_access(world: World) -> None:
    await own_account(world)
    for patient_id in (world.patient.id, new_id(), None):
        with pytest.raises(NotFound):
            await end_account(world.deps, world.actors["outsider"], patient_id)
    assert len(await ties(world)) == 1
