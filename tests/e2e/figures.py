"""What a journey measures of a call: the longest pause between two pictures, and what getStats says of its sound."""

import sys
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page

# Keeps the connections that a page makes where a test can ask them.
_KEEP = """const kept = (window.__connections = []);
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); kept.push(this); }
};"""

_PAUSES = """(selector) => {
  const video = document.querySelector(selector);
  const kept = ((window.__pauses ??= {})[selector] = { longest: 0, last: performance.now() });
  const shown = () => {
    const now = performance.now();
    kept.longest = Math.max(kept.longest, now - kept.last);
    kept.last = now;
    video.requestVideoFrameCallback(shown);
  };
  video.requestVideoFrameCallback(shown);
}"""
_LONGEST = (
    "(selector) => { const k = window.__pauses[selector]; return Math.max(k.longest, performance.now() - k.last); }"
)

_INBOUND = """async () => {
  const live = window.__connections.findLast((one) => one.connectionState === "connected");
  const all = live ? [...(await live.getStats()).values()].filter((one) => one.type === "inbound-rtp") : [];
  const audio = all.find((one) => one.kind === "audio") ?? {};
  const video = all.find((one) => one.kind === "video" && one.framesDecoded) ?? {};
  return {
    at: performance.now(),
    concealed: (audio.concealedSamples ?? 0) - (audio.silentConcealedSamples ?? 0),
    samples: audio.totalSamplesReceived ?? 0,
    lost: audio.packetsLost ?? 0,
    packets: audio.packetsReceived ?? 0,
    bytes: video.bytesReceived ?? 0,
    frames: video.framesDecoded ?? 0,
    height: video.frameHeight ?? 0,
  };
}"""


@dataclass(frozen=True)
class Inbound:
    """What arrived from the other person so far; `at` is ms. Samples that conceal silence do not count as concealed."""

    at: float
    concealed: int
    samples: int
    lost: int
    packets: int
    bytes: int
    frames: int
    height: int

    def concealment(self, before: "Inbound") -> float:
        """Give the fraction of the sound since `before` that was made up because packets were missing or late."""
        return (self.concealed - before.concealed) / max(1, self.samples - before.samples)

    def loss(self, before: "Inbound") -> float:
        """Give the fraction of lost audio packets since `before`."""
        lost = self.lost - before.lost
        return lost / max(1, lost + self.packets - before.packets)

    def picture(self, before: "Inbound") -> str:
        """Put the picture since `before` into words."""
        seconds = (self.at - before.at) / 1000
        kbps, rate = (self.bytes - before.bytes) * 8 / 1000 / seconds, (self.frames - before.frames) / seconds
        return f"{kbps:.0f} kbit/s, {rate:.0f} frames/s, {self.height} lines"


def keep_connections(context: BrowserContext) -> None:
    """Let `inbound` ask the connections that pages of this person make from now on."""
    context.add_init_script(_KEEP)


def inbound(page: Page) -> Inbound:
    """Ask the page's connection what has arrived."""
    return Inbound(**page.evaluate(_INBOUND))


def watch_pauses(page: Page, selector: str) -> None:
    """Look from now on how long the picture stands still."""
    page.evaluate(_PAUSES, selector)


def longest_pause(page: Page, selector: str) -> float:
    """Give the longest pause (ms) between two rendered frames since `watch_pauses`, the one running now included."""
    return float(page.evaluate(_LONGEST, selector))


def say(capsys: pytest.CaptureFixture[str], figure: str) -> None:
    """Print a figure where a person who runs the tests sees it."""
    with capsys.disabled():
        sys.stdout.write(f"\n{figure}\n")
