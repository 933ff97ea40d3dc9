"""A clinic's two nodes are hurt in every way for a while, and nobody in a call notices more than a moment of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.soak.chaos import BLOWS, BUDGET_SECONDS
from tests.soak.show import LONGEST_MS, audience, watched

SEED = 20261125
SECONDS = 40.0


@pytest.fixture
def chaos_chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run the browser of those who are in real calls meanwhile."""
    with audience(playwright) as browser:
        yield browser


@pytest.mark.long
@pytest.mark.timeout(300)
def test_nothing_that_was_told_is_lost_when_nodes_and_redis_die(chaos_chromium: Browser, tmp_path: Path) -> None:
    report, films = watched(chaos_chromium, tmp_path, SEED, SECONDS)
    print(report)  # noqa: T201
    print("  longest between two pictures:", *films)  # noqa: T201
    assert report.wrongs == []
    assert {blow for blow, _ in report.back} == set(BLOWS)
    assert report.slowest <= 5 * BUDGET_SECONDS
    assert max(film.longest for film in films) <= LONGEST_MS
