"""Joining: what the patient's page loads, and how long it takes from the click until the other person is seen."""

import gzip
import re
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bench.report import Row
from tests.contract.tree import ROOT
from tests.e2e.browsers import LIVELY, PHONE, chromium, person
from tests.e2e.journey import confirm, new_visit, prove, remote_video, sign_in, wait_for_frames
from tests.e2e.served import Served

ROUNDS = 5
KB = 1000
PEER = ROOT / "node_modules/livekit-client/dist/livekit-client.umd.js"
DOCTOR, PATIENT = "Dr. R. Okafor", "M. Alvarez"

# Notes when somebody else's picture was first drawn. Wall-clock time, so that two browsers can be compared.
WATCH = """
const seen = new WeakSet();
window.__clicked = 0; window.__frame = 0;
document.addEventListener("click", () => { window.__clicked = Date.now(); window.__frame = 0; }, true);
new MutationObserver(() => {
  for (const video of document.querySelectorAll("#tiles video")) {
    if (seen.has(video) || video.closest("#self")) continue;
    seen.add(video);
    video.requestVideoFrameCallback(() => { window.__frame ||= Date.now(); });
  }
}).observe(document, { childList: true, subtree: true });
"""


@dataclass(frozen=True)
class Round:
    """One visit: milliseconds with the camera on already and with everything to be opened, and bytes on the wire."""

    warm: float
    cold: float
    size: int


def measure() -> list[Row]:
    """Measure some visits, each with new browser profiles."""
    with ExitStack() as stack:
        server = Served(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "var")
        server.start()
        stack.callback(server.stop)
        driver = stack.enter_context(sync_playwright())
        clinic, patient = (stack.enter_context(chromium(driver, LIVELY)) for _ in range(2))
        rounds = [_round(clinic, patient, server.url) for _ in range(ROUNDS)]
    peer = round(len(gzip.compress(PEER.read_bytes(), 9)) / KB) if PEER.exists() else None
    return [
        Row(
            "patient's page, all JS + CSS, gz",
            rounds[0].size / KB,
            "KB",
            60,
            peer="livekit-client alone",
            peer_value=peer,
        ),
        _times("warm: camera on, click “Admit” → the patient sees the clinician", [r.warm for r in rounds], 500),
        _times("cold: camera off, click “Join visit” → the patient sees the clinician", [r.cold for r in rounds], 1500),
    ]


def _times(what: str, values: list[float], budget: float) -> Row:
    return Row(f"{what} (median of {len(values)}, worst {max(values):.0f})", statistics.median(values), "ms", budget)


def _round(clinic: Browser, patient: Browser, url: str) -> Round:
    with person(clinic, url) as ours, person(patient, url, PHONE) as theirs:
        for context in (ours, theirs):
            context.add_init_script(WATCH)
        pcp, guest = ours.new_page(), theirs.new_page()
        sizes: dict[str, int] = {}
        guest.on("response", lambda r: sizes.update(_size(r.url, r.headers.get("content-length", "0"))))
        sign_in(pcp)
        sheet, link = new_visit(pcp)
        prove(guest, link)
        confirm(guest)
        pcp.goto(f"{sheet}/call")
        expect(guest.get_by_role("heading", name="You look and sound good")).to_be_visible()
        sizes_of_check = dict(sizes)
        guest.get_by_role("button", name="Join visit").click()
        pcp.get_by_role("button", name=re.compile("^Admit")).click()
        warm = _mark(guest, "__frame") - _mark(pcp, "__clicked")
        wait_for_frames(pcp, remote_video(pcp, PATIENT))
        cold = _come_back(guest, pcp)
    return Round(warm, cold, sum({**sizes_of_check, **sizes}.values()))


def _come_back(guest: Page, pcp: Page) -> float:
    guest.get_by_role("button", name="Leave").click()
    expect(pcp.locator(f'video[aria-label="{PATIENT}"]')).to_have_count(0)
    guest.get_by_role("button", name="Join visit").click()
    return _mark(guest, "__frame") - _mark(guest, "__clicked")


def _mark(page: Page, name: str) -> float:
    page.wait_for_function("(name) => window[name] > 0", arg=name)
    return float(page.evaluate("(name) => window[name]", name))


def _size(url: str, length: str) -> dict[str, int]:
    return {url: int(length)} if re.search(r"/static/.*\.(js|css)$", url) else {}
