"""Notices between two nodes over a real Redis: at once, in order, and nothing lost over a link that was cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from signaling.backplane import SessionRevoked, SharedNotices, TopicChanged
from signaling.backplane.log import Entry, Notice
from signaling.backplane.redis import STREAM
from tests import redis
from tests.playbook import NOON

pytestmark = pytest.mark.anyio

REVOKED = SessionRevoked("session-1", NOON)
CHANGED = TopicChanged("organization:7", "today")


class Node:
    """A node that notes what it hears, and how often it was told that its link is back."""

    def __init__(self, url: str) -> None:
        self.heard: asyncio.Queue[Notice] = asyncio.Queue()
        self.backs: asyncio.Queue[None] = asyncio.Queue()
        self.notices = SharedNotices(url, lambda: self.backs.put_nowait(None))
        self.notices.attach(self._read, self._listen)
        self.failing = False

    def _read(self, room: str, entry: Entry) -> None:
        """Rooms stay in their process."""

    async def _listen(self, notice: Notice) -> None:
        self.heard.put_nowait(notice)
        if self.failing:
            raise RuntimeError

    async def hears(self) -> Notice:
        async with asyncio.timeout(10):
            return await self.heard.get()

    async def is_linked(self) -> None:
        async with asyncio.timeout(20):
            await self.backs.get()


@asynccontextmanager
async def nodes(url: str) -> AsyncIterator[tuple[Node, Node]]:
    """Run two nodes that read already."""
    pair = Node(url), Node(url)
    for node in pair:
        await node.notices.start()
        await node.is_linked()
    try:
        yield pair
    finally:
        for node in pair:
            await node.notices.stop()


@pytest.fixture
def own_redis() -> Iterator[redis.Server]:
    """Run a Redis that the test may end."""
    with redis.running() as server:
        yield server


async def test_a_notice_takes_effect_here_at_once_and_on_the_other_node_once(redis_url: str) -> None:
    async with nodes(redis_url) as (one, other):
        await one.notices.announce(REVOKED)
        assert one.heard.get_nowait() == REVOKED
        await one.notices.announce(CHANGED)
        assert [await other.hears(), await other.hears()] == [REVOKED, CHANGED]
        await other.notices.announce(CHANGED)
        assert [await one.hears(), await one.hears()] == [CHANGED, CHANGED]
        assert (one.heard.empty(), other.heard.qsize()) == (True, 1)


async def test_a_node_that_starts_hears_only_what_comes_after(redis_url: str) -> None:
    async with nodes(redis_url) as (one, other):
        await one.notices.announce(REVOKED)
        await other.hears()
        late = Node(redis_url)
        await late.notices.start()
        await late.is_linked()
        await one.notices.announce(CHANGED)
        assert await late.hears() == CHANGED
        await late.notices.stop()


async def test_nothing_is_lost_over_a_link_that_is_cut(redis_url: str) -> None:
    async with nodes(redis_url) as (one, other), Redis.from_url(redis_url) as operator:
        for number in range(10):
            await operator.client_kill_filter(_type="normal", skipme=True)
            await one.notices.announce(TopicChanged("all", str(number)))
        heard: list[Any] = [await other.hears() for _ in range(10)]
        assert [notice.topic for notice in heard] == [str(number) for number in range(10)]
        await one.is_linked()


async def test_what_is_announced_while_redis_is_away_counts_here_and_is_said_when_it_is_back(
    own_redis: redis.Server,
) -> None:
    async with nodes(own_redis.url) as (one, other):
        own_redis.stop()
        await one.notices.announce(REVOKED)
        assert one.heard.get_nowait() == REVOKED
        own_redis.start()  # empty: Debian's Redis keeps nothing
        await other.is_linked()
        assert await other.hears() == REVOKED


async def test_what_is_not_understood_and_a_listener_that_fails_stop_nothing(redis_url: str) -> None:
    async with nodes(redis_url) as (one, other), Redis.from_url(redis_url) as operator:
        other.failing = True
        for text in ("no json", "{}", '{"revoked": "x", "at": "never"}', "[]"):
            await operator.xadd(STREAM, {"from": "another release", "notice": text})
        await operator.xadd(STREAM, {"else": "nothing of ours"})
        await one.notices.announce(REVOKED)
        await one.notices.announce(CHANGED)
        assert [await other.hears(), await other.hears()] == [REVOKED, CHANGED]


async def test_a_node_without_redis_starts_and_serves_itself() -> None:
    node = Node("redis://127.0.0.1:9/0")
    await node.notices.start()
    await node.notices.announce(REVOKED)
    assert await node.hears() == REVOKED
    await node.notices.stop()
