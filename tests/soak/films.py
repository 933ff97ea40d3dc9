"""Calls between real browsers, watched while things happen: whether the picture ever stops."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import enter_waiting_room, new_visit, remote_video, sign_in, start_and_admit, wait_for_frames

PATIENT, DOCTOR = "M. Alvarez", "Dr. R. Okafor"

# Keeps the longest time between two pictures that were rendered, in ms, for the video of a selector.
_WATCH = """(selector) => {
  const video = document.querySelector(selector);
  const seen = (window.curbsideFilm = { longest: 0, frames: 0, last: performance.now() });
  const next = () => {
    const now = performance.now();
    seen.longest = Math.max(seen.longest, now - seen.last);
    seen.last = now;
    seen.frames += 1;
    video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback(next);
}"""
_SEEN = """() => {
  const { longest, last, frames } = window.curbsideFilm;
  return { longest: Math.max(longest, performance.now() - last), frames };
}"""


@dataclass(frozen=True)
class Film:
    """What one side of a call sees of the other."""

    page: Page
    name: str

    def watch(self) -> None:
        """Begin to watch."""
        selector = remote_video(self.page, self.name)
        wait_for_frames(self.page, selector, 10)
        self.page.evaluate(_WATCH, selector)

    def seen(self) -> tuple[float, int]:
        """Give the longest time between two pictures so far, up to now, in ms, and how many there were."""
        found = self.page.evaluate(_SEEN)
        return float(found["longest"]), int(found["frames"])


@contextmanager
def calls(clinic: Browser, patient: Browser, url: str, count: int) -> Iterator[list[Film]]:
    """Bring so many pairs into calls for the length of the block; gives what each side sees, and watches it."""
    with ExitStack() as stack:
        films: list[Film] = []
        for _ in range(count):
            ours = stack.enter_context(person(clinic, url)).new_page()
            theirs = stack.enter_context(person(patient, url, PHONE)).new_page()
            sign_in(ours)
            sheet, link = new_visit(ours)
            enter_waiting_room(theirs, link)
            start_and_admit(ours, sheet)
            films += [Film(ours, PATIENT), Film(theirs, DOCTOR)]
        for film in films:
            film.watch()
        yield films
