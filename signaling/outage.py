"""Times in which what this process needs from elsewhere does not answer. They are expected, and recovered from.

So the log tells of each once, and of its end, however much fails meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from signaling.faults import place

SAME_SECONDS: Final = 5.0
"""What fails so soon after the end belongs to it still: a link that is rarely used notices last."""
QUIET_SECONDS: Final = 60.0
"""When nothing failed for so long it is over, whether or not anybody said so."""

log = structlog.get_logger("signaling")


class Outage:
    """Takes failures and the news that they are over. `seconds` is a clock that never goes back."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._failures = 0
        self._last = self._over = float("-inf")

    def failed(self, error: Exception, doing: str) -> None:
        """Note a failure; the first one of an outage is told, with what was being done."""
        now = self._seconds()
        if now - self._last >= QUIET_SECONDS:
            self._failures = 0
        self._last = now
        if self._failures == 0 and now - self._over < SAME_SECONDS:
            return
        self._failures += 1
        if self._failures == 1:
            log.warning("cut off", doing=doing, error=place(error))

    def over(self) -> None:
        """Note that everything answers again."""
        if self._failures:
            log.info("no longer cut off", failures=self._failures)
            self._failures, self._over = 0, self._seconds()
