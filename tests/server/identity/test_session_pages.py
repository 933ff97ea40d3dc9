"""The account's page, being locked by idleness, and coming back, in a browser."""

from urllib.parse import quote

import httpx2
import pytest
from argon2 import PasswordHasher
from sqlmodel import col, select

from server.identity import PageSession
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.own_accounts import PASSWORD as OWN_PASSWORD
from tests.server.identity.own_accounts import own_account, signed_in
from tests.server.identity.sessions import all_rows, begin, browser_by_issuer, events, give, join_outsiders, row_of

pytestmark = pytest.mark.anyio

PASSWORD = " correct horse "
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
JSON = {"Accept": "application/json"}
ANDROID = "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0"
LOCKED = "You were away for a while"


@pytest.fixture
async def clinic(site: World) -> World:
    """The site, where the PCP has a password."""
    await give(site, "pcp", password_hash=HASHED)
    return site


async def idle(world: World, name: str = "pcp") -> httpx2.AsyncClient:
    """Give the browser of somebody who has been away for three quarters of an hour."""
    browser = await world.signed_in(name)
    world.clock.pass_(minutes=45)
    return browser


async def state(browser: httpx2.AsyncClient) -> str:
    return str((await browser.get("/session")).json()["state"])


# The account's page


async def test_the_account_s_page_says_where_one_is_signed_in_and_marks_this_one(site: World) -> None:
    there = await begin(site, address="198.51.100.4", agent=ANDROID)
    site.clock.pass_(minutes=20)
    answer = await (await site.signed_in("pcp")).get("/account")
    assert answer.status_code == 200
    for words in ("Dr. Rose Okafor", "Firefox on Android", "198.51.100.4", "20 minutes ago", "Unknown browser"):
        assert words in answer.text
    assert answer.text.count("This one") == 1
    assert f"/account/sessions/{there.session_id}/end" in answer.text
    for path in ("/account/authenticators", "/account/password", "/account/organizations"):
        assert f'href="{path}"' in answer.text


async def test_a_patient_with_an_account_has_the_page_too_and_no_organizations_to_choose(site: World) -> None:
    browser = await signed_in(site, await own_account(site), site.patient)
    answer = await browser.get("/account")
    assert answer.status_code == 200
    assert "This one" in answer.text
    assert 'href="/account/organizations"' not in answer.text


async def test_with_one_session_there_is_nothing_to_end(site: World) -> None:
    answer = await (await site.signed_in("pcp")).get("/account")
    assert "End session" not in answer.text
    assert "End all other sessions" not in answer.text


async def test_a_stranger_is_asked_to_sign_in(site: World) -> None:
    answer = await site.browser().get("/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/account")


async def test_an_ended_session_is_told_so_at_its_next_request(site: World) -> None:
    here, there = await site.signed_in("pcp"), await site.signed_in("pcp")
    row = (await all_rows(site))[1]
    answer = await here.post(f"/account/sessions/{row.id}/end")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account#sessions")
    assert (await there.get("/today")).headers["location"] == "/login?next=/today"
    assert "this session was ended" in (await there.get("/login")).text
    assert (await here.get("/account")).status_code == 200
    assert "this session was ended" not in (await site.browser().get("/login")).text


async def test_a_session_of_somebody_else_is_not_there(site: World) -> None:
    outsider = await begin(site, "outsider")
    for session_id in (outsider.session_id, new_id(), "nonsense"):
        answer = await (await site.signed_in("pcp")).post(f"/account/sessions/{session_id}/end")
        assert answer.status_code == 404
    assert (await row_of(site, outsider)).ended_at is None


async def test_all_other_sessions_end_at_one_press(site: World) -> None:
    here, there = await site.signed_in("pcp"), await site.signed_in("pcp")
    await here.post("/account/sessions/end")
    assert (await state(here), await state(there)) == ("live", "ended")


# Away for long


