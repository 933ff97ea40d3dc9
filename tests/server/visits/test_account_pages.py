"""The way to a patient's own account, as browsers take it: from the closing page over the mail to one's visits."""

import re

import httpx2
import pytest

from server.directory import Patient
from server.directory.store import PatientContact, keep_contact
from server.identity import Account, account_email
from server.visits.actions import end_visit
from tests.cast import World
from tests.server.identity.own_accounts import (
    EMAIL,
    PASSWORD,
    another_patient,
    mailed_link,
    own_account,
    signed_in,
    stored_link,
    ties,
)
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

TYPED = {"name": "Maria Alvarez", "email": EMAIL, "password": PASSWORD}
OFFER = "Keep your visits in one place"


async def after_visit(world: World) -> httpx2.AsyncClient:
    """The patient's browser after a visit that took place."""
    visit_id, token = await world.visit()
    maria = await journey.waiting(world, token)
    pcp = await world.signed_in("pcp")
    assert (await pcp.post(f"/visits/{visit_id}/admit")).status_code == 303
    assert (await pcp.post(f"/visits/{visit_id}/end")).status_code == 303
    return maria


async def mailed(world: World) -> str:
    """The address in the last mail."""
    *_, letter = await journey.letters(world)
    found = re.search(r"http://127\.0\.0\.1:8000(/my/open/\S+)", letter.body)
    assert found
    return found.group(1)


async def change_patient(world: World, contact: PatientContact | None = None, **columns: object) -> None:
    async with world.deps.database.write() as session:
        row = await session.get_one(Patient, world.patient.id)
        for name, value in columns.items():
            setattr(row, name, value)
        if contact is not None:
            keep_contact(world.deps.keyring, row, contact)


async def addresses(world: World) -> list[str]:
    return [account_email(world.deps.keyring, row) for row in await journey.rows(world, Account)]


# Asking


async def test_after_a_visit_the_closing_page_offers_an_account(site_with_mail: World) -> None:
    maria = await after_visit(site_with_mail)
    assert OFFER in (await maria.get("/visit/closed")).text
    page = await maria.get("/visit/account")
    assert page.status_code == 200
    assert "m•••@example.org" in page.text
    assert "m.alvarez" not in page.text


async def test_nothing_is_offered_where_no_mail_can_be_sent(site: World) -> None:
    maria = await after_visit(site)
    assert OFFER not in (await maria.get("/visit/closed")).text
    assert (await maria.get("/visit/account")).headers["location"] == "/visit"
    assert (await maria.post("/visit/account", data=TYPED)).headers["location"] == "/visit"


async def test_nothing_is_offered_to_whom_no_clinician_has_seen(site_with_mail: World) -> None:
    site = site_with_mail
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    assert (await maria.get("/visit/account")).headers["location"] == "/visit"
    await end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    assert OFFER not in (await maria.get("/visit/closed")).text
    assert (await maria.post("/visit/account", data=TYPED)).headers["location"] == "/visit"
    assert await journey.letters(site) == []


