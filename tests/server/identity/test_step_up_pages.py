"""The page that asks again who one is, and how what was typed gets past it."""

import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from server.access import Action
from server.identity import SignIn, start_session
from server.web import fresh, page, staff
from tests.cast import ORIGIN, World
from tests.server.identity.factors import NAMED, PASSWORD, code, give_app, give_passkey, give_password
from tests.server.identity.sessions import add_issuer, browser_by_issuer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def vault(site: World) -> World:
    """The site with one page that asks for a fresh proof, and echoes what was posted; the PCP has a password."""

    async def echo(request: Request) -> Response:
        async with request.form() as form:
            return PlainTextResponse("&".join(f"{name}={value}" for name, value in form.multi_items()) or "open")

    site.app.router.routes.insert(0, page("/vault", echo, fresh(staff(Action.SEE_TODAY)), "GET", "POST"))
    await give_password(site)
    return site


async def stale(world: World, name: str = "pcp", **headers: str) -> httpx2.AsyncClient:
    """Open a browser of somebody who signed in a quarter of an hour ago."""
    browser = await world.signed_in(name, **headers)
    world.clock.pass_(minutes=15)
    return browser


def sent_again(html: str) -> tuple[str, list[tuple[str, str]]]:
    """Read where a kept form goes, and its fields."""
    (action,) = re.findall(r'<form class="stack" method="post" action="([^"]+)"', html)
    return action, re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', html)


# What leads to it


async def test_a_page_leads_to_the_question_and_back(vault: World) -> None:
    browser = await stale(vault)
    asked = await browser.get("/vault?q=maria")
    assert (asked.status_code, asked.headers["location"]) == (303, "/confirm?next=/vault")
    done = await browser.post("/confirm", data={"password": PASSWORD, "next": "/vault"})
    assert (done.status_code, done.headers["location"]) == (303, "/vault")
    assert (await browser.get("/vault")).text == "open"
    vault.clock.pass_(minutes=10)
    assert (await browser.get("/vault")).status_code == 303


