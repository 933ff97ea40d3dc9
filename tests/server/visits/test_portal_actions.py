"""Asking for an account after a visit, opening it from the mail, and joining a visit by it."""

import asyncio
import re
from uuid import UUID

import pytest

from server.access import Action, Actor
from server.directory.store import PatientContact, keep_contact
from server.identity import Account, AccountLink, SignIn, account_email
from server.kit import Conflict, Gone, NotFound, Secret, TooMany
from server.visits.actions import admit_patient, end_visit
from server.visits.portal_actions import (
    AccountForm,
    add_own_patient,
    ask_for_account,
    join_own_visit,
    open_own_account,
)
from server.visits.store import Visit, visit_by_id
from tests.cast import World
from tests.server.identity.own_accounts import (
    EMAIL,
    PASSWORD,
    another_patient,
    as_patient,
    mailed_link,
    own_account,
    ties,
)
from tests.server.visits import journey
from tests.server.visits.conftest import Heard

pytestmark = pytest.mark.anyio

TYPED = AccountForm("Maria Alvarez", EMAIL, PASSWORD)
HERE = SignIn("192.0.2.7")
AT_THE_CLINIC = "m.alvarez@example.org"


async def after_visit(world: World) -> tuple[Actor, Visit]:
    """A visit that took place, and its patient on the link."""
    visit_id, token = await world.visit()
    maria = await journey.patient_waits(world, token)
    await admit_patient(world.deps, world.live, world.actors["pcp"], visit_id)
    await end_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    return maria, await visit_of(world, maria, visit_id)


async def visit_of(world: World, maria: Actor, visit_id: UUID) -> Visit:
    async with world.deps.database.read() as session:
        return await visit_by_id(session, maria, Action.ATTEND_VISIT, visit_id)


async def token_in_the_mail(world: World) -> str:
    *_, letter = await journey.letters(world)
    found = re.search(r"/my/open/(\S+)", letter.body)
    assert found
    return found.group(1)


async def no_address_on_file(world: World) -> None:
    async with world.deps.database.write() as session:
        keep_contact(world.deps.keyring, patient := await session.merge(world.patient), PatientContact())
        session.add(patient)


# Asking


async def test_who_asks_gets_a_mail_whose_link_opens_the_account(world: World) -> None:
    maria, visit = await after_visit(world)
    await ask_for_account(world.deps, maria, visit, TYPED)
    (letter,) = await journey.letters(world)
    assert letter.recipient == EMAIL
    for words in ("Cedar Creek Clinic", "406-555-0142", "http://127.0.0.1:8000/my/open/"):
        assert words in letter.body
    assert isinstance(await open_own_account(world.deps, await token_in_the_mail(world), PASSWORD, HERE), Secret)
    assert {patient for _, patient in await ties(world)} == {world.patient.id}


async def test_the_mail_says_nothing_of_the_patient(site: World) -> None:
    maria, visit = await after_visit(site)
    await ask_for_account(site.deps, maria, visit, TYPED)
    (letter,) = await journey.letters(site)
    for secret in ("Maria", "Alvarez", "1992", "Okafor", "Follow-up", PASSWORD):
        assert secret not in letter.subject + letter.body


async def test_before_the_mail_is_opened_there_is_no_account(site: World) -> None:
    maria, visit = await after_visit(site)
    await ask_for_account(site.deps, maria, visit, TYPED)
    accounts = [account_email(site.deps.keyring, row) for row in await journey.rows(site, Account)]
    assert EMAIL not in accounts
    (event,) = await journey.audited(site, "ask_for_account")
    assert event.patient_id == site.patient.id


async def test_an_address_that_has_an_account_gets_a_mail_that_says_to_sign_in(site: World) -> None:
    maria, visit = await after_visit(site)
    email = account_email(site.deps.keyring, site.accounts["admin"])
    await ask_for_account(site.deps, maria, visit, AccountForm("Maria Alvarez", email, PASSWORD))
    (letter,) = await journey.letters(site)
    assert "sign in to add these visits" in letter.body
    with pytest.raises(Conflict):
        await open_own_account(site.deps, await token_in_the_mail(site), PASSWORD, HERE)


async def test_asking_again_replaces_the_mail_before(site: World) -> None:
    maria, visit = await after_visit(site)
    await ask_for_account(site.deps, maria, visit, TYPED)
    first = await token_in_the_mail(site)
    await ask_for_account(site.deps, maria, visit, TYPED)
    with pytest.raises(Conflict):
        await open_own_account(site.deps, first, PASSWORD, HERE)
    assert await open_own_account(site.deps, await token_in_the_mail(site), PASSWORD, HERE)


