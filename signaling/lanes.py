"""Ordered work: the jobs of one lane run one after another, those of different lanes side by side.

A lane has a task only while there is something in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from signaling.tasks import Tasks

Job = Callable[[], Awaitable[None]]

MAX_WAITING: Final = 256


class Lanes:
    """Ordered queues by key, bounded. A job must deal with its own failures."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Job]] = {}
        self._tasks = Tasks()

    def add(self, lane: str, job: Job) -> bool:
        """Put a job at the end of a lane; False when the lane is full."""
        jobs = self._waiting.get(lane)
        if jobs is None:
            self._waiting[lane] = deque([job])
            self._tasks.spawn(self._run(lane))
            return True
        if len(jobs) >= MAX_WAITING:
            return False
        jobs.append(job)
        return True

    async def close(self) -> None:
        """Stop all work; what has not begun is dropped."""
        await self._tasks.close()

    async def _run(self, lane: str) -> None:
        jobs = self._waiting[lane]
        try:
            while jobs:
                await jobs[0]()
                jobs.popleft()
        finally:
            del self._waiting[lane]
