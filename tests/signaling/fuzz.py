"""Two people talk in a room that is stormed with random frames; everything that should not happen is written down."""

from __future__ import annotations

import asyncio
import logging
from random import Random

import structlog

from tests.signaling.bystanders import Bystanders, Stormed, may_be_relayed, storm
from tests.signaling.server import running

ROUND = 150
"""So many frames between two looks at the bystanders."""


class Listener(logging.Handler):
    """Collects whatever is logged as an error, and tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record."""
        self.heard.append(f"{record.name}: {record.getMessage()}" + (" (traceback)" if record.exc_info else ""))


async def run(count: int, seed: int) -> list[str]:
    """Storm a room of a server in this process with `count` frames; gives everything that should not have happened."""
    listener = Listener()
    logging.getLogger().addHandler(listener)
    try:
        with structlog.testing.capture_logs() as logs:
            async with running() as server:
                wrong = await storm_beside(server, Random(seed), count)
    finally:
        logging.getLogger().removeHandler(listener)
    return wrong + listener.heard + [str(line) for line in logs if line["log_level"] in {"warning", "error"}]


async def storm_beside(server: Stormed, chance: Random, count: int) -> list[str]:
    """Storm a room while two people talk in it; gives what reached them and may not."""
    bystanders, wrong = await Bystanders.enter(server), []
    stormer = server.name("patient")
    for start in range(0, count, ROUND):
        _, others = await asyncio.gather(storm(server, chance, min(ROUND, count - start)), bystanders.talk())
        others += await bystanders.talk()
        wrong += [f"reached a bystander: {message!r}" for message in others if not may_be_relayed(message, stormer)]
    await bystanders.leave()
    return wrong
