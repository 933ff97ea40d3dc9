"""Chaos with an audience: scripted people on a loop of their own, and real calls that are watched meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, Playwright

from tests.e2e.browsers import chromium
from tests.soak import site
from tests.soak.chaos import Chaos, Report
from tests.soak.films import Seen, pairs

ROOMS = 50
CALLS = 2
LONGEST_MS = 5_000
"""Between two pictures: two cores serve all this, so that a film stutters without anybody's fault."""

FRUGAL = "--use-fake-device-for-media-stream=fps=5,device-count=1"
"""At thirty pictures a second two calls take both cores, and nothing is left for what they are there to watch."""


@contextmanager
def audience(playwright: Playwright) -> Iterator[Browser]:
    """Run the one Chromium in which all sides of the real calls are."""
    with chromium(playwright, FRUGAL) as browser:
        yield browser


def watched(browser: Browser, folder: Path, seed: int, seconds: float) -> tuple[Report, list[Seen]]:
    """Strike for so many seconds; gives the report, and what was seen in each film meanwhile."""
    with (
        site.running(folder, seed) as nodes,
        start_blocking_portal(backend_options={"use_uvloop": True}) as portal,
        ExitStack() as stack,
        _crowd(portal, Chaos(nodes, seed, ROOMS)) as crowd,
    ):
        filling = portal.start_task_soon(crowd.fill)
        visits = stack.enter_context(pairs(browser, nodes.url, CALLS))
        filling.result()
        for visit in visits:
            visit.wait()
        films = [film for visit in visits for film in visit.meet()]
        for film in films:
            film.watch()
        running = portal.start_task_soon(crowd.run, seconds)
        while not running.done():
            films[0].page.wait_for_timeout(500)  # browsers are heard only while they are waited for
        report, seen = running.result(), [film.seen() for film in films]
        for film in films:
            film.talk()
        return report, seen


@contextmanager
def _crowd(portal: BlockingPortal, chaos: Chaos) -> Iterator[Chaos]:
    try:
        yield chaos
    finally:
        portal.call(chaos.leave)
