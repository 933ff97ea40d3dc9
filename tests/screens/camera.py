"""Takes pictures of pages, leaves those alone that have not changed, and covers what is different each time."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import segno
from PIL import Image, ImageChops
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import TimeoutError as WaitedTooLong

from tests.e2e.browsers import DESKTOP, PHONE, person

FOLDER = Path(__file__).parents[2] / "docs/screens"
LARGEST = 100_000
TALLEST = 6_000
WIDTHS = {"phone": PHONE, "desktop": DESKTOP}
# A pixel has changed from this difference on, of 255; a picture from this share of its pixels on: a word does it, a
# codec's noise does not.
NOTICEABLE, SHARE = 48, 0.0004


@dataclass
class Camera:
    """Takes the pictures of one round: one theme, one width, a browser for each side, a folder for the servers' data.

    It counts the pictures that changed.
    """

    theme: str
    width: str
    clinic: Browser
    patient: Browser
    folder: Path
    changed: int = 0

    @contextmanager
    def clinic_side(self, url: str, **options: object) -> Iterator[BrowserContext]:
        """Open the browser of somebody at the clinic."""
        with person(self.clinic, url, WIDTHS[self.width], color_scheme=self.theme, **options) as context:
            yield context

    @contextmanager
    def patient_side(self, url: str, **options: object) -> Iterator[BrowserContext]:
        """Open the browser of a patient."""
        with person(self.patient, url, WIDTHS[self.width], color_scheme=self.theme, **options) as context:
            yield context

    def take(self, page: Page, name: str) -> None:
        """Take one page."""
        _stretch(page, WIDTHS[self.width]["height"])
        shot = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
        page.set_viewport_size(WIDTHS[self.width])
        path = FOLDER / f"{name}-{self.width}-{self.theme}.png"
        if not _same(path, shot):
            _write(path, shot)
            self.changed += 1


def cover_link(page: Page) -> None:
    """Cover the secret at the end of a shown link."""
    page.locator("#link").evaluate("(field) => { field.value = field.value.replace(/[^/]+$/, 'x'.repeat(32)); }")


def cover_texts(page: Page, selector: str, text: str) -> None:
    """Cover all texts that are drawn by lot."""
    page.locator(selector).evaluate_all("(all, text) => { for (const one of all) one.textContent = text; }", text)


def cover_numbers(page: Page) -> None:
    """Cover the numbers of audit events: how often a page has asked afresh meanwhile is nobody's doing."""
    page.locator(".event p.small, .tip.ok span").evaluate_all(
        "(all) => { for (const one of all) one.textContent = one.textContent.replace(/number \\d+/, 'number 40'); }"
    )


def cover_code(page: Page) -> str:
    """Cover the secret of an authenticator app and its drawing; gives the secret."""
    secret = (page.locator("code.key").text_content() or "").replace(" ", "")
    drawing = segno.make("otpauth://totp/Curbside:pcp%40demo.test?secret=" + "A" * 32 + "&issuer=Curbside", error="m")
    svg = drawing.svg_inline(omitsize=True, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    page.locator(".qr-frame").evaluate("(frame, svg) => { frame.innerHTML = svg; }", svg)
    cover_texts(page, "code.key", "ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567")
    return secret


def _stretch(page: Page, least: int) -> None:
    """Make the window as high as the page, or TALLEST, so that what is fixed to its edges is not over the middle."""
    page.wait_for_load_state()
    _wait_for_own_status(page)
    if page.locator("main.call:visible").count() == 0:
        height = page.evaluate("() => document.documentElement.scrollHeight")
        page.set_viewport_size(
            {
                "width": page.viewport_size["width"] if page.viewport_size else 0,
                "height": min(TALLEST, max(least, height)),
            }
        )
    page.evaluate("() => document.fonts.ready")


def _wait_for_own_status(page: Page) -> None:
    """Wait a little for the status in a page's head, which is asked for after the page: some pages never get it."""
    with suppress(WaitedTooLong):
        page.locator("#own-status > a").wait_for(state="detached", timeout=2_000)


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
    for colours in (256, 128, 64, 32, 16):
        shot.convert("RGB").quantize(colours).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            return
