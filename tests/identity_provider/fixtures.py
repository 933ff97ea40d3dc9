"""Fixtures of sign-in with a provider: the certified one, one that lies, and a clinic that trusts them."""

import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import pytest
from sqlmodel import select

from server.identity.issuer_store import keep_client_secret
from server.identity.tables import EmailDomain, Issuer, PageSession
from server.kit.ids import new_id
from tests.cast import ORIGIN, World
from tests.identity_provider.hostile import Hostile, hostile_provider
from tests.identity_provider.node import SECRET, NodeProvider, client, node_provider

# The certified provider is started once and must know its clients' addresses before there are rows.
NODE_ISSUER = UUID("01930000-0000-7000-8000-000000000001")


@dataclass
class Clinic:
    """The world with outbound calls to loopback allowed, and how an issuer is trusted in it."""

    world: World

    async def trust(self, url: str, *, domains: tuple[str, ...] = ("demo.test",), **fields: Any) -> Issuer:
        """Set up an issuer of the clinic's organization; its domains are proved."""
        world = self.world
        base = {
            "id": new_id(),
            "organization_id": world.clinic.organization_id,
            "source": "page",
            "label": "Cedar Creek",
            "issuer": url,
            "client_id": "curbside",
            "created_at": world.clock(),
        }
        issuer = Issuer(**{**base, **fields})
        keep_client_secret(world.deps.keyring, issuer, SECRET)
        async with world.deps.database.write() as session:
            session.add(issuer)
            at: dict[str, Any] = {
                "organization_id": issuer.organization_id,
                "issuer_id": issuer.id,
                "proved_at": world.clock(),
            }
            session.add_all(EmailDomain(id=new_id(), domain=domain, **at) for domain in domains)
        return issuer

    async def set(self, issuer: Issuer, /, **fields: Any) -> None:
        """Change an issuer's row."""
        async with self.world.deps.database.write() as session:
            row = await session.get_one(Issuer, issuer.id)
            for name, value in fields.items():
                setattr(row, name, value)

    async def begin(self, issuer: Issuer, browser: httpx2.AsyncClient, query: str = "") -> str:
        """Press the issuer's button; gives the address that the browser is sent to."""
        answer = await browser.get(f"/login/oidc/{issuer.id}{query}")
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def come_back(self, issuer: Issuer, browser: httpx2.AsyncClient, said: Mapping[str, str]) -> httpx2.Response:
        """Bring an answer to the issuer's callback."""
        return await browser.get(f"/login/oidc/{issuer.id}/callback", params=dict(said))

    async def sign_in(
        self, provider: Hostile, issuer: Issuer, browser: httpx2.AsyncClient | None = None, query: str = ""
    ) -> httpx2.Response:
        """Go all the way with the lying provider."""
        browser = browser or self.world.browser()
        said = provider.signs_in(await self.begin(issuer, browser, query))
        return await self.come_back(issuer, browser, said)

    async def sessions(self) -> list[PageSession]:
        """Give all page sessions, oldest first."""
        async with self.world.deps.database.read() as session:
            return sorted((await session.exec(select(PageSession))).all(), key=lambda row: row.id)


def open_to_loopback(world: World) -> World:
    """Let the application call loopback, where the tests' providers are."""
    settings = world.deps.settings.model_copy(update={"outbound_allow": ("127.0.0.1",)})
    world.deps = world.app.state.deps = replace(world.deps, settings=settings)
    return world


@pytest.fixture
def clinic(site: World) -> Clinic:
    """The site of a clinic that may trust providers on loopback."""
    return Clinic(open_to_loopback(site))


@pytest.fixture
def clinics(world: World) -> Clinic:
    """The same on both kinds of database."""
    return Clinic(open_to_loopback(world))


@pytest.fixture
async def liar(request: pytest.FixtureRequest) -> AsyncIterator[Hostile]:
    """A provider that lies on demand, by the clinic's clock."""
    name = "clinics" if "clinics" in request.fixturenames else "clinic"
    place: Clinic = request.getfixturevalue(name)
    async with hostile_provider(place.world.clock) as provider:
        yield provider


@pytest.fixture(scope="session")
def node() -> Iterator[NodeProvider]:
    """The certified provider, started once for this worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = f"{ORIGIN}/login/oidc/{NODE_ISSUER}"
    more = {
        "post_logout_redirect_uris": [f"{ours}/left"],
        "backchannel_logout_uri": f"http://127.0.0.1:{port}/nowhere",
        "backchannel_logout_session_required": True,
    }
    with node_provider(port, [client("curbside", f"{ours}/callback", **more)]) as running:
        yield running


@pytest.fixture
async def trusted(clinic: Clinic, node: NodeProvider) -> Issuer:
    """The certified provider, trusted by the clinic at the real time, by which it signs."""
    clinic.world.clock.now = datetime.now(UTC)
    return await clinic.trust(node.url, id=NODE_ISSUER, role_claim="groups", role_map={"doctors": "pcp"})


def path_of(address: str) -> str:
    """Give path and query of an address."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
