"""The second step in a browser: the code, a first app or passkey, and nothing before it."""

import re

import httpx2
import pytest

from server.access import Role
from server.identity.ceremony_actions import LIFETIME, MOST_TRIES
from server.identity.recovery_code_actions import make_recovery_codes
from tests.cast import World
from tests.server.identity.factors import (
    NAMED,
    PASSWORD,
    SoftPasskey,
    ask_roles,
    authenticators,
    begun_secret,
    code,
    give_app,
    give_passkey,
    give_password,
)

pytestmark = pytest.mark.anyio
STEP = "/login/second"


async def with_password(world: World, wanted: str = "", **headers: str) -> httpx2.AsyncClient:
    """Open a browser in which the PCP's password was typed."""
    await give_password(world)
    browser = world.browser(**headers)
    answer = await browser.post("/login", data={"email": "pcp@demo.test", "password": PASSWORD, "next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, STEP)
    return browser


async def is_in(browser: httpx2.AsyncClient) -> bool:
    return (await browser.get("/today")).status_code == 200


async def test_the_code_leads_on_to_where_the_person_was_going(site: World) -> None:
    secret = await give_app(site)
    browser = await with_password(site, "/patients?q=al")
    assert "Six digits from your authenticator app" in (await browser.get(STEP)).text
    assert not await is_in(browser)
    answer = await browser.post(STEP, data={"code": code(site, secret)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/patients?q=al")
    assert await is_in(browser)
    assert "curbside_step" not in browser.cookies


async def test_the_step_never_leads_elsewhere(site: World) -> None:
    secret = await give_app(site)
    browser = await with_password(site, "https://evil.test/")
    assert (await browser.post(STEP, data={"code": code(site, secret)})).headers["location"] == "/"


async def test_a_wrong_code_is_said_and_not_shown_again(site: World) -> None:
    await give_app(site)
    browser = await with_password(site)
    answer = await browser.post(STEP, data={"code": "123123"})
    assert answer.status_code == 422
    assert "This code is not right" in answer.text
    assert "123123" not in answer.text
    assert not await is_in(browser)


async def test_after_five_wrong_codes_the_person_signs_in_anew(site: World) -> None:
    await give_app(site)
    browser = await with_password(site)
    for _ in range(MOST_TRIES):
        await browser.post(STEP, data={"code": "000000"})
    answer = await browser.post(STEP, data={"code": "000000"})
    assert answer.status_code == 410
    assert "Sign in again." in answer.text


async def test_without_a_right_password_there_is_no_step(site: World) -> None:
    browser = site.browser()
    for path in (STEP, f"{STEP}/app"):
        assert (await browser.get(path)).status_code == 410
    for path in (STEP, f"{STEP}/app", f"{STEP}/app/code", f"{STEP}/passkey/options", f"{STEP}/passkey"):
        assert (await browser.post(path, data={"code": "1"})).status_code == 410


async def test_the_step_s_cookie_is_one_that_scripts_cannot_read(site: World) -> None:
    await give_app(site)
    await give_password(site)
    answer = await site.browser().post("/login", data={"email": "pcp@demo.test", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("curbside_step=")
    assert "httponly" in cookie
    assert "max-age=600" in cookie


async def test_a_recovery_code_signs_in(site: World) -> None:
    await give_app(site)
    typed, *_ = await make_recovery_codes(site.deps, site.actors["pcp"])
    browser = await with_password(site)
    assert (await browser.post(STEP, data={"code": typed})).status_code == 303
    assert await is_in(browser)


async def test_a_passkey_is_offered_where_there_is_one_and_a_name(site: World) -> None:
    await give_passkey(site)
    await ask_roles(site, Role.PCP)
    bare = await (await with_password(site)).get(STEP)
    assert "by a bare address" in bare.text
    assert 'name="code"' not in bare.text
    named = await (await with_password(site, Origin=NAMED)).get(STEP)
    assert 'action="/login/passkey"' in named.text


# The first factor


async def enrolling(site: World, **headers: str) -> httpx2.AsyncClient:
    await ask_roles(site, Role.PCP)
    return await with_password(site, "/patients", **headers)


async def test_who_needs_a_second_step_and_has_none_sets_up_an_app(site: World) -> None:
    browser = await enrolling(site)
    assert "Your organization asks you for more than a password" in (await browser.get(STEP)).text
    assert (await browser.get(f"{STEP}/app")).headers["location"] == STEP, "nothing was begun yet"
    assert (await browser.post(f"{STEP}/app")).headers["location"] == f"{STEP}/app"
    secret, shown = await begun_secret(site), (await browser.get(f"{STEP}/app")).text
    assert secret in re.sub(r"\s", "", shown)
    assert "<svg" in shown
    assert 'style="' not in shown
    assert (await browser.post(f"{STEP}/app/code", data={"code": "000000"})).status_code == 422
    assert not await is_in(browser)
    answer = await browser.post(f"{STEP}/app/code", data={"code": code(site, secret)})
    assert answer.status_code == 200
    assert len(set(re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text))) == 10
    assert 'href="/patients"' in answer.text
    assert await is_in(browser)


async def test_or_adds_a_passkey(site: World) -> None:
    browser = await enrolling(site, Origin=NAMED)
    assert f'action="{STEP}/passkey"' in (await browser.get(STEP)).text
    asked = (await browser.post(f"{STEP}/passkey/options")).json()
    credential = SoftPasskey().made(asked["options"])
    answer = await browser.post(f"{STEP}/passkey", data={"token": asked["token"], "credential": credential})
    assert answer.json() == {"next": "/patients"}
    assert await is_in(browser)
    assert [row.name for row in await authenticators(site)] == ["Passkey"]


async def test_who_has_a_second_factor_adds_none_with_a_password_alone(site: World) -> None:
    await give_app(site)
    browser = await with_password(site)
    for path in (f"{STEP}/app", f"{STEP}/app/code", f"{STEP}/passkey/options", f"{STEP}/passkey"):
        assert (await browser.post(path)).status_code == 409
    assert (await browser.get(f"{STEP}/app")).status_code == 409
    assert len(await authenticators(site)) == 1


async def test_a_step_that_is_asked_for_no_longer_leads_back_to_the_form(site: World) -> None:
    browser = await enrolling(site)
    await ask_roles(site)
    assert (await browser.get(STEP)).headers["location"] == "/login"


async def test_a_step_ends_after_ten_minutes(site: World) -> None:
    secret = await give_app(site)
    browser = await with_password(site)
    site.clock.now += LIFETIME
    assert (await browser.post(STEP, data={"code": code(site, secret)})).status_code == 410


async def test_a_session_that_the_browser_had_before_ends(site: World) -> None:
    secret = await give_app(site)
    browser = await site.signed_in("frontdesk")
    await give_password(site)
    await browser.post("/login", data={"email": "pcp@demo.test", "password": PASSWORD})
    assert "June Whitfield" in (await browser.get("/today")).text, "until the step is done"
    await browser.post(STEP, data={"code": code(site, secret)})
    assert "Rose Okafor" in (await browser.get("/today")).text
