"""Who finds whom in the directory, and what of it can be read in the database itself."""

from dataclasses import astuple, replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from server.access import Action, Actor
from server.directory import (
    Clinic,
    Patient,
    PatientContact,
    accounts_of,
    add_patient,
    clinic_by_id,
    clinics_of,
    formal_names,
    licences_of,
    organization_of,
    patient_by_id,
    patient_contact,
    practitioner_of_account,
    practitioners_by_ids,
    practitioners_of,
)
from server.directory.rules import read_search
from server.directory.store import (
    MOST_FOUND,
    care_team_of,
    find_patients,
    keep_contact,
    keep_privacy_contact,
    lookalikes,
    names_of_patients,
    organization_by_id,
    organization_by_name,
    organizations_by_ids,
    practitioner_of_member,
    privacy_contact,
    working_zone,
)
from server.directory.tables import CareTeamParticipant
from server.identity import guest_of
from server.kit import NotFound, SealBroken
from server.kit.ids import new_id
from tests.cast import BORN, World
from tests.server.directory.people import SAMIR, somebody
from tests.server.identity.links import new_link, stored

pytestmark = pytest.mark.anyio

CONTACTS = ("4065550177", "406-555-0177", "m.alvarez@example.org", "CC-1001")


async def find(world: World, who: str, typed: str) -> list[str]:
    async with world.deps.database.read() as session:
        found = await find_patients(session, world.actors[who], world.deps.keyring, read_search(typed))
    return [f"{patient.given_name} {patient.family_name}" for patient in found]


async def add(world: World, given: str, family: str, born: date = SAMIR.birth_date) -> None:
    await add_patient(world.deps, world.actors["pcp"], somebody(given, family, born), anyway=True)


@pytest.mark.parametrize(
    "typed",
    [
        "alv",
        "ÁLVAREZ",
        "maria",
        "alvarez m",
        "Maria Alvarez",
        "4/17/1992",
        "alvarez 4/17/1992",
        "(406) 555-0177",
        "+1 406 555 0177",
        "M.Alvarez@Example.org",
        "cc-1001",
    ],
)
async def test_a_patient_is_found_by_name_date_phone_email_and_record_number(world: World, typed: str) -> None:
    await add(world, "Per", "Lindqvist")
    assert await find(world, "pcp", typed) == ["Maria Alvarez"]


@pytest.mark.parametrize("typed", ["lvarez", "alvarez x", "alvarez 4/18/1992", "406-555-0178", "alvarez@example.org"])
async def test_what_does_not_fit_finds_nobody(world: World, typed: str) -> None:
    assert await find(world, "pcp", typed) == []


@pytest.mark.parametrize(
    "typed", ["josé maría", "jose", "maria nun", "josemaria", "Núñez", "nunezortega", "ortega jose"]
)
async def test_each_word_of_a_long_name_finds_it_with_and_without_accents(world: World, typed: str) -> None:
    await add(world, "José-María", "Núñez Ortega")
    assert await find(world, "pcp", typed) == ["José-María Núñez Ortega"]


async def test_a_number_that_may_be_phone_or_record_finds_either(world: World) -> None:
    contact = PatientContact(record_number="4065550177")
    other = SAMIR.__class__("Per", "Lindqvist", SAMIR.birth_date, "en", SAMIR.time_zone, contact)
    await add_patient(world.deps, world.actors["pcp"], other, anyway=True)
    assert await find(world, "pcp", "4065550177") == ["Maria Alvarez", "Per Lindqvist"]


async def test_a_search_shows_a_page_and_no_more_in_the_order_of_names(site: World) -> None:
    names = [f"Zz{chr(97 + n)}" for n in range(MOST_FOUND + 1)]
    for name in reversed(names):
        await add(site, "Sam", name)
    assert await find(site, "pcp", "sam") == [f"Sam {name}" for name in names[:MOST_FOUND]]


@pytest.mark.parametrize("typed", ["haddad", "11/2/1985", "406-555-0123", "samir@example.org", "cc-2002"])
async def test_an_outsider_finds_nothing_by_any_of_these(world: World, typed: str) -> None:
    await add_patient(world.deps, world.actors["pcp"], SAMIR, anyway=True)
    assert await find(world, "pcp", typed) == ["Samir Haddad"]
    assert await find(world, "outsider", typed) == []


async def test_lookalikes_are_the_others_born_on_the_day_within_the_organization(world: World) -> None:
    await add(world, "Alvarez", "Mária", BORN)
    await add(world, "Maria", "Alvarez", BORN.replace(year=1991))
    async with world.deps.database.read() as session:
        found = await lookalikes(session, world.actors["pcp"], world.patient)
    assert [patient.given_name for patient in found] == ["Alvarez"]


# Tenancy


