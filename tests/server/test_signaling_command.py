"""Signaling in a process of its own beside the web pages: real processes over PostgreSQL and Redis."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from server import cli
from server.access import Actor, Role
from server.app import make_deps
from server.calls import ChatMessage, Seat
from server.directory import Patient, Practitioner
from server.identity import Account, ClinicCoverage, SignIn, start_session
from server.kit.ids import new_id
from server.kit.keyfile import load_keys
from server.settings import Settings
from server.signaling_command import SignalingProcess
from server.visits import NewVisit, create_visit
from server.web import Deps
from signaling.client import Client
from tests import redis
from tests.e2e.served import Served
from tests.server.visits.journey import BEFORE, BORN, PHONE

pytestmark = pytest.mark.anyio

HERE = "http://127.0.0.1:8000"
LEASE_AND_GRACE = 15.0
SLACK = 3.0


@pytest.fixture
def own_redis() -> Iterator[redis.Server]:
    """Run a Redis with nothing in it."""
    with redis.running() as server:
        yield server


@dataclass
class Site:
    """The web process and the signaling process, and this one's own look into the database."""

    web: Served
    signaling: Served
    deps: Deps

    async def join(self, browser: httpx2.AsyncClient, path: str) -> Client:
        """Fetch a ticket from the web process and show it to the other one."""
        answer = await browser.post(path)
        client = await Client.connect(f"ws://127.0.0.1:{self.signaling.port}/signaling", self.web.url)
        await client.join(answer.json()["ticket"])
        return client

    def browser(self, **headers: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.web.url, headers={"Origin": self.web.url, **headers})

    async def rows(self, table: Any) -> list[Any]:
        async with self.deps.database.read() as session:
            return list((await session.exec(select(table))).all())


@contextmanager
def processes(folder: Path, database_url: str, redis_url: str) -> Iterator[tuple[Served, Served]]:
    """Run both until the end of the block."""
    shared = {"CURBSIDE_BACKPLANE_URL": redis_url, "CURBSIDE_SIGNALING_APART": "1"}
    web = Served(folder, {**shared, "CURBSIDE_DATABASE_URL": database_url})
    apart = Served(folder, {**shared, "CURBSIDE_PUBLIC_URL": web.url}, command="signaling")
    try:
        web.start()
        apart.start()
        yield web, apart
    finally:
        apart.stop()
        web.go_on()
        web.stop()


@asynccontextmanager
async def opened(folder: Path, database_url: str, redis_url: str) -> AsyncIterator[Site]:
    with processes(folder, database_url, redis_url) as (web, apart):
        deps, live = make_deps(Settings(data=folder, database_url=database_url, public_url=web.url))
        try:
            yield Site(web, apart, deps)
        finally:
            await live.close()
            await deps.limits.close()
            await deps.database.close()


async def doctor(site: Site) -> tuple[httpx2.AsyncClient, str, str]:
    """Sign the PCP in and set up a visit now; gives her browser, the visit's address and the patient's link."""
    async with site.deps.database.read() as session:
        account = (await session.exec(select(Account).where(Account.name == "Dr. Rose Okafor"))).one()
        mine = col(Practitioner.account_id) == account.id
        practitioner = (await session.exec(select(Practitioner).where(mine))).one()
        covered = (await session.exec(select(ClinicCoverage).where(ClinicCoverage.account_id == account.id))).all()
        maria = (await session.exec(select(Patient).where(Patient.family_name == "Alvarez"))).first()
    assert maria is not None
    clinics = frozenset(row.clinic_id for row in covered)
    who = Actor(frozenset({Role.PCP}), practitioner.organization_id, account.id, name=account.name, clinics=clinics)
    terms = (new_id(), maria.id, practitioner.id, site.deps.now(), 20, "Follow-up")
    visit = NewVisit(*terms, send=False, overbook="Beside the demo")
    _, live = make_deps(Settings(data=site.web.folder), database=site.deps.database)
    token = await create_visit(site.deps, live, who, visit)
    return await signed_in(site, account), f"/visits/{visit.key}", token


async def colleague(site: Site) -> httpx2.AsyncClient:
    """Sign the psychiatrist in; gives her browser."""
    async with site.deps.database.read() as session:
        account = (await session.exec(select(Account).where(Account.name == "Dr. Lena Brandt"))).one()
    return await signed_in(site, account)


async def signed_in(site: Site, account: Account) -> httpx2.AsyncClient:
    browser = site.browser()
    secret = await start_session(site.deps, account, SignIn("127.0.0.1", methods=("pwd",)))
    browser.cookies.set("curbside", secret.text, domain="127.0.0.1")
    return browser


async def waiting_patient(site: Site, token: str) -> httpx2.AsyncClient:
    browser = site.browser(**{"User-Agent": PHONE})
    assert (await browser.post(f"/v/{token}", data=BORN)).status_code == 303
    assert (await browser.post("/visit/before", data=BEFORE)).status_code == 303
    return browser


