"""Ordered work: the jobs of one lane run one after another, those of different lanes side by side.

A lane has a task only while there is something in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

import structlog

from signaling.faults import place
from signaling.tasks import Tasks

Job = Callable[[], Awaitable[None]]

MAX_WAITING: Final = 256

log = structlog.get_logger("signaling")


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A job, and whom it is about; None for one that nothing takes the place of."""

    job: Job
    whom: str | None


class Lanes:
    """Ordered queues by key, bounded. Jobs deal with their own failures; who breaks holds up nobody."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._tasks = Tasks()

    def add(self, lane: str, job: Job, whom: str | None = None, *, begins: bool = False) -> bool:
        """Put a job at the end of a lane; False when the lane is full.

        What waits there about the same person gives way to a job that `begins` something; the job that runs goes on.
        """
        jobs = self._waiting.get(lane)
        if jobs is None:
            self._waiting[lane] = deque([_Waiting(job, whom)])
            self._tasks.spawn(self._run(lane))
            return True
        if begins and whom is not None:
            for pointless in [other for other in islice(jobs, 1, None) if other.whom == whom]:
                jobs.remove(pointless)
        if len(jobs) >= MAX_WAITING:
            return False
        jobs.append(_Waiting(job, whom))
        return True

    async def close(self) -> None:
        """Stop all work; what has not begun is dropped."""
        await self._tasks.close()

    async def _run(self, lane: str) -> None:
        jobs = self._waiting[lane]
        try:
            while jobs:
                await self._do(jobs[0].job)
                jobs.popleft()
        finally:
            del self._waiting[lane]

    @staticmethod
    async def _do(job: Job) -> None:
        try:
            await job()
        except Exception as error:  # noqa: BLE001 (a lane is not held up by what went wrong in one of its jobs)
            log.error("job failed", error=place(error))
