"""Passkeys between page and server: asked, answered, and refused in words."""

import httpx2
import pytest

from tests.cast import World
from tests.server.identity.factors import NAMED, SoftPasskey, authenticators, give_passkey, mails
from tests.server.identity.sessions import browser_by_issuer, join_outsiders

pytestmark = pytest.mark.anyio
JSON = {"Origin": NAMED, "Accept": "application/json"}


async def sign_in(browser: httpx2.AsyncClient, passkey: SoftPasskey, **typed: str) -> httpx2.Response:
    asked = (await browser.post("/login/passkey/options")).json()
    credential = passkey.used(asked["options"])
    return await browser.post("/login/passkey", data={"token": asked["token"], "credential": credential, **typed})


async def test_a_passkey_alone_signs_in_and_leads_on(site: World) -> None:
    passkey, browser = await give_passkey(site), site.browser(**JSON)
    answer = await sign_in(browser, passkey, next="/patients")
    assert answer.json() == {"next": "/patients"}
    assert (await browser.get("/today", headers={"Accept": "text/html"})).status_code == 200


async def test_it_never_leads_elsewhere(site: World) -> None:
    passkey = await give_passkey(site)
    assert (await sign_in(site.browser(**JSON), passkey, next="//evil.test")).json() == {"next": "/"}


async def test_nothing_is_told_of_accounts_when_a_passkey_is_asked_for(site: World) -> None:
    await give_passkey(site)
    asked = (await site.browser(**JSON).post("/login/passkey/options")).json()
    assert asked["options"]["allowCredentials"] == []


async def test_a_passkey_that_is_not_accepted_is_said_so(site: World) -> None:
    answer = await sign_in(site.browser(**JSON), SoftPasskey(handle=site.accounts["pcp"].id.bytes))
    assert answer.status_code == 422
    assert answer.json()["fields"]["passkey"].startswith("This passkey was not accepted.")
    assert "set-cookie" not in answer.headers


async def test_the_sign_in_page_offers_it_where_there_is_a_name(site: World) -> None:
    assert 'action="/login/passkey"' in (await site.browser(Origin=NAMED).get("/login")).text
    assert 'action="/login/passkey"' not in (await site.browser().get("/login")).text


async def test_asking_is_limited_by_address(site: World) -> None:
    for _ in range(120):
        await site.deps.limits.spend("passkey asked", "120/minute", "192.0.2.7")
    assert (await site.browser(**JSON).post("/login/passkey/options")).status_code == 429


@pytest.mark.parametrize(("typed", "kept"), [("Work laptop", "Work laptop"), ("", "Passkey")])
async def test_whoever_is_signed_in_adds_a_passkey_by_name(site: World, typed: str, kept: str) -> None:
    browser = await site.signed_in("pcp", **JSON)
    asked = (await browser.post("/account/passkeys/options")).json()
    data = {"token": asked["token"], "credential": SoftPasskey().made(asked["options"]), "name": typed}
    answer = await browser.post("/account/passkeys", data=data)
    assert answer.json() == {"next": "/account/authenticators"}
    assert [row.name for row in await authenticators(site)] == [kept]
    assert (await mails(site))[0][0] == "pcp@demo.test"


async def test_a_name_that_is_too_long_is_said_before_anything_is_taken(site: World) -> None:
    browser = await site.signed_in("pcp", **JSON)
    asked = (await browser.post("/account/passkeys/options")).json()
    data = {"token": asked["token"], "credential": SoftPasskey().made(asked["options"]), "name": "x" * 61}
    assert (await browser.post("/account/passkeys", data=data)).status_code == 422
    assert (await browser.post("/account/passkeys", data={**data, "name": "x"})).status_code == 200


async def test_adding_asks_for_a_step_up_and_says_where(site: World) -> None:
    browser = await site.signed_in("pcp", **JSON)
    site.clock.pass_(minutes=10)
    referer = {"Referer": f"{NAMED}/account/authenticators"}
    for path in ("/account/passkeys/options", "/account/passkeys"):
        answer = await browser.post(path, headers=referer)
        assert answer.status_code == 401
        assert answer.json()["step_up"] is True
        assert answer.json()["confirm"] == "/confirm?next=/account/authenticators"


async def test_nobody_adds_a_passkey_without_being_signed_in(site: World) -> None:
    for path in ("/account/passkeys/options", "/account/passkeys"):
        assert (await site.browser(**JSON).post(path)).status_code == 401


async def test_who_came_from_an_issuer_and_belongs_elsewhere_too_is_asked_for_no_passkey(site: World) -> None:
    await join_outsiders(site)
    browser = await browser_by_issuer(site)
    answer = await browser.post("/account/passkeys/options", headers={"Accept": "application/json"})
    assert (answer.status_code, "Sign out" in answer.json()["message"]) == (403, True)