async def test_a_visit_through_two_processes_of_which_one_has_no_database(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with opened(tmp_path / "data", postgres_url, redis_url) as site:
        office, visit, token = await doctor(site)
        phone = await waiting_patient(site, token)
        async with (
            aclosing(office),
            aclosing(phone),
            await site.join(office, f"{visit}/ticket") as pcp,
            await site.join(phone, "/visit/ticket") as patient,
        ):
            assert (await hears(pcp, "welcome")).body.standing == "admitted"
            assert (await hears(patient, "welcome")).body.standing == "waiting"

            await office.post(f"{visit}/admit")
            await hears(patient, "admitted")
            await patient.join((await phone.post("/visit/ticket")).json()["ticket"])
            assert (await hears(patient, "welcome")).body.standing == "admitted"

            site.web.pause()
            await patient.send("chat", {"text": "¿Me oye?"}, ref="m1")
            await hears(pcp, "joined")
            await pcp.expect_silence()  # not while nobody has written it down
            site.web.go_on()
            line = await hears(pcp, "chat", wait=15)
            (row,) = await site.rows(ChatMessage)
            assert (row.client_id, row.sent_at) == (line.id, line.body.at)

            assert {bool(seat.connection) for seat in await site.rows(Seat) if seat.role != "guest"} == {True}
            await office.post(f"{visit}/end")
            assert await pcp.expect_close() == await patient.expect_close() == 4000


@pytest.mark.timeout(150)  # two processes are started, and fifteen seconds are waited for
async def test_the_people_of_a_signaling_process_that_was_killed_are_offline_within_lease_and_grace(
    postgres_url: str, own_redis: redis.Server, tmp_path: Path
) -> None:
    async with opened(tmp_path / "data", postgres_url, own_redis.url) as site:
        (office, _, _), other = await doctor(site), await colleague(site)
        async with aclosing(office), aclosing(other), await site.join(office, "/lobby/ticket") as page:
            await hears(page, "welcome")
            await shown(other, "available", within=10)
            site.signaling.kill()
            assert await state_of_doctor(other) == "available"  # they may be back on another one
            await shown(other, "offline", within=LEASE_AND_GRACE + SLACK)


async def shown(reader: httpx2.AsyncClient, state: str, within: float) -> None:
    """Wait until colleagues are shown this of Dr. Okafor."""
    async with asyncio.timeout(within):
        while await state_of_doctor(reader) != state:  # noqa: ASYNC110 - who would tell of it is dead
            await asyncio.sleep(0.1)


async def state_of_doctor(reader: httpx2.AsyncClient) -> str:
    people = (await reader.get("/today/colleagues")).text
    found = re.search(r"Rose Okafor.*?</svg>([\w ]+)</span>", people, re.DOTALL)
    assert found, people
    return found.group(1).strip().lower()


async def test_prometheus_may_ask_signaling_apart_too(own_redis: redis.Server, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, backplane_url=own_redis.url, public_url=HERE, metrics_listen="127.0.0.1:0")
    process = SignalingProcess(settings, load_keys(tmp_path, ()))
    assert process.metrics is not None
    await process.start("127.0.0.1", 0)
    try:
        async with (
            await Client.connect(f"ws://127.0.0.1:{process.server.ports[0]}/signaling", HERE) as outsider,
            httpx2.AsyncClient() as prometheus,
        ):
            await outsider.join("no ticket")
            await outsider.expect_error("bad_ticket")
            said = (await prometheus.get(f"http://127.0.0.1:{process.metrics.port}/metrics")).text
    finally:
        await process.stop()
    counted = dict(line.rsplit(" ", 1) for line in said.splitlines() if line.startswith("curbside_"))
    assert counted['curbside_joins_total{outcome="bad_ticket"}'] == "1.0"
    assert counted['curbside_job_failures_total{job="sessions"}'] == "0.0"
    assert "curbside_outbox_due" not in counted


def test_metrics_of_signaling_apart_refuse_its_own_port_and_one_that_is_taken(redis_url: str, tmp_path: Path) -> None:
    load_keys(tmp_path, ())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = {"DATA": str(tmp_path), "BACKPLANE_URL": redis_url, "PUBLIC_URL": HERE}
        settings["METRICS_LISTEN"] = f"127.0.0.1:{port}"
        shell = CliRunner(env={f"CURBSIDE_{name}": value for name, value in settings.items()})
        own = shell.invoke(cli.cli, ["signaling", "--port", str(port)])
        other = shell.invoke(cli.cli, ["signaling", "--port", "0"])
    assert (own.exit_code, other.exit_code) == (2, 2)
    assert "Metrics need one of their own" in own.output
    assert "in use" in other.output


async def hears(client: Client, kind: str, wait: float = 5.0) -> Any:
    """Give the next message that is not only news for the Today page."""
    while (message := await client.receive(wait)).type == "changed":
        pass
    assert message.type == kind, message
    return message
