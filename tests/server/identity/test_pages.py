"""Signing in and out in a browser."""

from dataclasses import replace
from urllib.parse import quote

import httpx2
import pytest
from argon2 import PasswordHasher
from sqlmodel import col, select

from server.access import Role
from server.audit import AuditEvent
from server.identity import Account, PageSession
from server.identity.pages import home_of
from tests.cast import World
from tests.server.identity.factors import give_app

pytestmark = pytest.mark.anyio

PASSWORD = " correct horse "
# A hash names its own costs; this one is quick to verify.
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
WRONG = "E-mail and password do not fit together."


@pytest.fixture
async def clinic(site: World) -> World:
    """The site, where the PCP has a password."""
    async with site.deps.database.write() as session:
        (await session.get_one(Account, site.accounts["pcp"].id)).password_hash = HASHED
    return site


@pytest.fixture
def demo(site: World) -> World:
    """The site as a demo."""
    deps = replace(site.deps, settings=site.deps.settings.model_copy(update={"demo": "1"}))
    site.app.state.deps = deps
    return site


async def log_in(browser: httpx2.AsyncClient, **typed: str) -> httpx2.Response:
    return await browser.post("/login", data={"email": "pcp@demo.test", "password": PASSWORD, **typed})


async def ended(world: World) -> list[bool]:
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(PageSession).order_by(col(PageSession.id)))).all()
    return [row.ended_at is not None for row in rows]


async def test_signing_in_leads_home_with_a_cookie_that_scripts_cannot_read(clinic: World) -> None:
    browser = clinic.browser()
    answer = await log_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers.get_list("set-cookie")[0].lower()
    assert cookie.startswith("curbside=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=43200" in cookie
    assert (await browser.get("/today")).status_code == 200


async def test_where_an_app_is_asked_for_the_right_password_leads_to_the_second_step(clinic: World) -> None:
    await give_app(clinic)
    browser = clinic.browser()
    answer = await log_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login/second")
    assert "curbside" not in browser.cookies
    assert (await browser.get("/today")).status_code == 303


async def test_an_email_may_be_typed_in_capitals(clinic: World) -> None:
    assert (await log_in(clinic.browser(), email=" PCP@Demo.test ")).status_code == 303


async def test_a_password_counts_as_typed_with_its_spaces(clinic: World) -> None:
    assert (await log_in(clinic.browser(), password=PASSWORD.strip())).status_code == 422


async def test_a_wrong_password_is_said_in_plain_words_with_the_email_kept(clinic: World) -> None:
    answer = await log_in(clinic.browser(), password="wrong")
    assert answer.status_code == 422
    assert WRONG in answer.text
    assert 'value="pcp@demo.test"' in answer.text
    assert "set-cookie" not in answer.headers
    assert ">wrong<" not in answer.text
    assert 'value="wrong"' not in answer.text


async def test_an_unknown_account_reads_the_same(clinic: World) -> None:
    wrong = await log_in(clinic.browser(), password="wrong")
    unknown = await log_in(clinic.browser(), email="who@demo.test", password="wrong")
    assert unknown.status_code == wrong.status_code
    assert unknown.text == wrong.text.replace("pcp@demo.test", "who@demo.test")


async def test_empty_fields_are_named_one_by_one(clinic: World) -> None:
    answer = await clinic.browser().post("/login", data={"next": "/patients"})
    assert answer.status_code == 422
    assert "Enter your e-mail address." in answer.text
    assert "Enter your password." in answer.text
    assert 'value="/patients"' in answer.text


async def test_a_file_in_place_of_a_password_is_refused(clinic: World) -> None:
    answer = await clinic.browser().post("/login", data={"email": "pcp@demo.test"}, files={"password": b"x"})
    assert answer.status_code == 400


async def test_signing_in_leads_back_to_where_the_person_was_going(clinic: World) -> None:
    answer = await log_in(clinic.browser(), next="/patients?q=al")
    assert answer.headers["location"] == "/patients?q=al"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "\\\\evil.test",
        "javascript:alert(1)",
        "/\t/evil.test",
        "x",
    ],
)
async def test_next_never_leads_elsewhere(clinic: World, elsewhere: str) -> None:
    assert (await log_in(clinic.browser(), next=elsewhere)).headers["location"] == "/"
    signed_in = await clinic.signed_in("pcp")
    answer = await signed_in.get(f"/login?next={quote(elsewhere)}")
    assert answer.headers["location"] == "/"


async def test_a_signed_in_person_need_not_sign_in_again(site: World) -> None:
    browser = await site.signed_in("pcp")
    assert (await browser.get("/login?next=/patients")).headers["location"] == "/patients"


