"""Ordered work."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from signaling.lanes import MAX_WAITING, Lanes
from tests.signaling.stage import settle

pytestmark = pytest.mark.anyio


async def test_a_lane_is_worked_in_order_and_others_beside_it() -> None:
    lanes, gate, done = Lanes(), asyncio.Event(), []

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    async def quick(name: str) -> None:
        done.append(name)

    lanes.add("one", slow)
    lanes.add("one", lambda: quick("after"))
    lanes.add("two", lambda: quick("beside"))
    await settle()
    assert done == ["beside"]
    gate.set()
    await settle()
    assert done == ["beside", "slow", "after"]


async def test_a_full_lane_takes_no_more() -> None:
    lanes, gate = Lanes(), asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    assert all(lanes.add("one", wait) for _ in range(MAX_WAITING))
    assert not lanes.add("one", wait)
    await lanes.close()


async def test_a_job_that_breaks_ends_its_lane_only_for_now() -> None:
    lanes, done = Lanes(), []

    async def broken() -> None:
        raise RuntimeError("secret")

    async def fine() -> None:
        done.append("fine")

    with capture_logs() as logs:
        lanes.add("one", broken)
        await settle()
        lanes.add("one", fine)
        await settle()
    assert done == ["fine"]
    assert logs[0]["error"].startswith("RuntimeError at test_lanes.py")
    assert "secret" not in str(logs)
