"""The load on a relay: people who enter, who talk to each other at an even pace, or who only listen."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection

from tests.bench.relays import Relay, answer_pings, stamp_of

PER_SECOND, SECONDS = 25, 4
LATE_SECONDS = 10.0
AT_ONCE = 40


@asynccontextmanager
async def entered(relay: Relay, who: Iterable[int]) -> AsyncIterator[list[ClientConnection]]:
    """Connect people, some at a time, and let them go at the end."""
    people, numbers = [], list(who)
    for start in range(0, len(numbers), AT_ONCE):
        people += await asyncio.gather(*map(relay.enter, numbers[start : start + AT_ONCE]))
    try:
        yield people
    finally:
        for start in range(0, len(people), AT_ONCE):
            await asyncio.gather(*(person.close() for person in people[start : start + AT_ONCE]))


@asynccontextmanager
async def listening(relay: Relay, people: Sequence[ClientConnection]) -> AsyncIterator[None]:
    """Read whatever comes, so that nobody is taken for gone."""
    tasks = [asyncio.create_task(answer_pings(relay, person)) for person in people]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def talk(relay: Relay, people: Sequence[ClientConnection]) -> list[float]:
    """Everybody sends at an even pace and hears the other; gives each message's seconds on the way."""
    gc.collect()
    begin = time.perf_counter() + 0.2
    heard, _ = await asyncio.gather(
        asyncio.gather(*(_hear(person, PER_SECOND * SECONDS) for person in people)),
        asyncio.gather(*(_speak(relay, n, person, begin, len(people)) for n, person in enumerate(people))),
    )
    return [delay for delays in heard for delay in delays]


async def reaches(relay: Relay, people: Sequence[ClientConnection]) -> None:
    """Make sure that the first two reach each other. Raises TimeoutError."""
    await people[0].send(relay.frame(0, 0, time.perf_counter()))
    await _hear(people[1], 1)


async def _speak(relay: Relay, number: int, person: ClientConnection, begin: float, people: int) -> None:
    for ref in range(PER_SECOND * SECONDS):
        due = begin + (ref + number / people) / PER_SECOND
        await asyncio.sleep(due - time.perf_counter())
        await person.send(relay.frame(number, ref, time.perf_counter()))


async def _hear(person: ClientConnection, wanted: int) -> list[float]:
    delays: list[float] = []
    async with asyncio.timeout(SECONDS + LATE_SECONDS):
        while len(delays) < wanted:
            text = await person.recv()
            if (stamp := stamp_of(text)) is not None:
                delays.append(time.perf_counter() - stamp)
    return delays
