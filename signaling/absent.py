"""Which hubs hold places in rooms although their nodes have not been there for a while. Does no input or output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from signaling.roster import Room

MISSED: Final = 5
"""So often in a row a hub must be missing: after a backplane came back empty, everybody has to be heard of first."""


class Absent:
    """Counts how often each hub was missing."""

    def __init__(self) -> None:
        self._missed: dict[str, int] = {}

    def noticed(self, alive: Collection[str], rooms: Iterable[Room]) -> Iterator[tuple[str, list[str]]]:
        """Give each hub that is gone, with the rooms in which somebody counts as connected by it."""
        held: dict[str, list[str]] = defaultdict(list)
        for room in rooms:
            for hub in {m.hub for m in room.members.values() if m.present} - set(alive):
                held[hub].append(room.id)
        self._missed = {hub: self._missed.get(hub, 0) + 1 for hub in held}
        return ((hub, found) for hub, found in held.items() if self._missed[hub] >= MISSED)
