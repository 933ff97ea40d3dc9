"""The loop of a job: goes on while there is work, rests when there is none, survives what breaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from structlog.testing import capture_logs

from server.jobs import Loop
from server.jobs import loop as loop_module
from server.jobs.loop import Job

pytestmark = pytest.mark.anyio

FOREVER = 3600.0


class Work:
    """A job with so many rows to do; `looked` counts its runs, `rested` is set when it has found nothing."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.looked = 0
        self.rested = asyncio.Event()

    async def __call__(self) -> bool:
        self.looked += 1
        if self.rows:
            self.rows -= 1
            return True
        self.rested.set()
        return False


@asynccontextmanager
async def running(job: Job, pause: float = FOREVER) -> AsyncIterator[Loop]:
    loop = Loop("test", job, pause)
    loop.start()
    with anyio.fail_after(10):
        yield loop
    await loop.stop()


async def test_all_that_is_due_is_worked_before_the_first_rest() -> None:
    work = Work(rows=3)
    async with running(work):
        await work.rested.wait()
    assert (work.rows, work.looked) == (0, 4)


async def test_a_wake_up_makes_it_look_at_once() -> None:
    work = Work(rows=0)
    async with running(work) as loop:
        await work.rested.wait()
        work.rested.clear()
        work.rows = 2
        await loop.wake()
        await work.rested.wait()
    assert (work.rows, work.looked) == (0, 4)


async def test_a_wake_up_while_it_works_is_not_lost() -> None:
    looked, second = 0, asyncio.Event()

    async def job() -> bool:
        nonlocal looked
        looked += 1
        if looked == 1:
            await loop.wake()  # a row comes just after this look
        else:
            second.set()
        return False

    loop = Loop("test", job, FOREVER)
    loop.start()
    with anyio.fail_after(10):
        await second.wait()
    await loop.stop()
    assert looked == 2


async def test_one_wake_up_is_one_look() -> None:
    work = Work(rows=0)
    async with running(work) as loop:
        await work.rested.wait()
        work.rested.clear()
        await loop.wake()
        await work.rested.wait()
        for _ in range(5):
            await asyncio.sleep(0)
    assert work.looked == 2


async def test_nobody_needs_to_wake_it() -> None:
    work = Work(rows=0)
    async with running(work, pause=0.001):
        for _ in range(3):
            work.rested.clear()
            await work.rested.wait()
    assert work.looked >= 3


async def test_an_error_is_logged_and_the_loop_goes_on() -> None:
    broken, went_on = asyncio.Event(), asyncio.Event()

    async def job() -> bool:
        if broken.is_set():
            went_on.set()
            return False
        broken.set()
        raise ConnectionError("the database is away")

    with capture_logs() as logs:
        async with running(job) as loop:
            await broken.wait()
            await loop.wake()
            await went_on.wait()
    assert [(line["job"], line["kind"]) for line in logs] == [("test", "ConnectionError")]


async def test_after_an_error_it_rests_instead_of_spinning() -> None:
    runs = 0

    async def job() -> bool:
        nonlocal runs
        runs += 1
        raise ConnectionError

    with capture_logs():
        async with running(job):
            for _ in range(20):
                await asyncio.sleep(0)
    assert runs == 1


async def test_stopping_lets_the_piece_of_work_in_hand_end_and_begins_no_other() -> None:
    begun, going_on, done = asyncio.Event(), asyncio.Event(), 0

    async def job() -> bool:
        nonlocal done
        begun.set()
        await going_on.wait()
        done += 1
        return True

    async with running(job):
        await begun.wait()
        asyncio.get_running_loop().call_later(0.01, going_on.set)
    assert done == 1


async def test_stopping_cuts_off_what_does_not_end_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "LAST_SECONDS", 0.01)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def job() -> bool:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return True

    async with running(job):
        await begun.wait()
    assert ended.is_set()


async def test_a_loop_that_was_never_started_can_be_stopped() -> None:
    work = Work(rows=0)
    await Loop("test", work).stop()
    assert work.looked == 0


async def test_a_loop_that_is_woken_just_when_it_is_stopped_ends() -> None:
    woken = asyncio.Event()
    work = Work(rows=0)
    loop = Loop("test", work, FOREVER, woken=woken)
    loop.start()
    for _ in range(5):
        await asyncio.sleep(0)  # it rests
    woken.set()
    async with asyncio.timeout(5):
        await loop.stop()
    assert work.looked == 1