async def test_only_the_browser_that_was_in_the_visit_may_ask_and_only_for_half_a_day(site_with_mail: World) -> None:
    maria = await after_visit(site_with_mail)
    for stranger in (site_with_mail.browser(), await site_with_mail.signed_in("pcp")):
        assert (await stranger.get("/visit/account")).status_code == 401
    site_with_mail.clock.pass_(hours=12)
    assert (await maria.get("/visit/account")).status_code == 401


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Enter your name."),
        ({"email": "maria"}, "Enter an e-mail address"),
        ({"password": "short"}, "at least 12 characters"),
        ({"password": "maria alvarez!"}, "Do not use your name"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays_but_for_the_password(
    site_with_mail: World, changes: dict[str, str], words: str
) -> None:
    maria = await after_visit(site_with_mail)
    answer = await maria.post("/visit/account", data={**TYPED, **changes})
    assert answer.status_code == 422
    assert words in answer.text
    for typed in (value for name, value in TYPED.items() if name not in {*changes, "password"}):
        assert f'value="{typed}"' in answer.text
    assert PASSWORD not in answer.text
    assert await journey.letters(site_with_mail) == []


async def test_an_empty_address_means_the_one_on_file(site_with_mail: World) -> None:
    maria = await after_visit(site_with_mail)
    await maria.post("/visit/account", data={**TYPED, "email": ""})
    assert [letter.recipient for letter in await journey.letters(site_with_mail)] == ["m.alvarez@example.org"]


async def test_without_an_address_on_file_one_must_be_typed(site_with_mail: World) -> None:
    await change_patient(site_with_mail, PatientContact())
    maria = await after_visit(site_with_mail)
    assert (await maria.get("/visit/account")).status_code == 200
    assert (await maria.post("/visit/account", data={**TYPED, "email": ""})).status_code == 422


async def test_the_answer_is_the_same_whether_or_not_the_address_has_an_account(site_with_mail: World) -> None:
    maria = await after_visit(site_with_mail)
    answers = []
    for email in ("nobody@example.org", "admin@demo.test"):
        posted = await maria.post("/visit/account", data={**TYPED, "email": email})
        assert posted.status_code == 303
        answers.append((posted.headers["location"], (await maria.get(posted.headers["location"])).text))
    assert answers[0] == answers[1]
    assert "Look into your mail" in answers[0][1]


# Opening


async def opened(world: World, path: str, browser: httpx2.AsyncClient | None = None) -> httpx2.Response:
    return await (browser or world.browser()).post(path, data={"password": PASSWORD})


async def test_the_mail_leads_to_ones_visits(site_with_mail: World) -> None:
    maria = await after_visit(site_with_mail)
    await maria.post("/visit/account", data=TYPED)
    path, other_device = await mailed(site_with_mail), site_with_mail.browser()
    assert "Type the password" in (await other_device.get(path)).text
    answer = await opened(site_with_mail, path, other_device)
    assert answer.headers["location"] == "/my"
    assert "Past visits" in (await other_device.get("/my")).text
    assert EMAIL in await addresses(site_with_mail)


async def test_a_mail_scanner_that_follows_and_posts_spends_nothing(site: World) -> None:
    token = await mailed_link(site)
    scanner = site.browser()
    for _ in range(5):
        assert (await scanner.get(f"/my/open/{token}")).status_code == 200
        assert (await scanner.post(f"/my/open/{token}", data={})).status_code == 422
    assert (await stored_link(site, token)).used_at is None
    assert EMAIL not in await addresses(site)


async def test_a_wrong_password_says_which_one_is_meant(site: World) -> None:
    answer = await site.browser().post(f"/my/open/{await mailed_link(site)}", data={"password": "something else"})
    assert answer.status_code == 422
    assert "password that you chose after your visit" in answer.text


async def test_in_a_second_tab_the_used_link_leads_to_the_sign_in(site: World) -> None:
    path = f"/my/open/{await mailed_link(site)}"
    maria = site.browser()
    first, second = await opened(site, path, maria), await opened(site, path, maria)
    assert (first.status_code, second.status_code) == (303, 409)
    assert "used already" in second.text
    assert "used already" in (await site.browser().get(path)).text


async def test_a_link_that_is_too_old_or_replaced_says_what_to_do(site: World) -> None:
    old = f"/my/open/{await mailed_link(site)}"
    new = f"/my/open/{await mailed_link(site)}"
    assert "newer link" in (await site.browser().get(old)).text
    site.clock.pass_(hours=24)
    assert "too old" in (await site.browser().get(new)).text
    assert (await opened(site, new)).status_code == 409


async def test_a_link_nobody_made_is_a_404(site: World) -> None:
    for path in ("/my/open/made-up", "/my/open/%00"):
        assert (await site.browser().get(path)).status_code == 404
        assert (await opened(site, path)).status_code == 404


async def test_one_address_may_not_try_links_without_end(site: World) -> None:
    browser = site.browser()
    answers = [(await browser.get("/my/open/unknown")).status_code for _ in range(61)]
    assert (answers[0], answers[-1]) == (404, 429)


async def test_before_the_password_the_page_says_nothing_of_the_patient(site: World) -> None:
    page = (await site.browser().get(f"/my/open/{await mailed_link(site)}")).text
    for secret in ("Maria", "Alvarez", "1992", EMAIL):
        assert secret not in page


async def test_a_password_is_taken_as_it_was_typed(site_with_mail: World) -> None:
    maria, spaced = await after_visit(site_with_mail), " seven quiet herons "
    await maria.post("/visit/account", data={**TYPED, "password": spaced})
    path = await mailed(site_with_mail)
    assert (await opened(site_with_mail, path)).status_code == 422
    assert (await site_with_mail.browser().post(path, data={"password": spaced})).status_code == 303


async def test_the_new_session_is_another_one_than_the_browser_had(site: World) -> None:
    browser = await signed_in(site, site.accounts["pcp"])
    before = browser.cookies["curbside"]
    await opened(site, f"/my/open/{await mailed_link(site)}", browser)
    assert browser.cookies["curbside"] != before
    old_cookie = site.browser()
    old_cookie.cookies.set("curbside", before)
    assert (await old_cookie.get("/today")).headers["location"] == "/login?next=/today"


# An address that has an account


async def test_who_has_an_account_signs_in_and_adds_the_visits(site: World) -> None:
    leo = await another_patient(site, "Leo")
    account = await own_account(site, leo)
    path = f"/my/open/{await mailed_link(site)}"
    assert f"/login?next={path}" in (await site.browser().get(path)).text
    maria = await signed_in(site, account)
    assert "Add these visits to your account" in (await maria.get(path)).text
    assert (await maria.post(path)).headers["location"] == "/my"
    assert await ties(site) == {(account.id, leo.id), (account.id, site.patient.id)}
    page = (await maria.get("/my")).text
    assert '<p class="dim">Maria Alvarez</p>' in page
    assert "Visits of Leo Alvarez" in page


async def test_staff_come_to_their_own_visits_and_stay_staff(site: World) -> None:
    path = f"/my/open/{await mailed_link(site, 'pcp@demo.test')}"
    pcp = await site.signed_in("pcp")
    assert (await pcp.post(path)).headers["location"] == "/my"
    assert (await pcp.get("/my")).status_code == 200
    again = await site.signed_in("pcp")
    assert "Your own visits" in (await again.get("/today")).text


async def test_nobody_else_who_is_signed_in_adds_them(site: World) -> None:
    path = f"/my/open/{await mailed_link(site, 'admin@demo.test')}"
    pcp = await site.signed_in("pcp")
    for browser in (pcp, site.browser()):
        assert (await opened(site, path, browser)).status_code == 409
    page = (await pcp.get(path)).text
    assert "belong to another account" in page
    assert "Dr. Rose Okafor" in page
    assert await ties(site) == set()


async def test_the_pages_speak_the_patients_language(site_with_mail: World) -> None:
    await change_patient(site_with_mail, language="es")
    maria = await after_visit(site_with_mail)
    await maria.post("/visit/account", data=TYPED)
    (letter,) = await journey.letters(site_with_mail)
    assert "Después de su visita" in letter.body
    for browser, path in ((maria, "/visit/account"), (site_with_mail.browser(), await mailed(site_with_mail))):
        assert '<html lang="es">' in (await browser.get(path)).text


async def test_who_has_the_account_open_already_is_led_to_it(site_with_mail: World) -> None:
    maria = await after_visit(site_with_mail)
    account = await own_account(site_with_mail)
    maria.cookies.set("curbside", (await signed_in(site_with_mail, account)).cookies["curbside"])
    page = (await maria.get("/visit/closed")).text
    assert 'href="/my"' in page
    assert OFFER not in page
