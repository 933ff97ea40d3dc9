"""How much one connection may send, and how often one person may join: token buckets. Pure; the time is passed in."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

BURST: Final = 60
PER_SECOND: Final = 30
JOINS_PER_SECOND: Final = 2
MAX_ERRORS: Final = 20
"""So many `error` messages a connection gets before it is closed."""


class Bucket(NamedTuple):
    """What is left of the allowance at `at`."""

    at: datetime
    tokens: float = BURST
    per_second: float = PER_SECOND

    def take(self, now: datetime) -> tuple[Bucket, bool]:
        """Spend one token; False when there is none."""
        refilled = self._refilled(now)
        allowed = refilled >= 1
        return Bucket(now, refilled - 1 if allowed else refilled, self.per_second), allowed

    def is_full(self, now: datetime) -> bool:
        """Tell whether nothing of the allowance is spent."""
        return self._refilled(now) >= BURST

    def _refilled(self, now: datetime) -> float:
        elapsed = (now - self.at).total_seconds()
        return min(BURST, self.tokens + elapsed * self.per_second) if elapsed > 0 else self.tokens


class Joins:
    """How often each session may join, over all its connections. Allowances that are whole again are forgotten."""

    MANY: Final = 1000

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, session: str, now: datetime) -> bool:
        """Spend one join of a session; False when there is none."""
        if len(self._buckets) >= self.MANY:
            self._buckets = {key: kept for key, kept in self._buckets.items() if not kept.is_full(now)}
        bucket = self._buckets.get(session) or Bucket(now, per_second=JOINS_PER_SECOND)
        self._buckets[session], allowed = bucket.take(now)
        return allowed
