"""The web side of signaling apart, over real rows: a process at a time, and each fact once, whenever a process dies."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlmodel import select

from server.calls import CallFacts, ChatMessage
from server.calls.hub import PageSessions
from server.calls.intake import LEASE, Intake
from server.db import Database
from server.jobs import JobLease
from server.kit.keyfile import load_keys
from signaling import Consumer, RemoteApplication
from tests.cast import World, opened_world
from tests.server.calls.rooms import end, fresh_seat, joined, left, said, scene

pytestmark = pytest.mark.anyio

KEY = b"ticket key"


@pytest.fixture
async def url(redis_url: str) -> str:
    """Redis with nothing in it."""
    async with Redis.from_url(redis_url) as operator:
        await operator.flushall()
    return redis_url


@asynccontextmanager
async def hub(url: str, key: bytes = KEY) -> AsyncIterator[RemoteApplication]:
    """The signaling process's end."""
    remote = RemoteApplication(url, key)
    await remote.start()
    try:
        yield remote
    finally:
        await remote.stop()


@asynccontextmanager
async def intake(world: World, url: str) -> AsyncIterator[Intake]:
    """A web process's."""
    opened = Intake(world.deps.database, url, KEY, CallFacts(world.deps), PageSessions(world.deps))
    try:
        yield opened
    finally:
        await opened.close()


async def keeps_working(web: Intake) -> None:
    """Work until something ends it."""
    while True:
        await web.work()


async def lines(world: World) -> list[ChatMessage]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(ChatMessage))).all())


async def test_facts_reach_the_rows_and_the_answer_comes_after_the_commit(world: World, url: str) -> None:
    here = await scene(world)
    async with hub(url) as remote, intake(world, url) as web:
        await remote.joined(joined(here.pcp, "hub-1"))
        asked = asyncio.create_task(remote.said(said(here.pcp, "Hello")))
        while not asked.done():
            await web.work()
        (line,) = await lines(world)
        assert line.sent_at == await asked
        assert (await fresh_seat(world, here.pcp)).connection == "hub-1"
        await remote.left(left(here.pcp, "hub-1"))
        while (await fresh_seat(world, here.pcp)).connection:
            await web.work()


async def test_a_process_killed_between_commit_and_acknowledgement_leaves_nothing_twice(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await scene(world)

    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    async with hub(url) as remote, intake(world, url) as other:
        asked = asyncio.create_task(remote.said(said(here.pcp, "Hello")))
        async with intake(world, url) as first:
            monkeypatch.setattr(Consumer, "_acknowledge", die)
            with pytest.raises(asyncio.CancelledError):
                await keeps_working(first)
            monkeypatch.undo()
        (kept,) = await lines(world)
        await end(world, here.room)  # too late to refuse what was kept before
        while not asked.done():
            await other.work()
        assert await asked == kept.sent_at
        assert [line.id for line in await lines(world)] == [kept.id]


async def test_one_process_works_and_another_only_when_it_stops(site: World, url: str) -> None:
    async with intake(site, url) as first, intake(site, url) as second:
        assert await first.work()
        assert not await second.work()
        await first.close()
        assert await second.work()


async def test_a_process_that_lost_the_lease_begins_nothing(site: World, url: str) -> None:
    here = await scene(site)
    async with hub(url) as remote, intake(site, url) as paused, intake(site, url) as other:
        await paused.work()
        paused._until = 0.0  # it was stopped for longer than the lease
        await remote.joined(joined(here.pcp, "hub-1"))
        await paused.work()
        assert (await fresh_seat(site, here.pcp)).connection is None
        async with site.deps.database.write() as session:
            await session.delete(await session.get_one(JobLease, LEASE))
        while (await fresh_seat(site, here.pcp)).connection is None:
            await other.work()


async def test_a_process_with_signaling_apart_has_no_hub_and_forgets_no_connection(
    sqlite_template: Path, sqlite_url: str, tmp_path: Path, url: str
) -> None:
    shutil.copyfile(sqlite_template, sqlite_url.partition("///")[2])
    database = Database.open(sqlite_url)
    async with opened_world(database, tmp_path, backplane_url=url, signaling_apart=True) as world:
        assert world.live.hub is None
        assert "/signaling" not in {getattr(route, "path", "") for route in world.app.routes}
        here = await scene(world)
        async with hub(url, load_keys(tmp_path, ()).ticket_key) as remote:
            await remote.joined(joined(here.pcp, "hub-1"))
            async with world.app.router.lifespan_context(world.app):
                while (await fresh_seat(world, here.pcp)).connection is None:
                    await asyncio.wait([letter.answer for letter in remote._open.values()])
                assert not await world.live.check_sessions()
            async with world.app.router.lifespan_context(world.app):
                assert (await fresh_seat(world, here.pcp)).connection == "hub-1"