async def test_a_part_of_a_page_leads_the_whole_page_there(vault: World) -> None:
    browser = await stale(vault)
    headers = {"HX-Request": "true", "HX-Current-URL": f"{ORIGIN}/patients?q=maria"}
    answer = await browser.post("/vault", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/confirm?next=/patients")


async def test_a_script_is_told_so(vault: World) -> None:
    answer = await (await stale(vault)).post("/vault", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["step_up"] is True
    assert answer.json()["confirm"] == "/confirm?next=/"


async def test_who_is_not_signed_in_at_all_signs_in(vault: World) -> None:
    assert (await vault.browser().get("/vault")).headers["location"] == "/login?next=/vault"
    assert (await vault.browser().get("/confirm")).headers["location"] == "/login?next=/confirm"


# Proving


async def test_a_wrong_password_is_said_next_to_its_field(vault: World) -> None:
    browser = await stale(vault)
    answer = await browser.post("/confirm", data={"password": "wrong", "next": "/vault"})
    assert answer.status_code == 422
    assert "This is not your password." in answer.text
    assert 'value="/vault"' in answer.text
    assert 'value="wrong"' not in answer.text
    assert (await browser.get("/vault")).status_code == 303


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test", ""])
async def test_it_never_leads_elsewhere(vault: World, elsewhere: str) -> None:
    browser = await stale(vault)
    assert (
        '<input type="hidden" name="next" value="/">'
        in (await browser.get("/confirm", params={"next": elsewhere})).text
    )
    done = await browser.post("/confirm", data={"password": PASSWORD, "next": elsewhere})
    assert done.headers["location"] == "/"


async def test_a_stolen_cookie_is_worth_nothing_once_its_owner_proved_themselves(vault: World) -> None:
    browser = await stale(vault)
    thief = vault.browser()
    thief.cookies.set("curbside", browser.cookies["curbside"])
    await browser.post("/confirm", data={"password": PASSWORD, "next": "/"})
    assert (await thief.get("/today")).status_code == 303
    assert (await browser.get("/today")).status_code == 200


async def test_a_password_counts_as_typed(vault: World) -> None:
    answer = await (await stale(vault)).post("/confirm", data={"password": f" {PASSWORD}", "next": "/"})
    assert answer.status_code == 422


async def test_a_code_is_asked_for_only_where_there_is_nothing_stronger(site: World) -> None:
    secret = await give_app(site)
    browser = await stale(site)
    assert 'name="code"' in (await browser.get("/confirm")).text
    done = await browser.post("/confirm", data={"code": code(site, secret), "next": "/patients"})
    assert done.headers["location"] == "/patients"
    await give_password(site)
    shown = (await browser.get("/confirm")).text
    assert 'name="code"' not in shown
    assert 'name="password"' in shown


async def test_a_passkey_proves(site: World) -> None:
    passkey = await give_passkey(site)
    browser = await stale(site, Origin=NAMED)
    assert 'action="/confirm/passkey"' in (await browser.get("/confirm")).text
    asked = (await browser.post("/confirm/passkey/options")).json()
    data = {"token": asked["token"], "credential": passkey.used(asked["options"]), "next": "/account/authenticators"}
    answer = await browser.post("/confirm/passkey", data=data)
    assert answer.json() == {"next": "/account/authenticators"}
    assert (await browser.get("/account/authenticators/app")).headers["location"] == "/account/authenticators"


async def test_a_bare_address_offers_no_passkey(site: World) -> None:
    await give_passkey(site)
    assert "by a bare address" in (await (await stale(site)).get("/confirm")).text


async def test_who_came_from_an_issuer_proves_there(site: World) -> None:
    issuer = await add_issuer(site)
    browser = site.browser()
    secret = await start_session(site.deps, site.accounts["pcp"], SignIn(issuer_id=issuer.id))
    browser.cookies.set("curbside", secret.text)
    shown = (await browser.get("/confirm?next=/account/authenticators")).text
    assert f'href="/login/oidc/{issuer.id}/confirm?next=/account/authenticators"' in shown
    assert 'name="password"' not in shown


async def test_an_issuer_that_was_switched_off_is_not_offered(site: World) -> None:
    assert "/login/oidc/" not in (await (await browser_by_issuer(site, off=True)).get("/confirm")).text


async def test_nothing_typed_is_no_proof_outside_of_the_demo(site: World) -> None:
    browser = await stale(site)
    assert (await browser.post("/confirm", data={"next": "/"})).status_code == 422


async def test_a_demo_person_presses_a_button(site: World) -> None:
    site.app.state.deps = replace(site.deps, settings=site.deps.settings.model_copy(update={"demo": "1"}))
    browser = await stale(site)
    assert "In the demo one press is enough." in (await browser.get("/confirm")).text
    assert (await browser.post("/confirm", data={"next": "/patients"})).headers["location"] == "/patients"


# What was typed


async def test_what_was_typed_is_kept_and_sent_with_one_press(vault: World) -> None:
    browser = await stale(vault)
    typed = {"given": 'Maria "M" <b>', "tag": ["a", "b"], "empty": ""}
    asked = await browser.post("/vault?way=1", data=typed, headers={"Referer": f"{ORIGIN}/patients/new"})
    assert asked.status_code == 303
    assert "Maria" not in asked.headers["location"]
    onward = httpx2.URL(asked.headers["location"]).params["next"]
    done = await browser.post("/confirm", data={"password": PASSWORD, "next": onward})
    shown = (await browser.get(done.headers["location"])).text
    assert 'href="/patients/new"' in shown
    action, fields = sent_again(shown)
    assert action == "/vault?way=1"
    assert fields == [("given", "Maria &#34;M&#34; &lt;b&gt;"), ("tag", "a"), ("tag", "b"), ("empty", "")]
    again = await browser.post(action, data={"given": 'Maria "M" <b>', "tag": ["a", "b"], "empty": ""})
    assert again.text == 'given=Maria "M" <b>&tag=a&tag=b&empty='


async def test_a_file_is_not_kept_and_a_press_without_fields_is(vault: World) -> None:
    browser = await stale(vault)
    for posted, kept in (
        ({"data": {"a": "1"}, "files": {"f": b"x"}}, [("a", "1")]),
        ({}, []),
        ({"content": b"{}", "headers": {"Content-Type": "application/x-unknown"}}, []),
    ):
        sending: dict[str, Any] = posted
        asked = await browser.post("/vault", **sending)
        onward = httpx2.URL(asked.headers["location"]).params["next"]
        assert sent_again((await browser.get(onward)).text) == ("/vault", kept)


async def test_no_other_browser_gets_what_was_typed(vault: World) -> None:
    browser = await stale(vault)
    asked = await browser.post("/vault", data={"given": "Maria"})
    onward = httpx2.URL(asked.headers["location"]).params["next"]
    for other in (await vault.signed_in("pcp"), await vault.signed_in("admin")):
        answer = await other.get(onward)
        assert answer.status_code == 410
        assert "Maria" not in answer.text


@pytest.mark.parametrize("referer", ["", "https://evil.test/x", "//", "http://127.0.0.1:8000//evil.test"])
async def test_the_way_back_never_leads_elsewhere(vault: World, referer: str) -> None:
    browser = await stale(vault)
    asked = await browser.post("/vault", headers={"Referer": referer})
    onward = httpx2.URL(asked.headers["location"]).params["next"]
    shown = (await browser.get(onward)).text
    assert "evil" not in shown
    assert 'class="plain-link" href="/"' in shown
