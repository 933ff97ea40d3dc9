"""Long fuzzing over a real socket: `python -m tests.signaling.fuzz --count 10000 --seed 7`.

Ends with 0 when two people in the stormed room were served throughout and nothing was written to the log as a failure.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import time
from random import Random

import structlog

from tests.signaling.bystanders import Bystanders, may_be_relayed, storm
from tests.signaling.server import Running, running

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
    """Storm a room with `count` frames; gives everything that should not have happened."""
    listener = Listener()
    logging.getLogger().addHandler(listener)
    try:
        with structlog.testing.capture_logs() as logs:
            async with running() as server:
                wrong = await _rounds(server, Random(seed), count)
    finally:
        logging.getLogger().removeHandler(listener)
    return wrong + listener.heard + [str(line) for line in logs if line["log_level"] in {"warning", "error"}]


async def _rounds(server: Running, chance: Random, count: int) -> list[str]:
    bystanders, wrong = await Bystanders.enter(server), []
    for start in range(0, count, ROUND):
        _, others = await asyncio.gather(storm(server, chance, min(ROUND, count - start)), bystanders.talk())
        others += await bystanders.talk()
        wrong += [f"reached a bystander: {message!r}" for message in others if not may_be_relayed(message)]
    await bystanders.leave()
    return wrong


def main() -> int:
    """Read the command line, storm, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    print(f"fuzz: {options.count} frames, seed {options.seed}", flush=True)
    began = time.monotonic()
    wrong = asyncio.run(run(options.count, options.seed))
    print("\n".join(wrong[:50]) or f"fuzz: nothing wrong, {time.monotonic() - began:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