async def test_nobody_asks_before_a_clinician_has_seen_them_or_while_the_visit_runs(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.patient_waits(site, token)
    await admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    with pytest.raises(Conflict):
        await ask_for_account(site.deps, maria, await visit_of(site, maria, visit_id), TYPED)
    assert await journey.rows(site, AccountLink) == []


async def test_mails_are_sent_a_few_times_and_not_without_end(site: World) -> None:
    maria, visit = await after_visit(site)
    for _ in range(3):
        await ask_for_account(site.deps, maria, visit, TYPED)
    with pytest.raises(TooMany):
        await ask_for_account(site.deps, maria, visit, TYPED)
    assert len(await journey.letters(site)) == 3


# Opening


async def test_the_address_on_file_hears_of_an_account_with_another_one(site: World) -> None:
    await open_own_account(site.deps, await mailed_link(site), PASSWORD, HERE)
    (letter,) = await journey.letters(site)
    assert (letter.recipient, "call the clinic" in letter.body) == (AT_THE_CLINIC, True)
    assert EMAIL not in letter.body


@pytest.mark.parametrize("email", [AT_THE_CLINIC, "M.Alvarez@example.org"])
async def test_the_address_on_file_needs_no_word_of_its_own_account(site: World, email: str) -> None:
    await open_own_account(site.deps, await mailed_link(site, email), PASSWORD, HERE)
    assert await journey.letters(site) == []


async def test_without_an_address_on_file_there_is_nobody_to_tell(site: World) -> None:
    await no_address_on_file(site)
    await open_own_account(site.deps, await mailed_link(site), PASSWORD, HERE)
    assert await journey.letters(site) == []


async def test_passwords_are_not_tried_on_a_mailed_link_without_end(site: World) -> None:
    token = await mailed_link(site)
    for _ in range(10):
        assert await open_own_account(site.deps, token, "something else 1", HERE) is None
    with pytest.raises(TooMany):
        await open_own_account(site.deps, token, PASSWORD, HERE)


async def test_a_parent_adds_a_child_and_the_childs_address_on_file_hears_of_it(site: World) -> None:
    account, leo = await own_account(site), await another_patient(site, "Leo")
    async with site.deps.database.write() as session:
        row = await session.merge(leo)
        keep_contact(site.deps.keyring, row, PatientContact(email="leo@example.org"))
    token = await mailed_link(site, patient=leo)
    assert await add_own_patient(site.deps, as_patient(account, site.patient), token) == leo.id
    assert [letter.recipient for letter in await journey.letters(site)] == ["leo@example.org"]


# Joining


async def joined(world: World, visit_id: UUID | None, device: str = "a phone") -> bool:
    maria = as_patient(await own_account(world, email=f"{device.replace(' ', '.')}@example.org"), world.patient)
    return (await join_own_visit(world.deps, world.live, maria, visit_id, b"", device)).let_in


async def test_a_patient_joins_their_own_visit_when_its_time_has_come(world: World) -> None:
    visit_id, token = await world.visit()
    assert await joined(world, visit_id)
    assert (await journey.link_of(world, token)).browser_hash is not None


async def test_another_device_in_the_visit_is_asked_for_and_staff_hear_of_it(site: World, listen: Heard) -> None:
    visit_id, token = await site.visit()
    await journey.waiting(site, token)
    told = listen(site)
    assert not await joined(site, visit_id)
    assert "today" in [words[-1] for words in told]


async def test_too_early_is_said_in_words(site: World) -> None:
    visit_id, _ = await site.visit(starts_at=site.clock.now.replace(hour=23))
    with pytest.raises(Conflict, match="cannot be joined now"):
        await joined(site, visit_id)


async def test_a_visit_that_is_over_is_joined_no_more(site: World) -> None:
    _, visit = await after_visit(site)
    with pytest.raises(Gone):
        await joined(site, visit.encounter.id)


async def test_a_stranger_joins_nobodys_visit(site: World) -> None:
    leo = await another_patient(site, "Leo")
    visit_id, token = await site.visit(patient_id=leo.id)
    for unknown in (visit_id, None):
        with pytest.raises(NotFound):
            await join_own_visit(
                site.deps,
                site.live,
                as_patient(await own_account(site, email=f"{unknown}@example.org"), site.patient),
                unknown,
                b"",
                "a phone",
            )
    assert (await journey.link_of(site, token)).browser_hash is None


async def test_of_ten_devices_that_join_at_once_one_is_in(world: World) -> None:
    visit_id, _ = await world.visit()
    maria = as_patient(await own_account(world), world.patient)
    tries = (join_own_visit(world.deps, world.live, maria, visit_id, b"", f"device {n}") for n in range(10))
    assert sum(browser.let_in for browser in await asyncio.gather(*tries)) == 1
