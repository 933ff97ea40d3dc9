"""The relay of signaling messages beside npm `ws`, the PeerJS server and socket.io: work, delay and memory, in one run.

The load is the same for all: rooms of two, everybody sends 25 frames of 300 bytes a second (30 is our limit) and reads
what the other one sends. Work is the server's processor time alone, as the kernel counts it, so that other load on the
machine changes it little, less what it uses while nobody is connected (ours are real `curbside serve` processes with
the rooms in their database, whose other jobs go on; pings and heartbeats count).
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import Any

import uvloop

from signaling.client import Unexpected
from tests import postgres, redis
from tests.bench import load
from tests.bench.relays import Ours, PeerJs, Relay, SocketIo, Ws, running
from tests.bench.report import Row, quantile
from tests.load.crowd import crowd, served
from tests.load.process import cpu_seconds, memory_kib

ROUNDS = 3
PEOPLE, FEW = 120, 20
IDLE, WARM = 5000, 200
IDLE_KIB = 25.0
REST_SECONDS, SETTLED_SECONDS = 3, 4
BESIDE = (Ws, PeerJs, SocketIo)


def measure() -> list[Row]:
    """Measure all four one after the other, some rounds of it; then memory, then two nodes."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_work_and_delay()) + runner.run(_memory()) + runner.run(_two_nodes())


async def _work_and_delay() -> list[Row]:
    work: dict[str, list[float]] = {}
    delays: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        async for relay in _everyone(PEOPLE // 2):
            rest = await _used(relay.pid, asyncio.sleep(REST_SECONDS)) / REST_SECONDS
            async with load.entered(relay, range(PEOPLE)) as people:
                await asyncio.sleep(REST_SECONDS)  # that they came is written down meanwhile
                began = time.perf_counter()
                used = await _used(relay.pid, load.talk(relay, people)) - rest * (time.perf_counter() - began)
                work.setdefault(relay.name, []).append(PEOPLE * load.PER_SECOND * load.SECONDS / used)
                delays.setdefault(relay.name, []).extend(await load.talk(relay, people[:FEW]))
    return _work_rows({name: statistics.median(found) for name, found in work.items()}) + _delay_rows(
        "one node", delays
    )


async def _used(pid: int, doing: Coroutine[Any, Any, object]) -> float:
    before = cpu_seconds(pid)
    await doing
    return cpu_seconds(pid) - before


def _work_rows(work: dict[str, float]) -> list[Row]:
    what = f"relayed messages of 300 bytes per CPU-second, median of {ROUNDS}"
    floor = {SocketIo.name: work[SocketIo.name]}
    return [
        Row(what, work[Ours.name], "messages/s", floor.get(relay.name), "higher", relay.name, work[relay.name])
        for relay in BESIDE
    ]


def _delay_rows(where: str, delays: dict[str, list[float]]) -> list[Row]:
    ours, theirs = delays[Ours.name], delays.get(Ws.name)
    return [
        Row(
            f"relay p{share * 100:g}, {where}",
            quantile(ours, share) * 1000,
            "ms",
            peer=Ws.name if theirs else None,
            peer_value=quantile(theirs, share) * 1000 if theirs else None,
        )
        for share in (0.5, 0.99)
    ]


async def _memory() -> list[Row]:
    each: dict[str, float] = {}
    async for relay in _everyone((IDLE + WARM) // 2):
        async with load.entered(relay, range(IDLE, IDLE + WARM)):
            pass  # what a server loads when it is first used is no connection's
        before = await _settled(relay.pid)
        async with load.entered(relay, range(IDLE)) as people, load.listening(relay, people):
            each[relay.name] = (await _settled(relay.pid) - before) / IDLE
    return [
        Row(
            f"memory per idle connection, {IDLE:,} on one process in rooms of two",
            each[Ours.name],
            "KiB",
            IDLE_KIB,
            peer=relay.name,
            peer_value=each[relay.name],
        )
        for relay in BESIDE
    ]


async def _settled(pid: int) -> int:
    await asyncio.sleep(SETTLED_SECONDS)
    return memory_kib(pid)


async def _two_nodes() -> list[Row]:
    with ExitStack() as stack:
        database = stack.enter_context(postgres.running())
        address = database.address(stack.enter_context(database.database()))
        backplane = stack.enter_context(redis.running()).url
        environment = {"CURBSIDE_DATABASE_URL": address, "CURBSIDE_BACKPLANE_URL": backplane}
        nodes = stack.enter_context(served(2, **environment))
        async with crowd(nodes, FEW // 2, address) as filled:
            relay = Ours(filled)
            try:
                async with load.entered(relay, range(FEW)) as people:
                    await load.reaches(relay, people)
                    return _delay_rows("two nodes over Redis", {relay.name: await load.talk(relay, people)})
            except (Unexpected, TimeoutError):
                print("relay over two nodes: skipped, the two of a room do not reach each other across nodes here")
                return []


async def _everyone(rooms: int) -> AsyncIterator[Relay]:
    async with _ours(rooms) as relay:
        yield relay
    for beside in BESIDE:
        with running(beside) as relay:
            yield relay


@asynccontextmanager
async def _ours(rooms: int) -> AsyncIterator[Relay]:
    async with AsyncExitStack() as stack:
        nodes = stack.enter_context(served())
        yield Ours(await stack.enter_async_context(crowd(nodes, rooms)))