async def test_signing_in_again_ends_the_session_that_the_browser_had(clinic: World) -> None:
    browser = clinic.browser()
    await log_in(browser)
    first = browser.cookies["curbside"]
    await log_in(browser)
    assert browser.cookies["curbside"] != first
    assert await ended(clinic) == [True, False]


async def test_the_eleventh_try_on_one_account_within_a_minute_has_to_wait(clinic: World) -> None:
    browser = clinic.browser()
    for _ in range(10):
        assert (await log_in(browser, password="wrong")).status_code == 422
    answer = await log_in(browser)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert "Wait a minute" in answer.text


async def test_tries_from_one_address_are_limited_over_all_accounts(site: World) -> None:
    for _ in range(100):
        await site.deps.limits.spend("sign-in address", "100/minute", "192.0.2.7")
    assert (await log_in(site.browser(), email="another@demo.test")).status_code == 429


async def test_refused_tries_are_on_the_record_once_a_minute(site: World) -> None:
    for _ in range(100):
        await site.deps.limits.spend("sign-in address", "100/minute", "192.0.2.7")
    for _ in range(3):
        await log_in(site.browser())
    async with site.deps.database.read() as session:
        found = (await session.exec(select(AuditEvent).where(AuditEvent.action == "sign_in"))).all()
    assert [(event.outcome, event.why, event.address) for event in found] == [("denied", "too many tries", "192.0.2.7")]


async def test_the_sign_in_page_leads_to_a_forgotten_password(site: World) -> None:
    assert 'href="/forgot"' in (await site.browser().get("/login")).text


async def test_outside_of_the_demo_no_buttons_are_shown_and_none_works(site: World) -> None:
    browser = site.browser()
    assert "/login/demo" not in (await browser.get("/login")).text
    answer = await browser.post("/login/demo", data={"who": "pcp"})
    assert answer.status_code == 409
    assert "set-cookie" not in answer.headers


async def test_the_demo_has_a_button_for_each_person_and_it_signs_in(demo: World) -> None:
    browser = demo.browser()
    form = (await browser.get("/login")).text
    for who in demo.accounts:
        assert f'value="{who}"' in form
    answer = await browser.post("/login/demo", data={"who": "frontdesk"})
    assert answer.headers["location"] == "/"
    assert (await browser.get("/today")).status_code == 200


@pytest.mark.parametrize("who", ["", "nobody", "pcp@demo.test"])
async def test_the_demo_signs_nobody_else_in(demo: World, who: str) -> None:
    assert (await demo.browser().post("/login/demo", data={"who": who})).status_code == 409


async def test_changing_the_demo_person_ends_the_session_of_the_first(demo: World) -> None:
    browser = demo.browser()
    await browser.post("/login/demo", data={"who": "pcp"})
    await browser.post("/login/demo", data={"who": "frontdesk"})
    assert await ended(demo) == [True, False]


async def test_signing_out_takes_the_cookie_away_and_ends_the_session(clinic: World) -> None:
    browser = clinic.browser()
    await log_in(browser)
    stolen = browser.cookies["curbside"]
    answer = await browser.post("/logout")
    assert answer.headers["location"] == "/login"
    assert "curbside" not in browser.cookies
    thief = clinic.browser()
    thief.cookies.set("curbside", stolen)
    assert (await thief.get("/today")).headers["location"] == "/login?next=/today"


async def test_signing_out_works_when_the_session_is_gone_already(site: World) -> None:
    browser = await site.signed_in("pcp")
    async with site.deps.database.write() as session:
        await session.delete((await session.exec(select(PageSession))).one())
    answer = await browser.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert 'curbside=""' in answer.headers["set-cookie"]


async def test_signing_out_is_not_done_for_another_site(site: World) -> None:
    browser = await site.signed_in("pcp")
    assert (await browser.post("/logout", headers={"Origin": "https://evil.test"})).status_code == 403
    assert await ended(site) == [False]


async def test_the_front_door_leads_staff_to_their_day_and_others_to_the_form(site: World) -> None:
    assert (await site.browser().get("/")).headers["location"] == "/login"
    assert (await (await site.signed_in("pcp")).get("/")).headers["location"] == "/today"
    assert (await (await site.signed_in("admin")).get("/")).headers["location"] == "/admin"


async def test_a_patient_with_an_account_begins_at_their_own_visits(site: World) -> None:
    patient = replace(site.actors["pcp"], roles=frozenset({Role.PATIENT}), patient_id=site.patient.id)
    assert home_of(patient) == "/my"


async def test_whose_session_is_locked_is_asked_to_unlock_it_and_may_be_somebody_else(site: World) -> None:
    browser = await site.signed_in("pcp")
    site.clock.pass_(minutes=site.deps.settings.session_idle_minutes + 1)
    assert (await browser.get("/login?next=/patients")).headers["location"] == "/unlock?next=%2Fpatients"
    assert (await browser.get("/login?other=1")).status_code == 200
