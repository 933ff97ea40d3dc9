"""Queries of patients' own accounts."""

import pytest

from server.identity import account_email, email_index
from server.identity.portal_store import has_own_account, holder_of, patients_of_account
from tests.cast import World
from tests.server.identity.own_accounts import EMAIL, another_patient, own_account

pytestmark = pytest.mark.anyio


async def test_the_patients_of_an_account_are_its_own_alone_oldest_first(site: World) -> None:
    leo, mia = await another_patient(site, "Leo"), await another_patient(site, "Mia")
    account = await own_account(site, leo, site.patient)
    await own_account(site, mia, email="somebody.else@example.org")
    async with site.deps.database.read() as session:
        found = [tie.patient_id for tie in await patients_of_account(session, account.id)]
    assert found == [leo.id, site.patient.id]


async def test_staff_see_that_a_patient_of_their_organization_of_has_an_account(site: World) -> None:
    await own_account(site, site.patient, site.outside_patient)
    leo = await another_patient(site, "Leo")
    async with site.deps.database.read() as session:
        asked = [(site.patient, "pcp"), (leo, "pcp"), (site.outside_patient, "pcp"), (site.patient, "outsider")]
        answers = [await has_own_account(session, site.actors[who], patient.id) for patient, who in asked]
    assert answers == [True, False, False, False]


async def test_an_address_is_in_use_as_long_as_its_account_is_somebodys(site: World) -> None:
    keyring = site.deps.keyring
    await own_account(site)
    async with site.deps.database.read() as session:
        nobody = await holder_of(session, email_index(keyring, "nobody@example.org"))
        patient = await holder_of(session, email_index(keyring, EMAIL))
        staff = await holder_of(session, email_index(keyring, account_email(keyring, site.accounts["admin"])))
    assert (nobody.account, nobody.in_use, patient.in_use, staff.in_use) == (None, False, True, True)
