"""Thousands of people come and go, in order or not: the server's memory must stay flat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from random import Random

import uvloop

from signaling.protocol import CLOSE_LEFT
from tests.load.crowd import Crowd, crowd, served, troubles
from tests.load.process import resident_kib

MARKS = (1_000, 5_000, 10_000)
ROOMS = 20
MOST_GROWTH_KIB = 6 * 1024
"""From the last mark but one to the last. Nothing is kept of who left; caches and the rooms' logs are full by then."""
PER_SECOND = 80
"""Slow enough that every coming and going is written into the database meanwhile, and none has to be dropped."""
TALKS, VANISHES = 0.1, 0.3
WAIT = 30.0


def soak(seed: int, say: Callable[[str], None], marks: tuple[int, ...] = MARKS) -> list[str]:
    """Come and go until the last mark, and look at the server's resident size at each."""
    with served() as nodes, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sizes = runner.run(_sizes(nodes[0].pid, crowd(nodes, ROOMS), Random(seed), marks, say))
        logged = troubles(nodes[0])
    growth = sizes[-1] - sizes[-2]
    say(f"grew by {growth / 1024:.1f} MiB from {marks[-2]:,} to {marks[-1]:,}; at most {MOST_GROWTH_KIB / 1024:.0f}")
    wrong = [f"memory grew by {growth} KiB"] if growth > MOST_GROWTH_KIB else []
    return wrong + logged


async def _sizes(
    pid: int,
    opening: AbstractAsyncContextManager[Crowd],
    chance: Random,
    marks: tuple[int, ...],
    say: Callable[[str], None],
) -> list[int]:
    sizes, done = [], 0
    async with opening as people:
        for mark in marks:
            await _come_and_go(people, chance, mark - done)
            done = mark
            sizes.append(resident_kib(pid))
            say(f"{mark:,} joined and left: {sizes[-1] / 1024:.1f} MiB resident")
    return sizes


async def _come_and_go(people: Crowd, chance: Random, cycles: int) -> None:
    """Each room has somebody who comes and goes as one of its three, beside everybody else."""
    shares = [Random(chance.random()) for _ in range(ROOMS)]
    async with asyncio.TaskGroup() as group:
        for room, own in enumerate(shares):
            group.create_task(_in_room(people, own, room, cycles // ROOMS))


async def _in_room(people: Crowd, chance: Random, room: int, cycles: int) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(cycles):
        due = loop.time() + ROOMS / PER_SECOND
        client = await people.enter(room, chance.randrange(3))
        if chance.random() < TALKS:
            ref = await client.send("chat", {"text": "Hello"})
            while (await client.receive(WAIT)).id != ref:
                pass  # others come and go meanwhile
        if chance.random() < VANISHES:
            client.socket.transport.abort()
        else:
            await client.send("leave")
            code = await client.expect_close(WAIT)
            if code != CLOSE_LEFT:
                raise AssertionError(f"closed with {code}")
        await asyncio.sleep(due - loop.time())
