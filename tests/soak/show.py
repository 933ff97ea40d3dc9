"""Chaos with an audience: scripted people in a thread of their own, and real calls that are watched meanwhile."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Browser

from tests.soak import site
from tests.soak.chaos import Chaos, Report
from tests.soak.films import calls

ROOMS = 50
CALLS = 2
LONGEST_MS = 2_000
"""Between two pictures: two cores serve all this, so that a film stutters without anybody's fault."""


def watched(clinic: Browser, patient: Browser, folder: Path, seed: int, seconds: float) -> tuple[Report, list[float]]:
    """Strike for so many seconds; gives the report, and the longest time between two pictures of each film, in ms."""
    with (
        site.running(folder, seed) as nodes,
        calls(clinic, patient, nodes.url, CALLS) as films,
        ThreadPoolExecutor(1) as other,
    ):
        running = other.submit(lambda: asyncio.run(Chaos(nodes, seed, ROOMS).run(seconds)))
        while not running.done():
            films[0].page.wait_for_timeout(500)  # browsers are heard only while they are waited for
        return running.result(), [film.seen()[0] for film in films]
