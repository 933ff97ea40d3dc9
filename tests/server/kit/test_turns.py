"""Those who come for one key take turns; others do not wait for them."""

import asyncio

import pytest

from server.kit import Turns

pytestmark = pytest.mark.anyio


async def test_the_second_waits_until_the_first_is_done() -> None:
    turns, done, first = Turns(), list[str](), asyncio.Event()

    async def one(name: str) -> None:
        async with turns.turn("case"):
            if name == "first":
                await first.wait()
            done.append(name)

    both = [asyncio.create_task(one(name)) for name in ("first", "second")]
    await asyncio.sleep(0)
    first.set()
    await asyncio.gather(*both)
    assert done == ["first", "second"]


async def test_another_key_does_not_wait() -> None:
    turns = Turns()
    async with turns.turn("case"), asyncio.timeout(5) as limit, turns.turn("another"):
        assert not limit.expired()


async def test_who_gives_up_holds_nobody_up() -> None:
    turns = Turns()
    async with turns.turn("case"):
        waiting = asyncio.create_task(turns.turn("case").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
    async with asyncio.timeout(5) as limit, turns.turn("case"):
        assert not limit.expired()
