"""Two nodes over one database: a session that ends on one is closed on the other; with Redis that is at once."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from sqlmodel import col
from starlette.applications import Starlette

from server.access import Actor
from server.app import create_app
from server.calls import CallFacts, Live
from server.calls.tickets import lobby_answer
from server.db import Database
from server.identity import PageSession, guest_of, prove_link
from server.identity.endings import end_sessions
from server.identity.session_actions import revoke_session
from server.settings import Settings
from server.web import Deps
from signaling.client import Client
from tests import redis
from tests.cast import ORIGIN, World, opened_world
from tests.server.calls.presence import lease
from tests.server.calls.rooms import joined, scene
from tests.server.identity.links import BORN, change, new_link, stored
from tests.server.identity.sessions import begin

pytestmark = pytest.mark.anyio


@dataclass
class Nodes:
    """The first node, with the cast behind it, the second one, and the address of the second's signaling."""

    world: World
    other: Live
    address: str
    stack: AsyncExitStack

    async def lobby(self, actor: Actor, *reach: UUID) -> Client:
        """Connect to the second node with a ticket of the first, to hear of these organizations."""
        ticket = lobby_answer(self.world.live, actor, reach)["ticket"]
        client = await self.stack.enter_async_context(await Client.connect(self.address, ORIGIN))
        await client.join(str(ticket))
        return client


@asynccontextmanager
async def two_nodes(database_url: str, folder: Path, backplane_url: str = "") -> AsyncIterator[Nodes]:
    """Run both; they share the database, the keys and, with an address, Redis."""
    async with AsyncExitStack() as stack:
        databases = [Database.open(database_url) for _ in range(2)]
        for database in databases:
            stack.push_async_callback(database.close)
        world = await stack.enter_async_context(opened_world(databases[0], folder, backplane_url=backplane_url))
        settings = Settings(data=folder, public_url=ORIGIN, backplane_url=backplane_url)
        app = create_app(settings, world.clock, databases[1])
        for live in (world.live, app.state.live):
            await live.start()
        stack.push_async_callback(world.live.close)
        address = await stack.enter_async_context(_served(app))
        yield Nodes(world, app.state.live, address, stack)


@asynccontextmanager
async def _served(app: Starlette) -> AsyncIterator[str]:
    config = uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_config=None, log_level="warning")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}/signaling"
        finally:
            await app.state.live.close()
            server.should_exit = True
            await serving


async def end(deps: Deps, actor: Actor) -> None:
    async with deps.database.write() as session:
        assert await end_sessions(session, deps, col(PageSession.id) == actor.session_id)


async def test_a_session_ended_on_one_node_is_closed_on_the_other_at_once(
    database_url: str, tmp_path: Path, redis_url: str
) -> None:
    async with two_nodes(database_url, tmp_path, redis_url) as nodes:
        here, stays = await begin(nodes.world), await begin(nodes.world, "frontdesk")
        ended, other = await nodes.lobby(here), await nodes.lobby(stays)
        await ended.expect("welcome")
        await other.expect("welcome")
        await nodes.other.sessions_due.wait()  # both nodes have found Redis
        await nodes.world.live.sessions_due.wait()
        await revoke_session(nodes.world.deps, here, here.session_id)
        assert await ended.expect_close() == 4004
        await other.expect_silence()


async def test_what_changed_on_one_node_is_heard_on_the_other(own_url: str, tmp_path: Path, redis_url: str) -> None:
    async with two_nodes(own_url, tmp_path, redis_url) as nodes:
        pcp = await begin(nodes.world)
        page = await nodes.lobby(pcp)
        await page.expect("welcome")
        await nodes.other.sessions_due.wait()
        await nodes.world.live.commands.changed(f"person:{pcp.account_id}", "today")
        assert (await page.expect("changed")).body.topic == "today"


