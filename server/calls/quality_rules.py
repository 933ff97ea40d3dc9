"""When a sample of a call is fair or weak, and what word a whole call gets. Pure.

A sample is judged like the bars in the call (static/rtc/stats.js), by the worst of three.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Quality(StrEnum):
    """How a call was, in a word."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond which a sample is no longer as good: ms of the round trip, thousandths lost, and of the time frozen."""

    rtt_ms: int
    loss: int
    frozen: int


FAIR: Final = Limits(300, 30, 100)
WEAK: Final = Limits(600, 100, 350)
LONG_MS: Final = 10_000
"""An interruption of this length is one that people give up on."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One participant's call in numbers: samples, those beyond FAIR and WEAK, interruptions and the longest."""

    samples: int = 0
    fair: int = 0
    weak: int = 0
    interruptions: int = 0
    longest_ms: int = 0


def judge(participants: Iterable[Tally]) -> Quality | None:
    """Say how a call was: as the one who had it worst had it; None when nobody reported anything."""
    words = {_word(tally) for tally in participants}
    return next((word for word in (Quality.POOR, Quality.FAIR, Quality.GOOD) if word in words), None)


def _word(tally: Tally) -> Quality | None:
    """Poor: a tenth of it was weak, it was interrupted three times, or once for long.

    Fair: any of it weak, a fifth of it only fair, or interrupted at all.
    """
    if not tally.samples and not tally.interruptions:
        return None
    of = max(1, tally.samples)
    if tally.weak / of >= 0.1 or tally.interruptions >= 3 or tally.longest_ms >= LONG_MS:
        return Quality.POOR
    if tally.weak or tally.fair / of >= 0.2 or tally.interruptions:
        return Quality.FAIR
    return Quality.GOOD
