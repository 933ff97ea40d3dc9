"""`python -m tests.screens.icons` draws the icons of the installed app from `static/app/icon.svg`."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.e2e.browsers import chromium

FOLDER = Path(__file__).parents[2] / "static/app"
SIZES = (180, 192, 512)


def draw() -> None:
    """Draw each size."""
    drawing = (FOLDER / "icon.svg").read_text()
    with sync_playwright() as driver, chromium(driver) as browser:
        for size in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<body style='margin:0'>{drawing}")
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            shot.quantize(64).save(FOLDER / f"icon-{size}.png", optimize=True)


if __name__ == "__main__":
    draw()