async def test_a_node_that_starts_says_at_once_what_a_dead_one_left_behind(
    own_url: str, tmp_path: Path, redis_url: str
) -> None:
    async with two_nodes(own_url, tmp_path, redis_url) as nodes:
        front = await begin(nodes.world, "frontdesk")
        page = await nodes.lobby(front, front.organization_id)
        await page.expect("welcome")
        await nodes.other.sessions_due.wait()
        await CallFacts(nodes.world.deps).joined(joined((await scene(nodes.world)).patient, "dead-aa"))
        await lease(nodes.world, "dead", -11)
        third = create_app(nodes.world.deps.settings, nodes.world.clock, Database.open(own_url))
        async with third.router.lifespan_context(third):
            pass
        while (heard := await page.expect("changed")).body.topic == "presence":  # of itself it hears that, too
            pass
        assert heard.body.topic == "today"


async def test_without_any_word_a_look_at_the_rows_closes_what_was_ended(database_url: str, tmp_path: Path) -> None:
    async with two_nodes(database_url, tmp_path) as nodes:
        here, stays = await begin(nodes.world), await begin(nodes.world, "frontdesk")
        ended, other = await nodes.lobby(here), await nodes.lobby(stays)
        await ended.expect("welcome")
        await other.expect("welcome")
        await end(nodes.world.deps, here)
        await nodes.other.check_sessions()
        assert await ended.expect_close() == 4004
        nodes.world.clock.pass_(days=2)
        await nodes.other.check_sessions()
        await other.expect_silence()  # idle and old, and not ended


async def test_a_revocation_that_redis_never_heard_of_closes_when_the_link_is_back(
    own_url: str, tmp_path: Path
) -> None:
    with redis.running() as server:
        async with two_nodes(own_url, tmp_path, server.url) as nodes:
            here = await begin(nodes.world)
            page = await nodes.lobby(here)
            await page.expect("welcome")
            await nodes.other.sessions_due.wait()
            nodes.other.sessions_due.clear()
            server.stop()
            async with nodes.world.deps.database.write() as session:  # by a node that died before it could say so
                (await session.get_one(PageSession, here.session_id)).ended_at = nodes.world.clock.now
            server.start()
            await nodes.other.sessions_due.wait()
            await nodes.other.check_sessions()
            assert await page.expect_close() == 4004


async def test_a_ticket_of_an_ended_or_a_foreign_session_opens_nothing_on_any_node(
    own_url: str, tmp_path: Path
) -> None:
    async with two_nodes(own_url, tmp_path) as nodes:
        pcp = await begin(nodes.world)
        stale = lobby_answer(nodes.world.live, pcp, ())["ticket"]
        await end(nodes.world.deps, pcp)
        foreign = lobby_answer(nodes.world.live, nodes.world.actors["pcp"], ())["ticket"]
        for ticket in (stale, foreign, "made up"):
            client = await nodes.stack.enter_async_context(await Client.connect(nodes.address, ORIGIN))
            await client.join(str(ticket))
            await client.expect_error("bad_ticket")


async def test_a_patient_s_other_device_closes_the_first_on_every_node(own_url: str, tmp_path: Path) -> None:
    async with two_nodes(own_url, tmp_path) as nodes:
        link = await new_link(nodes.world)
        assert await prove_link(nodes.world.deps, link.text, BORN, None) is not None
        page = await nodes.lobby(guest_of(await stored(nodes.world, link), ""))
        await page.expect("welcome")
        await nodes.other.check_sessions()
        await page.expect_silence()
        await change(nodes.world, link, browser_hash=b"the other device")
        await nodes.other.check_sessions()
        assert await page.expect_close() == 4004


@pytest.fixture
def own_url(sqlite_template: Path, sqlite_url: str) -> str:
    """Address of a SQLite database with the schema and no rows."""
    Path(sqlite_url.partition("///")[2]).write_bytes(sqlite_template.read_bytes())
    return sqlite_url
