"""Security headers on every answer there is, and unsafe requests only from our own pages."""

import re
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import Response

from server.settings import Settings
from server.web import PUBLIC, BodyLimit, HeadLimit, from_same_origin, page
from server.web.security import content_policy, security_headers
from tests.cast import ORIGIN

if TYPE_CHECKING:
    from tests.cast import World

OURS = frozenset({ORIGIN, "http://localhost:8000"})
PLAIN, SECURE = Settings(public_url=ORIGIN), Settings(public_url="https://visits.example.org")

# Origin, Sec-Fetch-Site, whether it comes from our own pages
REQUESTS = [
    (ORIGIN, None, True),
    ("http://localhost:8000", None, True),
    (ORIGIN, "same-origin", True),
    ("https://evil.example.org", None, False),
    ("https://evil.example.org", "same-origin", False),  # a browser never says both
    ("http://127.0.0.1:8001", "same-site", False),
    ("https://127.0.0.1:8000", None, False),
    ("http://127.0.0.1:8000.evil.example.org", None, False),
    ("", None, False),
    (None, "same-origin", True),
    (None, "none", True),
    (None, "same-site", False),
    (None, "cross-site", False),
    (None, None, False),
    ("null", "same-origin", True),
    ("null", "cross-site", False),
    ("null", None, False),
]


def sent(origin: str | None, fetched: str | None) -> dict[str, str]:
    pairs = {"origin": origin, "sec-fetch-site": fetched}
    return {name: value for name, value in pairs.items() if value is not None}


@pytest.mark.parametrize(("origin", "fetched", "ours"), REQUESTS)
def test_a_request_comes_from_our_own_pages_or_not(origin: str | None, fetched: str | None, ours: bool) -> None:
    assert from_same_origin(sent(origin, fetched), OURS) is ours


@pytest.mark.anyio
@pytest.mark.parametrize(("origin", "fetched", "ours"), REQUESTS)
async def test_a_form_of_another_site_does_nothing(
    site: "World", origin: str | None, fetched: str | None, ours: bool
) -> None:
    browser = site.browser()
    del browser.headers["origin"]
    answer = await browser.post("/language", data={"language": "es"}, headers=sent(origin, fetched))
    assert answer.status_code == (303 if ours else 403)
    assert ("set-cookie" in answer.headers) is ours


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_no_unsafe_method_comes_through_from_another_site(site: "World", method: str) -> None:
    answer = await site.browser().request(method, "/login", headers={"Origin": "https://evil.example.org"})
    assert answer.status_code == 403
    assert ORIGIN in answer.text  # whoever set the server up reads which address to use


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_link_from_another_site_opens(site: "World", method: str) -> None:
    answer = await site.browser().request(method, "/login", headers={"Origin": "https://evil.example.org"})
    assert answer.status_code == 200


async def explode(_: Request) -> Response:
    raise RuntimeError("406-555-0177")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/login", 200),
        ("GET", "/", 303),
        ("GET", "/healthz", 200),
        ("GET", "/nothing", 404),
        ("GET", "/visit", 401),
        ("PUT", "/login", 405),
        ("POST", "/language", 303),
        ("GET", "/explode", 500),
        ("GET", "/static/{release}/css/tokens.css", 200),
        ("GET", "/static/{release}/nothing.css", 404),
        ("GET", "/signaling", 404),
    ],
)
async def test_every_answer_carries_the_security_headers(site: "World", method: str, path: str, status: int) -> None:
    site.app.router.routes.insert(0, page("/explode", explode, PUBLIC))
    answer = await site.browser().request(method, path.format(release=site.deps.templates.assets.release))
    assert answer.status_code == status
    expected = security_headers(site.deps.settings)
    assert {name: answer.headers.get(name) for name in expected} == expected


@pytest.mark.anyio
async def test_a_refused_form_carries_the_security_headers_too(site: "World") -> None:
    answer = await site.browser().post("/login", headers={"Origin": "https://evil.example.org"})
    assert answer.headers["content-security-policy"] == content_policy(site.deps.settings)


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/login", "/nothing", "/healthz"])
async def test_no_page_is_kept_by_a_cache(site: "World", path: str) -> None:
    assert (await site.browser().get(path)).headers["cache-control"] == "no-store"


