"""How often one refusal is written: what repeats within a minute is counted, so that a storm fills no disk. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.access import Actor, Refusal

WINDOW, MOST = timedelta(minutes=1), 60


@dataclass(frozen=True, slots=True)
class Denial:
    """Who was refused what, on which route (its pattern, never a path) and from where."""

    actor: Actor | None
    refusal: Refusal
    route: str
    address: str

    @property
    def key(self) -> tuple[object, ...]:
        """What makes another denial the same: who, what, why and where in the application."""
        who = (self.actor.account_id or self.actor.session_key) if self.actor else self.address
        return who, self.refusal.action, self.refusal.why, self.route


@dataclass(slots=True)
class _Window:
    first: Denial
    began: datetime
    seen: int = 0


class Tally:
    """Counts denials by minute, in this process."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._windows: dict[tuple[object, ...], _Window] = {}

    def is_new(self, denial: Denial, now: datetime) -> bool:
        """Count a denial and tell whether it is to be written: the first sixty of a minute are."""
        window = self._windows.setdefault(denial.key, _Window(denial, now))
        window.seen += 1
        return window.seen <= MOST

    def over(self, now: datetime) -> list[tuple[Denial, int]]:
        """Forget the minutes that are over; gives those of which some denials were only counted, and how many."""
        return self._close(lambda window: now >= window.began + WINDOW)

    def all(self) -> list[tuple[Denial, int]]:
        """Forget all minutes, over or not, as `over` does: the process ends."""
        return self._close(lambda _: True)

    def _close(self, ends: Callable[[_Window], bool]) -> list[tuple[Denial, int]]:
        closed = {key: window for key, window in self._windows.items() if ends(window)}
        for key in closed:
            del self._windows[key]
        return [(window.first, window.seen - MOST) for window in closed.values() if window.seen > MOST]
