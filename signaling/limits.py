"""How much one connection may send: a token bucket. Pure; the time is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

BURST: Final = 60
PER_SECOND: Final = 30
MAX_ERRORS: Final = 20
"""So many `error` messages a connection gets before it is closed."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of the allowance at `at`."""

    at: datetime
    tokens: float = BURST

    def take(self, now: datetime) -> tuple[Bucket, bool]:
        """Spend one token; False when there is none."""
        refilled = min(BURST, self.tokens + max(0.0, (now - self.at).total_seconds()) * PER_SECOND)
        allowed = refilled >= 1
        return Bucket(now, refilled - 1 if allowed else refilled), allowed
