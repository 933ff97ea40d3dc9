"""Limits on tries: counted by name and key, said with how long to wait."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import Response

from server.db import Database
from server.kit import TooMany
from server.web import PUBLIC, Limits, deps, limits, page, see_other
from tests import redis
from tests.cast import opened_world

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


async def passes(limits: Limits, name: str, limit: str, key: str = "192.0.2.7") -> bool:
    try:
        await limits.spend(name, limit, key)
    except TooMany:
        return False
    return True


async def test_tries_within_the_limit_pass() -> None:
    limits = Limits()
    assert [await passes(limits, "sign-in", "3/minute") for _ in range(4)] == [True, True, True, False]


async def test_one_more_is_refused_with_the_seconds_to_wait() -> None:
    limits = Limits()
    await limits.spend("sign-in", "1/minute", "192.0.2.7")
    with pytest.raises(TooMany) as raised:
        await limits.spend("sign-in", "1/minute", "192.0.2.7")
    assert raised.value.retry_after == 60


async def test_who_has_to_wait_for_long_is_not_told_that_a_minute_will_do() -> None:
    limits, said = Limits(), []
    for limit in ("1/minute", "1/hour"):
        await limits.spend("wait", limit, "key")
        with pytest.raises(TooMany) as raised:
            await limits.spend("wait", limit, "key")
        said.append(raised.value.message)
    assert ["a minute" in words for words in said] == [True, False]


async def test_a_refused_try_does_not_make_the_wait_longer_for_another_limit() -> None:
    limits = Limits()
    assert [await passes(limits, "sign-in", "1/minute") for _ in range(2)] == [True, False]
    assert await passes(limits, "link", "1/minute")


async def test_one_persons_tries_are_not_anothers() -> None:
    limits = Limits()
    tries = ("192.0.2.7", "192.0.2.7", "192.0.2.8")
    assert [await passes(limits, "sign-in", "1/minute", key) for key in tries] == [True, False, True]


async def test_over_http_it_is_a_429_that_says_when_to_come_back(site: "World") -> None:
    async def once(request: Request) -> Response:
        await deps(request).limits.spend("test", "1/minute", "everybody")
        return see_other("/")

    site.app.router.routes.insert(0, page("/once", once, PUBLIC))
    browser = site.browser()
    first, second = await browser.get("/once"), await browser.get("/once")
    assert (first.status_code, second.status_code) == (303, 429)
    assert second.headers["retry-after"] == "60"
    assert "Wait a minute" in second.text


# Shared by several nodes


@asynccontextmanager
async def opened_node(address: str) -> AsyncIterator[Limits]:
    node = Limits(address)
    yield node
    await node.close()


@pytest.fixture
async def nodes(redis_url: str) -> AsyncIterator[tuple[Limits, Limits]]:
    """Two nodes on one Redis."""
    one, other = Limits(redis_url), Limits(redis_url)
    yield one, other
    await one.close()
    await other.close()


@pytest.fixture
def own_redis() -> Iterator[redis.Server]:
    """A Redis that the test may stop."""
    with redis.running() as server:
        yield server


async def test_what_is_spent_on_one_node_is_spent_on_the_other(nodes: tuple[Limits, Limits]) -> None:
    await nodes[0].spend("shared", "2/minute", "key")
    await nodes[1].spend("shared", "2/minute", "key")
    for node in nodes:
        with pytest.raises(TooMany):
            await node.spend("shared", "2/minute", "key")


async def test_two_applications_on_one_redis_limit_a_patient_search_together(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with (
        opened_world(database, tmp_path, backplane_url=redis_url) as world,
        opened_node(redis_url) as other,
    ):
        account = str(world.accounts["pcp"].id)
        for _ in range(180):
            await other.spend("patient search", "180/minute", account)
        browser = await world.signed_in("pcp")
        assert (await browser.get("/patients?q=alv")).status_code == 429
        await world.deps.limits.close()


async def test_without_its_redis_a_node_counts_alone_and_refuses_nobody(
    own_redis: redis.Server,
) -> None:
    node = Limits(own_redis.url)
    await node.spend("alone", "2/minute", "key")
    own_redis.stop()
    await node.spend("alone", "2/minute", "key")
    await node.spend("alone", "2/minute", "key")
    with pytest.raises(TooMany):
        await node.spend("alone", "2/minute", "key")
    await node.close()


async def test_a_redis_that_is_back_is_shared_again(own_redis: redis.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LEFT_ALONE", 0.0)
    one, other = Limits(own_redis.url), Limits(own_redis.url)
    own_redis.stop()
    await one.spend("back", "1/minute", "key")
    own_redis.start()
    await one.spend("back", "1/minute", "key")
    with pytest.raises(TooMany):
        await other.spend("back", "1/minute", "key")
    await one.close()
    await other.close()