async def test_an_outsider_gets_no_record_of_another_organization(world: World) -> None:
    outsider = world.actors["outsider"]
    async with world.deps.database.read() as session:
        with pytest.raises(NotFound):
            await patient_by_id(session, outsider, Action.READ_PATIENT, world.patient.id)
        with pytest.raises(NotFound):
            await clinic_by_id(session, outsider, world.clinic.id)
        assert await practitioners_by_ids(session, outsider, [world.practitioners["pcp"].id]) == {}
        assert {p.id for p in await practitioners_of(session, outsider)} == {world.practitioners["outsider"].id}
        assert world.clinic.id not in {clinic.id for clinic in await clinics_of(session, outsider)}


async def test_an_unknown_or_missing_id_is_not_found(world: World) -> None:
    pcp = world.actors["pcp"]
    async with world.deps.database.read() as session:
        for unknown in (new_id(), None):
            with pytest.raises(NotFound):
                await patient_by_id(session, pcp, Action.READ_PATIENT, unknown)
            with pytest.raises(NotFound):
                await clinic_by_id(session, pcp, unknown)


async def test_a_patient_on_a_link_opens_no_record_as_staff_do(world: World) -> None:
    guest = guest_of(await stored(world, await new_link(world)), "")
    async with world.deps.database.read() as session:
        with pytest.raises(NotFound):
            await patient_by_id(session, guest, Action.READ_PATIENT, world.patient.id)


async def test_staff_find_the_people_of_their_organization_of(world: World) -> None:
    pcp = world.actors["pcp"]
    mine = [world.practitioners[name].id for name in ("psychiatrist", "pcp", "caremanager")]
    async with world.deps.database.read() as session:
        assert [p.id for p in await practitioners_of(session, pcp)] == mine
        assert set(await practitioners_by_ids(session, pcp, mine[:1])) == set(mine[:1])
        assert [clinic.id for clinic in await clinics_of(session, pcp)] == [world.clinic.id]
        assert (await clinic_by_id(session, pcp, world.clinic.id)).name == "Cedar Creek Clinic"
        assert (await patient_by_id(session, pcp, Action.READ_PATIENT, world.patient.id)).id == world.patient.id


async def test_organizations_come_by_name(world: World) -> None:
    ids = [world.actors[name].organization_id for name in ("outsider", "pcp")]
    async with world.deps.database.read() as session:
        assert [o.name for o in await organizations_by_ids(session, ids)] == ["Cedar Creek Health", "Prairie Health"]
        assert await organizations_by_ids(session, ()) == []


async def practitioner_of(world: World, actor: Actor) -> object:
    async with world.deps.database.read() as session:
        found = await practitioner_of_account(session, actor)
    return found.id if found else None


async def test_who_treats_patients_is_a_practitioner_and_the_front_desk_is_not(world: World) -> None:
    assert await practitioner_of(world, world.actors["pcp"]) == world.practitioners["pcp"].id
    assert await practitioner_of(world, world.actors["frontdesk"]) is None


async def test_licences_come_by_state(world: World) -> None:
    async with world.deps.database.read() as session:
        found = await licences_of(session, world.practitioners["pcp"].id)
    assert [licence.state for licence in found] == ["ID", "MT"]


async def test_the_policy_asks_for_the_accounts_of_practitioners_who_have_one(world: World) -> None:
    pcp, paper = world.practitioners["pcp"], world.practitioners["pcp"].model_copy(update={"account_id": None})
    assert accounts_of([pcp, paper]) == {world.accounts["pcp"].id}


# At rest


async def test_no_row_holds_a_contact_as_it_was_typed(world: World) -> None:
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(Patient).where(col(Patient.phone).is_not(None)))).all()
    held = b"".join(value for row in rows for value in row.model_dump().values() if isinstance(value, bytes))
    assert len(rows) == 2
    assert not [text for text in CONTACTS if text.casefold().encode() in held.lower()]


def files(folder: Path) -> bytes:
    """Give what a stolen disk would: the database and its write-ahead log."""
    return b"".join(file.read_bytes() for file in folder.glob("curbside.db*")).lower()


async def test_the_database_file_itself_holds_no_contact(site: World, sqlite_folder: Path) -> None:
    await add_patient(site.deps, site.actors["pcp"], SAMIR, anyway=True)
    held = files(sqlite_folder)
    assert b"haddad" in held, "names are plain, so these are the right files"
    texts = (*CONTACTS, *astuple(SAMIR.contact))
    assert not [text for text in texts if text.casefold().encode() in held]


async def test_contacts_open_again_and_unknown_ones_stay_empty(world: World) -> None:
    contact = PatientContact(phone="406-555-0177")
    keep_contact(world.deps.keyring, world.patient, contact)
    assert (world.patient.email, world.patient.email_index) == (None, None)
    assert patient_contact(world.deps.keyring, world.patient) == contact


