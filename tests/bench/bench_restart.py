"""The server dies in the middle of a call: how soon signaling is back, and what the pictures did meanwhile."""

import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bench.report import Row
from tests.e2e.browsers import LIVELY, PHONE, chromium, person
from tests.e2e.journey import DOCTOR, meet, remote_video, wait_for_frames, write
from tests.e2e.served import Served

ROUNDS = 3
BUDGET_SECONDS = 3.0

# Keeps the longest pause, in ms, between two rendered frames of one picture.
_WATCH = """(selector) => {
  const video = document.querySelector(selector);
  let last = performance.now();
  window.__gap = 0;
  const next = (now) => {
    window.__gap = Math.max(window.__gap, now - last);
    last = now;
    video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback((now) => { last = now; video.requestVideoFrameCallback(next); });
}"""


def measure() -> list[Row]:
    """Kill the server and start it again, some times, each in a new call."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        driver = stack.enter_context(sync_playwright())
        clinic, patient = (stack.enter_context(chromium(driver, LIVELY)) for _ in range(2))
        rounds = [_round(clinic, patient, folder / str(number)) for number in range(ROUNDS)]
    back, gaps = zip(*rounds, strict=True)
    return [
        Row(
            f"killed and restarted: /healthz → chat delivered again (median of {ROUNDS}, worst {max(back):.2f})",
            statistics.median(back),
            "s",
            BUDGET_SECONDS,
        ),
        Row("longest pause between two frames meanwhile, worst", max(gaps), "ms"),
    ]


def _round(clinic: Browser, patient: Browser, folder: Path) -> tuple[float, float]:
    server = Served(folder / "var")
    folder.mkdir()
    server.start()
    try:
        with person(clinic, server.url) as ours, person(patient, server.url, PHONE) as theirs:
            call = meet(ours.new_page(), theirs.new_page())
            return _restart(server, call.patient)
    finally:
        server.stop()


def _restart(server: Served, page: Page) -> tuple[float, float]:
    picture = remote_video(page, DOCTOR)
    page.evaluate(_WATCH, picture)
    wait_for_frames(page, picture, 30)
    server.kill()
    wait_for_frames(page, picture, 60)
    write(page, "Are you still there?")
    server.start()
    began = time.perf_counter()
    expect(page.get_by_text("Delivered")).to_be_visible(timeout=15_000)
    back = time.perf_counter() - began
    wait_for_frames(page, picture, 30)
    return back, float(page.evaluate("() => window.__gap"))
