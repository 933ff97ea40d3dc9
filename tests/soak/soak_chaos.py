"""Two nodes hurt for ten minutes while fifty rooms talk and two real calls are watched: the long form of test_chaos."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.soak.chaos import BUDGET_SECONDS
from tests.soak.show import LONGEST_MS, audience, watched

SECONDS = 600.0


def soak(seed: int, say: Callable[[str], None]) -> list[str]:
    """Run it; gives what should not have happened."""
    with (
        tempfile.TemporaryDirectory(prefix="curbside-chaos-") as folder,
        sync_playwright() as playwright,
        audience(playwright) as browser,
    ):
        report, films = watched(browser, Path(folder), seed, SECONDS)
    say(str(report))
    say(f"longest between two pictures: {', '.join(map(str, films))}")
    slow = [f"{blow}: back after {seconds:.1f} s" for blow, seconds in report.back if seconds > 5 * BUDGET_SECONDS]
    still = [f"a picture stood still for {film}" for film in films if film.longest > LONGEST_MS]
    still += [f"{film.remade} links were made anew" for film in films if film.remade]
    return [*report.wrongs, *slow, *still]