async def test_who_was_away_is_asked_for_the_password_and_led_back(clinic: World) -> None:
    browser = await idle(clinic)
    to_login = await browser.get("/patients")
    assert to_login.headers["location"] == "/login?next=/patients"
    to_unlock = await browser.get(to_login.headers["location"])
    assert to_unlock.headers["location"] == f"/unlock?next={quote('/patients', safe='')}"
    page = await browser.get(to_unlock.headers["location"])
    assert LOCKED in page.text
    assert "Dr. Rose Okafor" in page.text
    old = browser.cookies["curbside"]
    answer = await browser.post("/unlock", data={"password": PASSWORD, "next": "/patients"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/patients")
    assert browser.cookies["curbside"] != old, "under a new secret"
    assert "max-age=40500" in answer.headers["set-cookie"].lower(), "as long as the session lives still"
    assert (await browser.get("/patients")).status_code == 200
    browser.cookies.set("curbside", old, domain="127.0.0.1")
    assert (await browser.get("/patients")).status_code == 303, "the old one opens nothing"
    assert len(await all_rows(clinic)) == 1


async def test_a_covered_page_unlocks_without_being_left(clinic: World) -> None:
    browser = await idle(clinic)
    wrong = await browser.post("/unlock", data={"password": "wrong"}, headers=JSON)
    assert (wrong.status_code, wrong.json()["fields"]["password"]) == (422, "This is not your password. Try again.")
    right = await browser.post("/unlock", data={"password": PASSWORD}, headers=JSON)
    assert (right.status_code, right.text) == (204, "")
    assert await state(browser) == "live"


async def test_a_wrong_password_before_the_server_thinks_that_it_is_locked_is_said_as_usual(clinic: World) -> None:
    answer = await (await clinic.signed_in("pcp")).post("/unlock", data={"password": "wrong"})
    assert answer.status_code == 422
    assert "Dr. Rose Okafor, show that it is you" in answer.text


async def test_a_page_may_be_covered_before_the_server_thinks_so_and_unlocks_all_the_same(clinic: World) -> None:
    browser = await clinic.signed_in("pcp")
    assert (await browser.post("/unlock", data={"password": PASSWORD}, headers=JSON)).status_code == 204


async def test_a_wrong_password_is_said_on_the_page(clinic: World) -> None:
    browser = await idle(clinic)
    answer = await browser.post("/unlock", data={"password": "wrong", "next": "/patients"})
    assert answer.status_code == 422
    assert "This is not your password." in answer.text
    assert 'value="/patients"' in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_sixth_password_within_a_minute_is_not_even_looked_at(clinic: World) -> None:
    browser, other = await idle(clinic), await clinic.signed_in("pcp")
    for _ in range(5):
        await browser.post("/unlock", data={"password": "wrong"}, headers=JSON)
    assert (await browser.post("/unlock", data={"password": PASSWORD}, headers=JSON)).status_code == 429
    answer = await browser.post("/unlock", data={"password": PASSWORD})
    assert (answer.status_code, "Wait a minute" in answer.text) == (429, True)
    assert (await other.post("/unlock", data={"password": PASSWORD}, headers=JSON)).status_code == 204, "another's is"
    assert len([e for e in await events(clinic, "unlock") if e[2] == "denied"]) == 5


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test"])
async def test_unlocking_never_leads_elsewhere(clinic: World, elsewhere: str) -> None:
    browser = await idle(clinic)
    assert f'value="{elsewhere}"' not in (await browser.get(f"/unlock?next={quote(elsewhere)}")).text
    answer = await browser.post("/unlock", data={"password": PASSWORD, "next": elsewhere})
    assert answer.headers["location"] == "/"


async def test_whoever_is_not_locked_goes_on(clinic: World) -> None:
    assert (await (await clinic.signed_in("pcp")).get("/unlock?next=/today")).headers["location"] == "/today"
    assert (await clinic.browser().get("/unlock?next=/today")).headers["location"] == "/today"


async def test_nothing_unlocks_an_ended_an_old_or_no_session(clinic: World) -> None:
    ended = await clinic.signed_in("pcp")
    await ended.post("/logout")
    other = await idle(clinic)
    clinic.clock.pass_(hours=12)
    for browser in (ended, other, clinic.browser()):
        assert (await browser.post("/unlock", data={"password": PASSWORD}, headers=JSON)).status_code == 401
    assert await state(other) == "expired"
    assert "signed in for a long time" in (await other.get("/login")).text


async def test_a_locked_session_may_be_left_for_another_way_to_sign_in(clinic: World) -> None:
    browser = await idle(clinic)
    assert "Continue" in (await browser.get("/login?other=1")).text
    answer = await browser.post("/login", data={"email": "pcp@demo.test", "password": PASSWORD})
    assert answer.status_code == 303
    old, new = await all_rows(clinic)
    assert (old.ended_at, new.ended_at) == (clinic.clock.now, None), "one session in one browser"


async def test_who_has_no_password_is_shown_the_other_ways_alone(site: World) -> None:
    page = await (await idle(site)).get("/unlock")
    assert 'name="password"' not in page.text
    assert "/login?other=1" in page.text


async def test_signing_out_of_a_locked_session_ends_it(clinic: World) -> None:
    browser = await idle(clinic)
    await browser.post("/logout")
    assert (await all_rows(clinic))[0].ended_at == clinic.clock.now


async def test_a_part_of_a_page_says_that_it_is_locked_and_does_not_lead_away(clinic: World) -> None:
    browser = await idle(clinic)
    answer = await browser.get("/today/visits", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-trigger"]) == (204, "curbside:locked")
    assert "hx-redirect" not in answer.headers
    clinic.clock.pass_(hours=12)
    old = await browser.get("/today/visits", headers={"HX-Request": "true"})
    assert old.headers["hx-trigger"] == "curbside:locked", "what was typed stays then too"
    gone = await clinic.browser().get("/today/visits", headers={"HX-Request": "true"})
    assert gone.headers["hx-redirect"] == "/login"


# What the server says of a session


async def test_a_page_learns_how_long_is_left_without_counting_as_being_there(clinic: World) -> None:
    browser = await clinic.signed_in("pcp")
    clinic.clock.pass_(minutes=10)
    said = (await browser.get("/session", headers={"X-Background": "1"})).json()
    assert (said["state"], said["left"], said["proved"]) == ("live", 1200, 600)
    assert said["who"].startswith(str(clinic.accounts["pcp"].id))
    clinic.clock.pass_(minutes=20)
    assert (await browser.get("/session", headers={"X-Background": "1"})).json()["left"] == 0
    assert (await clinic.browser().get("/session")).json() == {"state": "none", "who": "", "left": 0, "proved": 0}


async def test_every_page_of_staff_carries_what_warns_and_covers_it(clinic: World) -> None:
    page = await (await clinic.signed_in("pcp")).get("/today")
    assert 'data-idle="1800"' in page.text
    assert 'role="alertdialog"' in page.text
    assert "web/idle-page.js" in page.text


async def test_every_page_of_a_patient_s_own_account_carries_it_too(site: World) -> None:
    browser = await signed_in(site, await own_account(site), site.patient)
    for path in ("/my", "/my/access", "/account", "/account/authenticators"):
        page = (await browser.get(path)).text
        assert 'data-idle="1800"' in page
        for script in ("web/idle-page.js", "lobby/page.js"):
            assert script in page
        assert page.count("<h1>") == 1
        assert 'class="rail"' not in page
        assert 'href="tel:988"' in page


async def test_a_patient_who_was_away_shows_who_they_are_and_goes_on(site: World) -> None:
    browser = await signed_in(site, await own_account(site), site.patient)
    site.clock.pass_(minutes=45)
    assert LOCKED in (await browser.get("/unlock?next=/my")).text
    assert (await browser.post("/unlock", data={"password": OWN_PASSWORD}, headers=JSON)).status_code == 204
    assert (await browser.get("/my")).status_code == 200


async def test_saying_that_somebody_is_there_needs_somebody(clinic: World) -> None:
    assert (await clinic.browser().post("/alive", headers=JSON)).status_code == 401
    assert (await (await idle(clinic)).post("/alive", headers=JSON)).status_code == 401
    assert (await (await clinic.signed_in("pcp")).post("/alive", headers=JSON)).status_code == 204


async def test_a_cookie_that_was_planted_in_a_browser_never_becomes_somebody_s_session(clinic: World) -> None:
    browser = clinic.browser()
    browser.cookies.set("curbside", "planted", domain="127.0.0.1")
    await browser.post("/login", data={"email": "pcp@demo.test", "password": PASSWORD})
    assert browser.cookies["curbside"] != "planted"
    assert await state(browser) == "live"
    browser.cookies.set("curbside", "planted", domain="127.0.0.1")
    assert await state(browser) == "none"


# Several organizations


async def test_a_member_of_two_organizations_chooses_between_them_by_name(site: World) -> None:
    await join_outsiders(site)
    browser = await site.signed_in("pcp")
    page = (await browser.get("/account/organizations")).text
    part = (await browser.get("/account/organizations", headers={"HX-Request": "true"})).text
    for text in (page, part):
        assert "Cedar Creek Health" in text
        assert "Prairie Health" in text
    assert "<html" in page
    assert "<html" not in part
    alone = (await (await site.signed_in("frontdesk")).get("/account/organizations")).text
    assert "Prairie Health" not in alone


async def test_changing_the_organization_gives_the_browser_a_new_secret_and_the_other_s_pages(site: World) -> None:
    away = await join_outsiders(site)
    browser = await site.signed_in("pcp")
    old = browser.cookies["curbside"]
    answer = await browser.post("/account/organization", data={"organization": str(away)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.cookies["curbside"] != old
    async with site.deps.database.read() as session:
        live = (await session.exec(select(PageSession).where(col(PageSession.ended_at).is_(None)))).one()
    assert live.organization_id == away
    assert (await browser.get(f"/patients/{site.patient.id}")).status_code == 404, (
        "the first one's patients are not here"
    )
    assert (await browser.get(f"/patients/{site.outside_patient.id}")).status_code == 200


async def test_an_organization_that_is_not_one_s_own_is_not_there(site: World) -> None:
    browser = await site.signed_in("pcp")
    for wanted in (str(site.actors["outsider"].organization_id), "nonsense", ""):
        assert (await browser.post("/account/organization", data={"organization": wanted})).status_code == 404


async def test_what_a_page_asks_for_by_itself_never_leads_it_away(clinic: World) -> None:
    browser = clinic.browser()
    browser.cookies.set("curbside", "the one before the person was proved again")
    answer = await browser.get("/today/visits", headers={"HX-Request": "true", "X-Background": "1"})
    assert (answer.status_code, answer.headers["hx-trigger"]) == (204, "curbside:check")
    assert "hx-redirect" not in answer.headers


async def test_an_issuers_session_is_unlocked_by_the_persons_password_and_stays_the_issuers(clinic: World) -> None:
    await give(clinic, "pcp", password_hash=HASHED)
    browser = await browser_by_issuer(clinic)
    (row,) = await all_rows(clinic)
    clinic.clock.pass_(minutes=16)
    assert (await browser.post("/unlock", data={"password": PASSWORD, "next": "/"})).status_code == 303
    (after,) = await all_rows(clinic)
    assert (after.issuer_id, after.token_hash != row.token_hash) == (row.issuer_id, True)
