"""A real server's room is stormed with random frames while two people talk in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import uvloop

from signaling.client import Client
from signaling.protocol import Standing
from tests.e2e.served import Served
from tests.load.crowd import Crowd, crowd, served, troubles
from tests.signaling.fuzz import storm_beside

FRAMES = 100_000
PART = 5_000
SEATS = ("pcp", "psychiatrist", "patient")


@dataclass
class OneRoom:
    """The first room of a crowd, as the storm sees it."""

    crowd: Crowd

    @property
    def url(self) -> str:
        """Address of its signaling."""
        return self.crowd.address()

    def ticket(self, who: str, standing: Standing = "admitted") -> str:
        """Mint a ticket for the room."""
        return self.crowd.ticket(0, SEATS.index(who), standing)

    def name(self, who: str) -> str:
        """Give the participant's id."""
        return str(self.crowd.seats[0][SEATS.index(who)])

    async def connect(self) -> Client:
        """Open a connection as one of our pages does."""
        return await Client.connect(self.url, self.crowd.nodes[0].url)


def soak(seed: int, say: Callable[[str], None], frames: int = FRAMES) -> list[str]:
    """Storm the room; gives what reached the two and may not, and every line of the server's log."""
    with served() as nodes, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        wrong = runner.run(_storm(nodes, Random(seed), say, frames))
        logged = troubles(nodes[0])
    return wrong + logged


async def _storm(nodes: list[Served], chance: Random, say: Callable[[str], None], frames: int) -> list[str]:
    wrong: list[str] = []
    async with crowd(nodes, 1) as people:
        for start in range(0, frames, PART):
            count = min(PART, frames - start)
            wrong += await storm_beside(OneRoom(people), chance, count)
            say(f"{start + count:,} frames, {len(wrong)} things wrong")
    return wrong
