"""The pages around a sign-in with a provider: the buttons, the way back, signing out, and plain words for trouble."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import quote

import httpx2
import pytest

from server.identity import oidc_pages
from server.identity.oidc_pages import MOST_BUTTONS, WORDS
from server.identity.oidc_rules import Trouble
from server.identity.tables import Issuer
from server.kit.ids import new_id
from server.web import Page
from tests.cast import ORIGIN
from tests.identity_provider.fixtures import Clinic, path_of
from tests.identity_provider.hostile import Hostile
from tests.identity_provider.node import NodeProvider, walk

pytestmark = pytest.mark.anyio

ELSEWHERE = [
    "https://evil.test/",
    "//evil.test/",
    "/\\evil.test",
    "\\\\evil.test",
    "javascript:alert(1)",
    "/\t/e.test",
    "x",
]


@pytest.fixture
async def issuer(clinic: Clinic, liar: Hostile) -> Issuer:
    """The provider, trusted."""
    return await clinic.trust(liar.url)


def refresh_of(answer: httpx2.Response) -> str:
    """Address to which a page leads on by itself."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


async def test_the_sign_in_page_has_a_button_for_each_issuer_that_keeps_where_one_was_going(
    clinic: Clinic, issuer: Issuer
) -> None:
    answer = await clinic.world.browser().get("/login?next=/patients%3Fq%3Da")
    assert f'href="/login/oidc/{issuer.id}?next=/patients%3Fq%3Da"' in answer.text
    assert "Sign in with Cedar Creek" in answer.text
    assert 'name="password"' in answer.text


async def test_without_issuers_nothing_is_said_of_them(clinic: Clinic) -> None:
    assert "organization" not in (await clinic.world.browser().get("/login")).text


async def test_with_many_issuers_the_email_leads_to_the_right_one(
    clinic: Clinic, issuer: Issuer, liar: Hostile
) -> None:
    for number in range(MOST_BUTTONS):
        await clinic.trust(liar.url, client_id=str(number), domains=(f"d{number}.test",))
    browser = clinic.world.browser()
    page = (await browser.get("/login?next=/patients")).text
    assert 'href="/login/oidc?next=/patients"' in page
    assert f"/login/oidc/{issuer.id}" not in page
    assert 'value="/patients"' in (await browser.get("/login/oidc?next=/patients")).text
    answer = await browser.post("/login/oidc", data={"work_email": "Rose@Demo.test", "next": "/patients"})
    said = liar.signs_in(refresh_of(answer))
    assert (await clinic.come_back(issuer, browser, said)).headers["location"] == "/patients"


@pytest.mark.parametrize(
    ("email", "words"), [("rose@nobody.test", "No organization here"), ("rose", "Enter an e-mail address")]
)
async def test_an_email_that_leads_nowhere_is_said(clinic: Clinic, issuer: Issuer, email: str, words: str) -> None:
    answer = await clinic.world.browser().post("/login/oidc", data={"work_email": email})
    assert answer.status_code == 422
    assert words in answer.text


async def test_the_binding_cookie_is_out_of_reach_of_scripts_short_lived_and_gone_afterwards(
    clinic: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    browser = clinic.world.browser()
    answer = await browser.get(f"/login/oidc/{issuer.id}")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("curbside_oidc=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=600" in cookie
    await clinic.come_back(issuer, browser, liar.signs_in(answer.headers["location"]))
    assert "curbside_oidc" not in browser.cookies


@pytest.mark.parametrize("wanted", ELSEWHERE)
async def test_next_never_leads_elsewhere(clinic: Clinic, liar: Hostile, issuer: Issuer, wanted: str) -> None:
    answer = await clinic.sign_in(liar, issuer, query=f"?next={quote(wanted)}")
    assert answer.headers["location"] == "/"


async def test_a_new_sign_in_ends_the_session_before(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    browser = await clinic.world.signed_in("admin")
    browser.cookies.jar.clear()
    old = await clinic.world.signed_in("admin")
    await clinic.sign_in(liar, issuer, old)
    ended = [row.ended_at is not None for row in await clinic.sessions()]
    assert sorted(ended) == [False, False, True]


@pytest.mark.parametrize("silent", [True, False])
async def test_a_provider_that_is_down_or_slow_is_said_while_passwords_still_work(
    clinic: Clinic, liar: Hostile, issuer: Issuer, silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.identity.oidc_client.SECONDS", 0.2)
    liar.silent = silent
    if not silent:
        await clinic.set(issuer, issuer="http://127.0.0.1:9")
    answer = await clinic.world.browser().get(f"/login/oidc/{issuer.id}")
    assert answer.status_code == 503
    assert "Cedar Creek does not answer" in answer.text
    assert 'href="/login"' in answer.text
    assert (await clinic.world.browser().get("/login")).status_code == 200


async def test_an_issuer_that_points_inside_is_not_called(clinic: Clinic) -> None:
    inside = await clinic.trust("http://169.254.169.254")
    assert (await clinic.world.browser().get(f"/login/oidc/{inside.id}")).status_code == 503


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"email_verified": False}, "Your e-mail is not verified"),
        ({"email": ""}, "does not say your e-mail"),
        ({"email": "nobody@demo.test"}, "We do not know you yet"),
    ],
)
async def test_whoever_may_not_come_in_reads_what_to_ask_for(
    clinic: Clinic, liar: Hostile, issuer: Issuer, claims: Mapping[str, object], words: str
) -> None:
    liar.claims = dict(claims)
    answer = await clinic.sign_in(liar, issuer)
    assert answer.status_code == 403
    assert words in answer.text
    assert "administrator" in answer.text


