"""Takes a picture of every page, at phone and desktop width, in light and dark, into docs/screens: `make screens`.

The clock stands still at ten on a Tuesday and the cameras show two drawn people, so that a picture changes only when
its page does; one that has not changed is left alone. Pictures are reduced to few colours to stay small.
"""

import asyncio
import io
import re
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from server.app import create_app, make_deps
from server.migrations import upgrade
from server.seed import seed_demo
from server.settings import Settings
from server.web import set_up_logging
from tests.cast import StillClock
from tests.e2e.browsers import DESKTOP, INSIDE_AN_APP, PHONE, chromium, person
from tests.e2e.journey import confirm, enter_waiting_room, new_visit, prove, remote_video, sign_in, wait_for_frames

FOLDER = Path(__file__).parents[1] / "docs/screens"
SCENES = Path(__file__).parent / "e2e/scenes"
LARGEST = 100_000
WIDTHS = {"phone": PHONE, "desktop": DESKTOP}
PORT = 8017  # fixed, because links show it
# A pixel has changed from this difference on, of 255; a picture from this share of its pixels on: a word does it, a
# codec's noise does not.
NOTICEABLE, SHARE = 48, 0.0004


class Camera:
    """Takes the pictures of one theme and counts what changed."""

    def __init__(self, theme: str) -> None:
        """Take the theme, light or dark."""
        self.theme, self.changed = theme, 0

    def take(self, page: Page, name: str, width: str) -> None:
        """Take one page."""
        _stretch(page, WIDTHS[width]["height"])
        shot = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
        page.set_viewport_size(WIDTHS[width])
        path = FOLDER / f"{name}-{width}-{self.theme}.png"
        if not _same(path, shot):
            _write(path, shot)
            self.changed += 1


def _stretch(page: Page, least: int) -> None:
    """Make the window as high as the page, so that what is fixed to its edges does not lie over the middle."""
    page.wait_for_load_state()
    if page.locator("main.call:visible").count() == 0:
        height = page.evaluate("() => document.documentElement.scrollHeight")
        page.set_viewport_size(
            {"width": page.viewport_size["width"] if page.viewport_size else 0, "height": max(least, height)}
        )
    page.evaluate("() => document.fonts.ready")


def _same(path: Path, shot: Image.Image) -> bool:
    if not path.exists():
        return False
    old = Image.open(path).convert("RGB")
    if old.size != shot.size:
        return False
    histogram = ImageChops.difference(old, shot.convert("RGB")).convert("L").histogram()
    return sum(histogram[NOTICEABLE:]) < SHARE * sum(histogram)


