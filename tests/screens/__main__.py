"""`python -m tests.screens [words]`: all pictures, or only the groups, themes and widths that are named."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from server.web import set_up_logging
from tests.e2e.browsers import WAIT_MS, chromium
from tests.screens import (
    accounts,
    answers,
    asking,
    booking,
    calls,
    consults,
    inbox,
    members,
    portal,
    quality,
    records,
    schedules,
    tasks,
    visits,
)
from tests.screens.camera import WIDTHS, Camera
from tests.screens.people import drawn_people

GROUPS: Mapping[str, Callable[[Camera], None]] = {
    "visits": visits.take,
    "booking": booking.take,
    "calls": calls.take,
    "accounts": accounts.take,
    "members": members.take,
    "records": records.take,
    "portal": portal.take,
    "quality": quality.take,
    "schedules": schedules.take,
    "tasks": tasks.take,
    "answers": answers.take,
    "consults": consults.take,
    "asking": asking.take,
    "inbox": inbox.take,
}
THEMES = ("light", "dark")


def take_all(words: Sequence[str], say: Callable[[str], None]) -> None:
    """Take every page, or those that the words name."""
    set_up_logging("error")
    expect.set_options(timeout=WAIT_MS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        driver = stack.enter_context(sync_playwright())
        clinic, patient = (stack.enter_context(chromium(driver, *flags)) for flags in drawn_people(driver, folder))
        for camera in _cameras(words, clinic, patient, folder):
            for name in _named(GROUPS, words):
                GROUPS[name](camera)
            say(f"{camera.width} {camera.theme}: {camera.changed} changed")


def _cameras(words: Sequence[str], clinic: Browser, patient: Browser, folder: Path) -> Iterator[Camera]:
    """Give a camera for each round; each has a day of its own, so that rounds do not show in each other's pictures."""
    for theme in _named(THEMES, words):
        for width in _named(WIDTHS, words):
            yield Camera(theme, width, clinic, patient, folder / f"{theme}-{width}")


def _named(all_of_them: Mapping[str, object] | Sequence[str], words: Sequence[str]) -> list[str]:
    return [name for name in all_of_them if name in words] or list(all_of_them)


if __name__ == "__main__":
    take_all(sys.argv[1:], print)