async def test_a_sealed_contact_copied_to_another_patient_does_not_open(world: World) -> None:
    world.outside_patient.phone = world.patient.phone
    with pytest.raises(SealBroken):
        patient_contact(world.deps.keyring, world.outside_patient)


async def test_the_same_phone_has_another_hash_in_each_organization(world: World) -> None:
    assert world.patient.phone_index != world.outside_patient.phone_index


async def test_everybody_finds_their_organization_of(site: World) -> None:
    async with site.deps.database.read() as session:
        names = {who: (await organization_of(session, site.actors[who])).name for who in ("pcp", "outsider")}
        with pytest.raises(NotFound):
            await organization_of(session, replace(site.actors["pcp"], organization_id=new_id()))
    assert names == {"pcp": "Cedar Creek Health", "outsider": "Prairie Health"}


# Whom other features ask for


async def test_an_organization_is_given_to_whoever_names_it_by_a_link_or_as_the_operator(world: World) -> None:
    home = world.clinic.organization_id
    async with world.deps.database.read() as session:
        assert (await organization_by_id(session, home)).name == "Cedar Creek Health"
        assert (await organization_by_name(session, "Cedar Creek Health")).id == home
        for unknown in (new_id(), None):
            with pytest.raises(NotFound):
                await organization_by_id(session, unknown)
        with pytest.raises(NotFound):
            await organization_by_name(session, "cedar creek")


async def test_members_are_practitioners_within_their_own_organization_only(world: World) -> None:
    account = world.accounts["pcp"].id
    async with world.deps.database.read() as session:
        found = await practitioner_of_member(session, world.actors["admin"], account)
        assert found is not None
        assert found.id == world.practitioners["pcp"].id
        assert await practitioner_of_member(session, world.actors["outsider"], account) is None


async def test_names_are_given_of_one_s_own_organization_s_patients_only(world: World) -> None:
    ids = [world.patient.id, world.outside_patient.id]
    async with world.deps.database.read() as session:
        assert await names_of_patients(session, world.actors["pcp"], ids) == {world.patient.id: "Alvarez, Maria"}


async def test_a_care_team_is_who_is_in_it_now(world: World) -> None:
    def joined(who: str, ended_at: datetime | None = None) -> CareTeamParticipant:
        return CareTeamParticipant(
            id=new_id(),
            organization_id=world.clinic.organization_id,
            patient_id=world.patient.id,
            account_id=world.accounts[who].id,
            added_at=world.clock.now,
            ended_at=ended_at,
        )

    async with world.deps.database.write() as session:
        session.add_all([joined("caremanager"), joined("frontdesk", ended_at=world.clock.now)])
    async with world.deps.database.read() as session:
        assert await care_team_of(session, world.actors["pcp"], world.patient.id) >= {world.accounts["caremanager"].id}
        assert world.accounts["frontdesk"].id not in await care_team_of(session, world.actors["pcp"], world.patient.id)
        assert await care_team_of(session, world.actors["outsider"], world.patient.id) == frozenset()


async def test_the_privacy_contact_is_kept_sealed_and_taken_away(site: World) -> None:
    keyring = site.deps.keyring
    async with site.deps.database.write() as session:
        organization = await organization_of(session, site.actors["admin"])
        keep_privacy_contact(keyring, organization, "privacy@example.org")
        assert b"privacy@example.org" not in (organization.privacy_contact or b"")
        assert privacy_contact(keyring, organization) == "privacy@example.org"
        keep_privacy_contact(keyring, organization, "")
        assert organization.privacy_contact is None


async def test_staff_work_in_the_zone_of_their_clinic_else_of_one_that_they_cover(world: World) -> None:
    first = await world.second_clinic("A clinic in the east")
    async with world.deps.database.write() as session:
        (await session.get_one(Clinic, first.id)).time_zone = "America/New_York"
    nowhere = replace(world.actors["admin"], clinics=frozenset())
    async with world.deps.database.read() as session:
        zones = [await working_zone(session, one) for one in (world.actors["pcp"], world.actors["frontdesk"], nowhere)]
        stranger = replace(nowhere, organization_id=new_id())
        assert zones == ["America/Denver", "America/Denver", "America/New_York"]
        assert await working_zone(session, stranger) == "UTC"


async def test_accounts_have_one_name_that_of_the_practitioner_and_else_their_own(world: World) -> None:
    people = {name: world.accounts[name].id for name in ("pcp", "frontdesk", "caremanager")}
    async with world.deps.database.read() as session:
        names = await formal_names(session, world.actors["pcp"], set(people.values()))
        assert await formal_names(session, world.actors["pcp"], set()) == {}
    assert {name: names[account] for name, account in people.items()} == {
        "pcp": "Dr. R. Okafor",
        "frontdesk": "June Whitfield",
        "caremanager": "T. Reyes",
    }
