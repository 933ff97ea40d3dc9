"""A clinic's two nodes are hurt in every way for a while, and nobody in a call notices more than a moment of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e.figures import say
from tests.soak.chaos import BLOWS
from tests.soak.show import LONGEST_MS, audience, watched

SEED = int(os.environ.get("SEED") or 20261125)
SECONDS = 40.0


@pytest.fixture
def chaos_chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run the browser of those who are in real calls meanwhile."""
    with audience(playwright) as browser:
        yield browser


@pytest.mark.alone
@pytest.mark.timeout(420)
def test_nothing_that_was_told_is_lost_when_nodes_and_redis_die(
    chaos_chromium: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, films = watched(chaos_chromium, tmp_path, SEED, SECONDS)
    say(capsys, f"{report}\n  longest between two pictures: {', '.join(map(str, films))}")
    assert report.wrongs == []
    assert {blow for blow, _ in report.back} == set(BLOWS)
    assert [film.remade for film in films] == [0] * len(films)
    assert max(film.longest for film in films) <= LONGEST_MS
