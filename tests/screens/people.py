"""Two drawn people for the cameras, and a quiet microphone."""

import io
import wave
from pathlib import Path

from PIL import Image
from playwright.sync_api import Playwright

from tests.e2e.browsers import chromium

SCENES = Path(__file__).parents[1] / "e2e/scenes"


def drawn_people(driver: Playwright, folder: Path) -> list[tuple[str, ...]]:
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
