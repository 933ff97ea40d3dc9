"""Background tasks that are held until they are done, and whose failures are noted."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from signaling.faults import place
from signaling.outage import Outage

AGAIN_SECONDS: Final = 0.5

log = structlog.get_logger("signaling")


class Tasks:
    """A set of running tasks. An OSError is noted in `outage` if there is one, else it is an error."""

    def __init__(self, outage: Outage | None = None) -> None:
        self._outage = outage
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)

    async def close(self) -> None:
        """Cancel what is running and wait for it to end. Again and again: a library may swallow a cancellation."""
        running = set(self._running)
        while running:
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=AGAIN_SECONDS)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, OSError) and self._outage is not None:
            self._outage.failed(error, "a task")
        elif error is not None:
            log.error("task failed", error=place(error))