def test_no_script_or_style_runs_that_is_not_a_file_of_ours() -> None:
    policy = content_policy(SECURE)
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert not re.search("unsafe|nonce|\\*", policy)


def test_nobody_can_put_us_into_a_frame() -> None:
    assert "frame-ancestors 'none'" in content_policy(PLAIN)
    assert security_headers(PLAIN)["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("settings", "socket"), [(PLAIN, "ws://127.0.0.1:8000"), (SECURE, "wss://visits.example.org")])
def test_the_socket_is_named_for_older_browsers(settings: Settings, socket: str) -> None:
    assert f"connect-src 'self' {socket};" in content_policy(settings)


def test_without_a_public_address_only_self_is_named() -> None:
    assert "connect-src 'self';" in content_policy(Settings())


def test_camera_and_microphone_are_for_our_own_pages_and_the_rest_for_nobody() -> None:
    policy = security_headers(PLAIN)["Permissions-Policy"]
    assert {"camera=(self)", "microphone=(self)", "geolocation=()", "payment=()"} <= set(policy.split(", "))


def test_browsers_are_told_to_stay_on_tls_only_where_there_is_tls() -> None:
    assert security_headers(SECURE)["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert "Strict-Transport-Security" not in security_headers(PLAIN)


def test_no_other_site_learns_the_path_of_a_link() -> None:
    assert security_headers(PLAIN)["Referrer-Policy"] == "same-origin"


@pytest.mark.anyio
async def test_a_body_larger_than_any_form_is_not_read(site: "World") -> None:
    answer = await site.browser().post("/login", data={"email": "a" * (BodyLimit.LARGEST + 1)})
    assert answer.status_code == 413


@pytest.mark.anyio
async def test_a_body_as_large_as_forms_get_is_read(site: "World") -> None:
    answer = await site.browser().post("/login", data={"email": "a" * 10_000})
    assert answer.status_code == 422


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/login?next=" + "a" * 1000, {}, 200),
        ("/login?next=" + "a" * HeadLimit.LONGEST_ADDRESS, {}, 414),
        ("/" + "a" * HeadLimit.LONGEST_ADDRESS, {}, 414),
        ("/login", {"X-Long": "a" * HeadLimit.LARGEST_HEADERS}, 431),
        ("/login", {f"X-{number}": "a" for number in range(HeadLimit.MOST_HEADERS)}, 431),
    ],
    ids=["short", "query", "path", "large header", "many headers"],
)
async def test_a_head_that_no_page_of_ours_needs_is_refused(
    site: "World", path: str, headers: dict[str, str], status: int
) -> None:
    answer = await site.browser().get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.anyio
async def test_a_form_with_more_fields_than_any_of_ours_is_refused(site: "World") -> None:
    fields = {f"f{number}": "a" for number in range(201)}
    assert (await site.browser().post("/login", data=fields)).status_code == 400
    assert (await site.browser().post("/login", files={k: (None, v) for k, v in fields.items()})).status_code == 400


@pytest.mark.anyio
async def test_no_page_takes_a_file(site: "World") -> None:
    answer = await site.browser().post("/login", files={"email": ("note.txt", b"text")})
    assert answer.status_code == 400


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE"])
async def test_a_method_that_no_page_offers_does_nothing(site: "World", method: str) -> None:
    assert (await site.browser().request(method, "/login")).status_code == 405


@pytest.mark.anyio
@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
async def test_no_header_turns_a_request_into_another(site: "World", header: str) -> None:
    answer = await site.browser().get("/logout", headers={header: "POST"})
    assert answer.status_code == 405


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Original-Host", "Forwarded"])
async def test_the_name_that_a_request_was_sent_to_is_never_written_back(site: "World", name: str) -> None:
    for path in ("/", "/today", "/login", "/nothing"):
        answer = await site.browser().get(path, headers={name: "evil.example.org"})
        assert "evil.example.org" not in answer.text + str(answer.headers)


@pytest.mark.anyio
async def test_a_link_in_a_mail_is_built_from_the_public_address(site: "World") -> None:
    _, token = await site.visit()
    browser = await site.signed_in("pcp", Host="evil.example.org")
    assert "evil.example.org" not in (await browser.get("/today")).text
    assert token


@pytest.mark.anyio
async def test_signing_out_clears_what_the_browser_kept_but_no_other_cookie(site: "World") -> None:
    answer = await (await site.signed_in("pcp")).post("/logout")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
