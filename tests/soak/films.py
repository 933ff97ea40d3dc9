"""Calls between real browsers, watched while things happen: whether the picture ever stops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from playwright.sync_api import Browser, Page, ViewportSize

from tests.e2e.browsers import PHONE, person
from tests.e2e.figures import keep_connections
from tests.e2e.journey import (
    DOCTOR,
    PATIENT,
    confirm,
    new_visit,
    prove,
    read,
    remote_video,
    sign_in,
    start_and_admit,
    wait_for_frames,
    wait_in_room,
    write,
)

SMALL: ViewportSize = {"width": 960, "height": 600}
"""Without a graphics card every picture is put together by the processor, for as many pixels as there are."""

# Keeps the longest time between two pictures that were rendered, in ms, for the video of a selector.
_WATCH = """(selector) => {
  const video = document.querySelector(selector);
  const began = performance.now();
  const made = window.__connections.length;
  const seen = (window.curbsideFilm = { longest: 0, frames: 0, began, last: began, made });
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
  const { longest, last, began, frames, made } = window.curbsideFilm;
  const now = performance.now();
  const remade = window.__connections.length - made;
  return { longest: Math.max(longest, now - last), frames, seconds: (now - began) / 1000, remade };
}"""


@dataclass(frozen=True)
class Seen:
    """The longest time between two pictures in ms, how many there were, in how many seconds, and how many new links."""

    longest: float
    frames: int
    seconds: float
    remade: int

    def __str__(self) -> str:
        """Give it in a few words."""
        return f"{self.longest:.0f} ms ({self.frames / self.seconds:.1f} a second)"


@dataclass(frozen=True)
class Film:
    """What one side of a call sees of the other, whose page is there too."""

    page: Page
    name: str
    other: Page

    def watch(self) -> None:
        """Begin to watch."""
        selector = remote_video(self.page, self.name)
        wait_for_frames(self.page, selector, 3)
        self.page.evaluate(_WATCH, selector)

    def seen(self) -> Seen:
        """Give what was seen up to now."""
        return Seen(**self.page.evaluate(_SEEN))

    def talk(self) -> None:
        """Say something that the other side reads: the page is back in its room, whatever happened."""
        text = f"{self.name}, are you still there?"
        write(self.page, text)
        read(self.other, text)


@dataclass(frozen=True)
class Pair:
    """Both sides of a visit, as far as they come without a camera."""

    ours: Page
    theirs: Page
    sheet: str

    @classmethod
    def arrived(cls, ours: Page, theirs: Page) -> Self:
        """Set up a visit and open its link: the next thing is a form."""
        sign_in(ours)
        sheet, link = new_visit(ours)
        prove(theirs, link)
        return cls(ours, theirs, sheet)

    def wait(self) -> None:
        """Bring the patient into the waiting room."""
        confirm(self.theirs)
        wait_in_room(self.theirs)

    def meet(self) -> list[Film]:
        """Bring both into the call; gives what each side sees."""
        start_and_admit(self.ours, self.sheet)
        return [Film(self.ours, PATIENT, self.theirs), Film(self.theirs, DOCTOR, self.ours)]


@contextmanager
def pairs(browser: Browser, url: str, count: int) -> Iterator[list[Pair]]:
    """Open so many visits for the length of the block.

    A call takes most of a core, so all that can be done before the first one begins is done before.
    """
    with ExitStack() as stack:

        def page(viewport: ViewportSize) -> Page:
            context = stack.enter_context(person(browser, url, viewport))
            keep_connections(context)
            return context.new_page()

        yield [Pair.arrived(page(SMALL), page(PHONE)) for _ in range(count)]
