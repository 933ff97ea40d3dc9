"""The one way in which a node writes into Redis: in order, many at a time, and none twice.

Each write has a number; Redis keeps the last one of each hub per room, so that a write that is repeated, because it was
not known whether it got through, changes nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from signaling.backplane.scripts import Script
from signaling.outage import Outage
from signaling.tasks import Tasks

PATIENCE: Final = 2.0
"""Seconds that something waits to be written before its sender is told that it was not."""
MOST_WAITING: Final = 10_000
MOST_AT_ONCE: Final = 256
PAUSE_SECONDS: Final = 0.2

log = structlog.get_logger("signaling")


@dataclass(slots=True)
class Write:
    """One write; `until` is None for what is tried for as long as it takes."""

    script: Script
    arguments: tuple[str | bytes | int, ...]
    until: float | None
    done: asyncio.Future[Any]


class Writer:
    """Takes what is to be written; `trouble` is set when something could not be for a while."""

    def __init__(self, redis: Redis, trouble: asyncio.Event, outage: Outage) -> None:
        self._redis = redis
        self._outage = outage
        self._trouble = trouble
        self._waiting: deque[Write] = deque()
        self._wake = asyncio.Event()
        self._tasks = Tasks()
        self.is_open = False

    def start(self) -> None:
        """Begin to write."""
        self.is_open = True
        self._tasks.spawn(self._write_on())

    async def close(self) -> None:
        """Write no more; who waits is told."""
        self.is_open = False
        await self._tasks.close()
        self._fail(list(self._waiting), ConnectionError("closed"))
        self._waiting.clear()

    def write(self, script: Script, *arguments: str | bytes | int, kept: bool = False) -> asyncio.Future[Any]:
        """Put a write in line; the future gives the answer, or OSError. Raises OSError when there are too many."""
        if not self.is_open:
            raise ConnectionError("not open")
        if len(self._waiting) >= MOST_WAITING:
            raise ConnectionError("too much waits for Redis")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        done.add_done_callback(lambda over: over.cancelled() or over.exception())
        self._waiting.append(Write(script, arguments, None if kept else loop.time() + PATIENCE, done))
        self._wake.set()
        return done

    async def _write_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                try:
                    await self._write_some()
                except (RedisError, OSError) as error:
                    self._outage.failed(error, "writing")
                    self._give_up_on()
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _write_some(self) -> None:
        batch = [self._waiting[n] for n in range(min(len(self._waiting), MOST_AT_ONCE))]
        pipeline = self._redis.pipeline(transaction=False)
        for write in batch:
            pipeline.evalsha(write.script.sha, 0, *write.arguments)
        answers = await pipeline.execute(raise_on_error=False)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            for script in {write.script for write in batch}:
                await self._redis.script_load(script.text)
            return  # again: what was done already is not done twice
        for write, answer in zip(batch, answers, strict=True):
            self._waiting.popleft()
            if isinstance(answer, Exception):
                log.error("write failed", error=type(answer).__name__)
                self._fail([write], ConnectionError(type(answer).__name__))
            elif not write.done.done():
                write.done.set_result(answer)

    def _give_up_on(self) -> None:
        now = asyncio.get_running_loop().time()
        late = [write for write in self._waiting if write.until is not None and write.until <= now]
        if late:
            self._trouble.set()
            self._waiting = deque(write for write in self._waiting if write.until is None or write.until > now)
            self._fail(late, ConnectionError("Redis does not answer"))

    def _fail(self, writes: list[Write], error: OSError) -> None:
        for write in writes:
            if not write.done.done():
                write.done.set_exception(error)
