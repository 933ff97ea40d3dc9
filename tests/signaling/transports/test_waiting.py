"""The small queue and event of a socket behave as asyncio's do."""

from __future__ import annotations

import asyncio

import pytest

from signaling.transports.waiting import Gate, Inbox
from tests.signaling.stage import settle

pytestmark = pytest.mark.anyio


async def test_who_waits_at_an_empty_inbox_gets_what_comes_in_its_order() -> None:
    inbox = Inbox()
    first = asyncio.create_task(inbox.get())
    await settle()
    inbox.put_nowait("one")
    inbox.put_nowait("two")
    assert [await first, await inbox.get()] == ["one", "two"]
    assert inbox.empty()


async def test_an_inbox_goes_on_after_somebody_gave_up_waiting() -> None:
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.get())
    await settle()
    waiting.cancel()
    await settle()
    inbox.put_nowait("one")
    assert (inbox.qsize(), await inbox.get()) == (1, "one")


async def test_an_inbox_is_awaited_while_somebody_waits_and_nothing_is_on_its_way() -> None:
    inbox = Inbox()
    seen = [inbox.is_awaited()]
    waiting = asyncio.create_task(inbox.get())
    await settle()
    seen.append(inbox.is_awaited())
    inbox.put_nowait("one")
    seen.append(inbox.is_awaited())
    await waiting
    assert [*seen, inbox.is_awaited()] == [False, True, False, False]


async def test_everybody_who_waits_passes_once_the_gate_is_open_and_not_before() -> None:
    gate = Gate()
    assert await gate.wait()
    gate.clear()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
    waiting[0].cancel()
    await settle()
    assert not waiting[1].done()
    gate.set()
    assert await asyncio.gather(*waiting[1:]) == [True, True]
    assert gate.is_set()