async def test_every_trouble_has_words() -> None:
    assert set(WORDS) == set(Trouble)


@pytest.mark.parametrize("issuer_id", ["nonsense", str(new_id())])
@pytest.mark.parametrize("place", ["", "/callback?code=c&state=s"])
async def test_an_unknown_issuer_is_not_found(clinic: Clinic, issuer_id: str, place: str) -> None:
    assert (await clinic.world.browser().get(f"/login/oidc/{issuer_id}{place}")).status_code == 404


async def test_nothing_of_the_providers_words_is_shown(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    liar.answer = {"error": "access_denied", "error_description": "<b>call 555</b>", "code": None}
    answer = await clinic.sign_in(liar, issuer)
    assert "You did not sign in" in answer.text
    assert "555" not in answer.text


async def test_proving_anew_is_for_sessions_of_that_issuer(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    own = await clinic.world.signed_in("pcp")
    assert (await own.get(f"/login/oidc/{issuer.id}/confirm")).status_code == 404
    assert (await clinic.world.browser().get(f"/login/oidc/{issuer.id}/confirm")).status_code == 303
    browser = clinic.world.browser()
    await clinic.sign_in(liar, issuer, browser)
    other = await clinic.trust(liar.url, client_id="other")
    assert (await browser.get(f"/login/oidc/{other.id}/confirm")).status_code == 404


async def test_signing_out_leads_on_to_the_issuer_and_back_to_a_page_that_says_so(
    clinic: Clinic, trusted: Issuer, node: NodeProvider
) -> None:
    browser = clinic.world.browser()
    async with httpx2.AsyncClient(trust_env=False) as theirs:
        back = await walk(theirs, await clinic.begin(trusted, browser), "rose", ORIGIN)
        await browser.get(path_of(back))
        answer = await browser.post("/logout")
        assert answer.status_code == 200
        assert "curbside" not in browser.cookies
        question = await theirs.get(refresh_of(answer))
        assert question.status_code == 200, question.text
        secret = re.search(r'name="xsrf" value="(\w+)"', question.text)
        assert secret
        done = await theirs.post(f"{node.url}/session/end/confirm", data={"xsrf": secret[1], "logout": "yes"})
    greeted = await browser.get(path_of(done.headers["location"]))
    assert "You are signed out" in greeted.text
    assert (await browser.get(path_of(done.headers["location"]))).headers["location"] == "/login"


async def test_signing_out_of_a_session_of_our_own_leads_to_the_sign_in_page(clinic: Clinic) -> None:
    browser = await clinic.world.signed_in("pcp")
    assert (await browser.post("/logout")).headers["location"] == "/login"
    assert (await clinic.world.browser().post("/logout")).headers["location"] == "/login"


async def test_a_logout_token_comes_from_a_server_without_origin_and_ends_the_session(
    clinic: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    browser = clinic.world.browser()
    await clinic.sign_in(liar, issuer, browser)
    server = clinic.world.browser()
    del server.headers["origin"]
    answer = await server.post(f"/login/oidc/{issuer.id}/logout", data={"logout_token": liar.logout_token()})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await browser.get("/today")).status_code == 303


@pytest.mark.parametrize("posted", [{}, {"logout_token": "nonsense"}])
async def test_anything_else_is_refused(clinic: Clinic, issuer: Issuer, posted: dict[str, str]) -> None:
    answer = await clinic.world.browser().post(f"/login/oidc/{issuer.id}/logout", data=posted)
    assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")
    assert (await clinic.world.browser().post(f"/login/oidc/{new_id()}/logout", data=posted)).status_code == 400


async def test_only_the_logout_of_issuers_is_open_to_other_servers(clinic: Clinic, issuer: Issuer) -> None:
    server = clinic.world.browser()
    del server.headers["origin"]
    for path in ("/login", "/logout", "/login/oidc", f"/login/oidc/{issuer.id}", f"/login/oidc/{issuer.id}/logout/x"):
        assert (await server.post(path)).status_code == 403
    opened = [route.path for route in oidc_pages.routes if isinstance(route, Page) and route.policy.servers]
    assert opened == ["/login/oidc/{issuer_id}/logout"]
