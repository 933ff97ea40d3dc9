"""How often something may be said to whom: the first time at once, then all that came meanwhile as one, never none."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from server.kit import Clock

EVERY = timedelta(seconds=1)


class Pace:
    """Keeps who was told when, and who waits to be told again; whoever asks does the telling."""

    def __init__(self, clock: Clock, every: timedelta = EVERY) -> None:
        """Nobody was told anything yet."""
        self._clock, self._every = clock, every
        self._told: dict[UUID, datetime] = {}
        self._waiting: set[UUID] = set()

    def may_tell(self, whom: UUID) -> bool:
        """Tell whether to say it now; else it is said when its time has come (`due`)."""
        if whom in self._waiting or not self._is_over(whom):
            self._waiting.add(whom)
            return False
        self._told[whom] = self._clock()
        return True

    def due(self) -> Collection[UUID]:
        """Give who is to be told now of what came since the last time; they count as told."""
        over = [whom for whom in self._told if self._is_over(whom)]
        for whom in over:
            del self._told[whom]
        due = self._waiting - self._told.keys()
        self._waiting -= due
        self._told |= dict.fromkeys(due, self._clock())
        return due

    def _is_over(self, whom: UUID) -> bool:
        told, now = self._told.get(whom), self._clock()
        return told is None or not timedelta() <= now - told < self._every  # the clock may have been set back
