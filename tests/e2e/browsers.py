"""Debian's Chromium with a fake camera and microphone, one process for each side of a visit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright, ViewportSize

CHROMIUM = "/usr/bin/chromium"
SHELL = "/usr/bin/chromium-headless-shell"
"""The same engine of the same build, without the windows around it: journeys take a quarter less work."""

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
WAIT_MS = 15_000
INSIDE_AN_APP = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 [FBAN/FBIOS]"
)

LIVELY = "--use-fake-device-for-media-stream=fps=30,device-count=3"
"""A camera as lively as a real one, for what is measured. Journeys make do with fewer pictures: each costs time."""

_FLAGS = [
    "--use-fake-device-for-media-stream=fps=10,device-count=3",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
]


@contextmanager
def chromium(playwright: Playwright, *flags: str, program: str | Path = CHROMIUM) -> Iterator[Browser]:
    """Run one Chromium process, by another program when one is named."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=program, args=[*_FLAGS, *root, *flags])
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def person(browser: Browser, url: str, viewport: ViewportSize = DESKTOP, **options: Any) -> Iterator[BrowserContext]:
    """Open the browser of one person: own cookies, own storage, at a width."""
    context = browser.new_context(base_url=url, viewport=viewport, **options)
    context.set_default_timeout(WAIT_MS)
    try:
        yield context
    finally:
        context.close()
