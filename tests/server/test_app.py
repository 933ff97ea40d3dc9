"""The whole application: every route says who may open it, sockets are for our own pages, it starts and stops.

Who is answered what on every route is asked in tests/contract/test_access_matrix.py.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from sqlmodel import select
from starlette.routing import BaseRoute, Route, WebSocketRoute

from server import app as composition
from server.audit import AuditEvent
from server.db import Database
from server.settings import Settings
from server.web.routing import Page
from tests.cast import ORIGIN

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio

# What opens for anybody. A new line here is a decision.
PUBLIC = {
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("POST", "/language"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/login/demo"),
    # the second step has a cookie of its own, and the session comes only after it
    ("GET", "/login/second"),
    ("POST", "/login/second"),
    ("GET", "/login/second/app"),
    ("POST", "/login/second/app"),
    ("POST", "/login/second/app/code"),
    ("POST", "/login/second/passkey/options"),
    ("POST", "/login/second/passkey"),
    ("POST", "/login/passkey/options"),
    ("POST", "/login/passkey"),
    ("POST", "/logout"),
    ("GET", "/session"),
    ("GET", "/unlock"),
    ("POST", "/unlock"),
    ("GET", "/login/oidc"),
    ("POST", "/login/oidc"),
    ("GET", "/login/oidc/{issuer_id}"),
    ("GET", "/login/oidc/{issuer_id}/callback"),
    ("GET", "/login/oidc/{issuer_id}/left"),
    ("POST", "/login/oidc/{issuer_id}/logout"),
    # one-time links of an account to be; a GET never spends one
    ("GET", "/forgot"),
    ("POST", "/forgot"),
    ("GET", "/reset/{token}"),
    ("POST", "/reset/{token}"),
    ("GET", "/setup/{token}"),
    ("POST", "/setup/{token}"),
    ("GET", "/feeds/{token}.ics"),
    ("GET", "/join/{token}"),
    ("POST", "/join/{token}"),
    ("GET", "/my/open/{token}"),
    ("POST", "/my/open/{token}"),
    ("GET", "/v/{token}"),
    ("POST", "/v/{token}"),
    ("POST", "/v/{token}/coming"),
    ("GET", "/v/{token}/plan"),
    ("POST", "/v/{token}/plan"),
    ("GET", "/v/{token}/reminders"),
    ("POST", "/v/{token}/reminders"),
    ("GET", "/push-worker.js"),
    ("GET", "/w/{token}"),
    ("POST", "/w/{token}"),
    ("GET", "/visit/device"),
    ("POST", "/visit/device"),
    ("POST", "/visit/device/code"),
}


def all_routes() -> list[BaseRoute]:
    deps, live = composition.make_deps(Settings(data=Path("var"), secret_keys=(f"k1:{'A' * 43}=",)))
    return composition._routes(deps, live)


PAGES = [route for route in all_routes() if isinstance(route, Page)]


def pages(audience: str) -> list[Any]:
    found = [
        (method, page.path, page.policy.action)
        for page in PAGES
        for method in sorted((page.methods or set()) - {"HEAD"})
        if page.policy.audience == audience
    ]
    return [pytest.param(*page, id=f"{page[0]} {page[1]}") for page in found]


async def test_every_route_but_files_and_the_socket_declares_who_may_open_it() -> None:
    others = [route for route in all_routes() if not isinstance(route, Page)]
    assert [(type(route), getattr(route, "path", "")) for route in others] == [
        (Route, "/static/{release}/{path:path}"),
        (WebSocketRoute, "/signaling"),
    ]


async def test_what_opens_for_anybody_is_on_the_list() -> None:
    assert {tuple(page.values[:2]) for page in pages("public")} == PUBLIC


async def test_a_page_that_is_not_public_names_an_action() -> None:
    assert [page.path for page in PAGES if page.policy.audience != "public" and page.policy.action is None] == []


async def test_no_two_pages_share_an_address() -> None:
    addresses = [(method, page.path) for page in PAGES for method in page.methods or ()]
    assert len(addresses) == len(set(addresses))


async def socket(world: "World", headers: dict[str, str], path: str = "/signaling") -> list[dict[str, Any]]:
    """Open a WebSocket and leave at once; gives what the server sent."""
    sent: list[dict[str, Any]] = []
    incoming = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}])

    async def receive() -> Any:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(dict(message))

    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "path": path, "headers": pairs, "query_string": b"", "subprotocols": []}
    await world.app(scope, receive, send)
    return sent


async def test_our_own_pages_may_open_a_socket(site: "World") -> None:
    assert (await socket(site, {"Origin": ORIGIN}))[0]["type"] == "websocket.accept"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Origin": "https://evil.example.org", "Host": "127.0.0.1:8000"},
        {"Origin": "https://evil.example.org", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
async def test_a_socket_from_another_site_is_refused_before_it_opens(site: "World", headers: dict[str, str]) -> None:
    assert [message["type"] for message in await socket(site, headers)] == ["websocket.close"]


async def test_there_is_no_socket_elsewhere(site: "World") -> None:
    assert [message["type"] for message in await socket(site, {"Origin": ORIGIN}, "/today")] == ["websocket.close"]


@pytest.mark.parametrize("job", ["send_due_mail", "send_due_texts"])
async def test_while_it_runs_mail_and_texts_are_sent(site: "World", monkeypatch: pytest.MonkeyPatch, job: str) -> None:
    looked = asyncio.Event()

    async def send_due(_: object) -> bool:
        looked.set()
        return False

    monkeypatch.setattr(composition, job, send_due)
    with anyio.fail_after(10):
        async with site.app.router.lifespan_context(site.app):
            assert await looked.wait()


async def test_when_it_starts_it_forgets_connections_of_before(site: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[bool] = []

    async def forget(_: object) -> None:
        forgotten.append(True)

    monkeypatch.setattr(composition, "forget_connections", forget)
    async with site.app.router.lifespan_context(site.app):
        assert forgotten == [True]


async def test_when_it_stops_nothing_goes_on(site: "World") -> None:
    before = asyncio.all_tasks()
    async with site.app.router.lifespan_context(site.app):
        assert asyncio.all_tasks() > before
    assert asyncio.all_tasks() <= before


async def test_an_application_opens_the_database_of_its_settings(tmp_path: Path) -> None:
    app = composition.create_app(Settings(data=tmp_path))
    database: Database = app.state.deps.database
    assert (tmp_path / "keys.json").exists()
    async with database.writer.connect():
        assert (tmp_path / "curbside.db").exists()
    await database.close()


async def test_a_revoked_session_closes_its_connections(site: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    revoked: list[str] = []

    async def revoke(_: object, session: str) -> None:
        revoked.append(session)

    monkeypatch.setattr(type(site.live.commands), "revoke", revoke)
    await site.deps.revoke("guest:1")
    assert revoked == ["guest:1"]


async def test_a_look_at_a_record_is_in_the_trail_before_it_is_seen(site: "World") -> None:
    await (await site.signed_in("pcp")).get(f"/patients/{site.patient.id}")
    async with site.deps.database.read() as session:
        events = (await session.exec(select(AuditEvent).where(AuditEvent.action == "read"))).all()
    assert [event.patient_id for event in events] == [site.patient.id]