def _write(path: Path, shot: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for colours in (256, 128, 64, 32):
        shot.convert("RGB").quantize(colours).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            return


def _staff_pages(browser: Browser, url: str, camera: Camera, width: str, theme: str) -> str:
    """Take the pages of staff; gives a patient's link."""
    with person(browser, url, WIDTHS[width], color_scheme=theme) as context:
        page = context.new_page()
        page.goto("/login")
        camera.take(page, "login", width)
        sign_in(page)
        camera.take(page, "today", width)
        page.goto("/patients?q=a")
        camera.take(page, "patients", width)
        page.get_by_role("link", name="Alvarez, Maria").click()
        camera.take(page, "patient", width)
        page.goto("/patients/new")
        page.get_by_role("button", name="Add patient").click()
        camera.take(page, "patient-errors", width)
        page.goto("/patients?then=visit&q=alvarez")
        page.get_by_role("link", name=re.compile("New visit with")).first.click()
        camera.take(page, "new-visit", width)
        _, link = new_visit(page)
        page.locator("#link").evaluate("(field) => { field.value = field.value.replace(/[^/]+$/, 'x'.repeat(32)); }")
        camera.take(page, "visit-link", width)
        page.goto("/nowhere")
        camera.take(page, "not-found", width)
    return link


def _patient_pages(browser: Browser, url: str, link: str, camera: Camera, width: str, theme: str) -> None:
    with person(browser, url, WIDTHS[width], color_scheme=theme) as context:
        page = context.new_page()
        page.goto(link)
        camera.take(page, "link", width)
        prove(page, link)
        camera.take(page, "before", width)
        page.get_by_role("button", name="Continue").click()
        camera.take(page, "before-errors", width)
        confirm(page)
        expect(page.get_by_role("button", name="Join visit")).to_be_enabled()
        page.wait_for_function("() => document.querySelector('#check-video')?.readyState >= 2")
        for picker, device in (("camera", "Front camera"), ("microphone", "Phone microphone"), ("speaker", "Phone")):
            option = page.locator(f"#check-{picker} option").first
            option.evaluate("(option, name) => { option.textContent = name; }", device)
        camera.take(page, "check", width)
        _second_device(browser, url, link, camera, width, theme)
        page.get_by_role("button", name="Join visit").click()
        expect(page.get_by_role("heading", name="You are in the waiting room")).to_be_visible()
        camera.take(page, "waiting", width)


def _second_device(browser: Browser, url: str, link: str, camera: Camera, width: str, theme: str) -> None:
    with person(browser, url, WIDTHS[width], color_scheme=theme) as context:
        page = context.new_page()
        prove(page, link)
        camera.take(page, "other-device", width)
    with person(browser, url, WIDTHS[width], color_scheme=theme, user_agent=INSIDE_AN_APP) as context:
        page = context.new_page()
        page.goto(link)
        page.locator("#link").evaluate("(field) => { field.value = field.value.replace(/[^/]+$/, 'x'.repeat(32)); }")
        camera.take(page, "in-app", width)
    with person(browser, url, WIDTHS[width], color_scheme=theme, locale="es-MX") as context:
        page = context.new_page()
        page.goto(f"{link}?here=1")
        page.get_by_role("button", name="Español").click()
        camera.take(page, "link-spanish", width)


def _call_pages(clinic: Browser, patient: Browser, url: str, camera: Camera, width: str, theme: str) -> None:
    with (
        person(clinic, url, WIDTHS[width], color_scheme=theme) as ours,
        person(patient, url, WIDTHS[width], color_scheme=theme) as theirs,
    ):
        pcp, guest = ours.new_page(), theirs.new_page()
        sign_in(pcp)
        sheet, link = new_visit(pcp)
        enter_waiting_room(guest, link)
        pcp.goto("/today")
        pcp.get_by_role("button", name=re.compile("^Admit")).wait_for()
        camera.take(pcp, "today-waiting", width)
        pcp.goto(f"{sheet}/call")
        pcp.get_by_role("button", name=re.compile("^Admit")).wait_for()
        pcp.wait_for_function("() => document.querySelector('#self video')?.readyState >= 2")
        camera.take(pcp, "call-waiting", width)
        pcp.get_by_role("button", name=re.compile("^Admit")).click()
        wait_for_frames(guest, remote_video(guest, "Dr. R. Okafor"))
        wait_for_frames(pcp, remote_video(pcp, "M. Alvarez"))
        camera.take(pcp, "call", width)
        camera.take(guest, "call-patient", width)
        pcp.get_by_role("button", name="End visit").click()
        camera.take(pcp, "call-ending", width)
        pcp.get_by_role("dialog").get_by_role("button", name="End visit").click()
        expect(guest.get_by_role("heading", name="Your visit is over")).to_be_visible()
        camera.take(guest, "closed", width)
        camera.take(pcp, "visit-finished", width)


def _rounds() -> Iterator[tuple[str, str]]:
    for theme in ("light", "dark"):
        for width in WIDTHS:
            yield theme, width


def take_all(say: Callable[[str], None]) -> int:
    """Take every page; gives how many pictures changed."""
    set_up_logging("error")
    changed = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        driver = stack.enter_context(sync_playwright())
        flags = _drawn_people(driver, folder)
        clinic, patient = (stack.enter_context(chromium(driver, *flag)) for flag in flags)
        for theme, width in _rounds():
            camera = Camera(theme)
            # each round has a day of its own, so that the rounds do not show in each other's pictures
            with _served(folder / f"{theme}-{width}") as url:
                link = _staff_pages(clinic, url, camera, width, theme)
                _patient_pages(patient, url, link, camera, width, theme)
            with _served(folder / f"{theme}-{width}-call") as url:
                _call_pages(clinic, patient, url, camera, width, theme)
            say(f"{width} {theme}: {camera.changed} changed")
            changed += camera.changed
    return changed


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve demo data under a clock that stands still, in a thread."""
    url = f"http://127.0.0.1:{PORT}"
    settings = Settings(data=folder, public_url=url, demo="1", database_url="")
    clock = StillClock()
    server = uvicorn.Server(uvicorn.Config("", port=PORT, log_level="error", access_log=False, ws="websockets-sansio"))

    def serve() -> None:
        asyncio.run(_prepare(settings, clock))
        server.config.app = create_app(settings, clock)
        server.run()

    thread = threading.Thread(target=serve)  # Playwright has a loop of its own in this one
    thread.start()
    while not server.started:
        time.sleep(0.01)  # another thread's start has no event to wait for
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join()


async def _prepare(settings: Settings, clock: StillClock) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    deps, live = make_deps(settings, clock)
    await upgrade(deps.database)
    await seed_demo(deps, live)
    await deps.database.close()


def _drawn_people(driver: Playwright, folder: Path) -> list[tuple[str, ...]]:
    """Make a quiet microphone and a camera for each side; gives the flags of the clinic's and the patient's browser."""
    with wave.open(str(folder / "quiet.wav"), "wb") as quiet:
        quiet.setnchannels(1)
        quiet.setsampwidth(2)
        quiet.setframerate(48000)
        quiet.writeframes(bytes(2 * 48000))
    with chromium(driver) as browser:
        page = browser.new_page(viewport={"width": 640, "height": 480})
        flags: list[tuple[str, ...]] = []
        for name in ("okafor", "alvarez"):
            page.goto((SCENES / f"{name}.svg").as_uri())
            frame = io.BytesIO()
            Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(frame, "JPEG", quality=92)
            (folder / f"{name}.mjpeg").write_bytes(frame.getvalue() * 4)
            flags.append(
                (
                    f"--use-file-for-fake-video-capture={folder / f'{name}.mjpeg'}",
                    f"--use-file-for-fake-audio-capture={folder / 'quiet.wav'}",
                )
            )
    return flags


if __name__ == "__main__":
    take_all(print)
    sys.exit(0)
