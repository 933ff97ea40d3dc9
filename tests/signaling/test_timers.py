"""Timers of the event loop."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from signaling.timers import LoopTimers, wait_until
from tests.signaling.server import now
from tests.signaling.stage import StageTime, settle

pytestmark = pytest.mark.anyio


async def test_what_is_overdue_is_done_at_once() -> None:
    done = asyncio.Event()
    LoopTimers(now).call_at(now() - timedelta(hours=1), done.set)
    assert await asyncio.wait_for(done.wait(), 1)


async def test_what_is_cancelled_is_not_done() -> None:
    done: list[str] = []
    timers = LoopTimers(now)
    timers.call_at(now(), lambda: done.append("cancelled")).cancel()
    timers.call_at(now(), lambda: done.append("done"))
    await wait_until(timers, now() + timedelta(milliseconds=1))
    assert done == ["done"]


async def test_waiting_lasts_until_the_time_has_come() -> None:
    time = StageTime()
    waiting = asyncio.create_task(wait_until(time, time.now + timedelta(seconds=5)))
    await time.pass_by(4)
    assert not waiting.done()
    await time.pass_by(1)
    await settle()
    assert waiting.done()
