"""A loop that calls one job again and again: at once when woken, at the latest after a pause."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from server.kit.faults import places

_log = structlog.get_logger("curbside.jobs")

Job = Callable[[], Awaitable[bool]]

AGAIN_SECONDS = 0.5
LAST_SECONDS = 1.0
"""How long the piece of work in hand may take once the loop is to end."""


class Loop:
    """Runs a job that works due rows and says whether it found any. An error is logged and the loop goes on."""

    def __init__(self, name: str, job: Job, pause: float = 5.0, woken: asyncio.Event | None = None) -> None:
        """Take the job, the longest pause between two looks in seconds, and an event that others set to wake it."""
        self._name, self._job, self._pause = name, job, pause
        self._woken = woken or asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ending = False
        self.failed: Callable[[], None] = _nothing
        """Called each time that the job raised an error."""

    @property
    def name(self) -> str:
        """The job's name, as the log has it."""
        return self._name

    async def wake(self) -> None:
        """Look for due rows now."""
        self._woken.set()

    def start(self) -> None:
        """Begin looping."""
        self._task = asyncio.create_task(self._run(), name=f"job-{self._name}")

    async def stop(self) -> None:
        """End the loop with the piece of work in hand. One that takes too long is cut off; its lease finds its row."""
        if self._task is None:
            return
        self._ending = True
        self._woken.set()
        await asyncio.wait({self._task}, timeout=LAST_SECONDS)
        while not self._task.done():  # again and again: a library may swallow a cancellation
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=AGAIN_SECONDS)

    async def _run(self) -> None:
        while not self._ending:
            if not await self._work() and not self._ending:
                await self._rest()

    async def _work(self) -> bool:
        try:
            return await self._job()
        except Exception as error:  # noqa: BLE001 - one bad row must not end the loop
            _log.error("job failed", job=self._name, kind=type(error).__name__, places=places(error))
            self.failed()
            return False

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._pause):  # not wait_for: it swallows a cancellation when woken just then
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()


def _nothing() -> None:
    return None
