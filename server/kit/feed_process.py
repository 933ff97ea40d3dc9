"""Reads one feed in a process of its own: `python -m server.kit.feed_process SECONDS`, what to read on its input.

The process can be ended at any instant, lets everybody else go first, cannot write files, and has little time, little
memory and nothing of the server in its environment. It answers with JSON: the spans, or why there are none. Ended by a
limit it answers nothing.
"""

import asyncio
import json
import os
import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from server.kit.feed import Busy, FeedRefused, FeedTrouble, busy_spans

CPU_SECONDS = 4
WALL_SECONDS = 30.0
MEMORY_BYTES = 512 * 1024 * 1024
_COURTESY = 10
_ROOT = Path(__file__).parents[2]


async def read_apart(content: bytes, start: datetime, end: datetime, zone: str) -> Busy:
    """Give the busy spans of a feed, read in another process. Raises FeedRefused, in any case within WALL_SECONDS."""
    asked = json.dumps({"start": start.isoformat(), "end": end.isoformat(), "zone": zone}).encode()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-s",
        "-m",
        __name__,
        str(CPU_SECONDS),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
        env={"PYTHONPATH": str(_ROOT)},
    )
    try:
        async with asyncio.timeout(WALL_SECONDS):
            said, _ = await process.communicate(asked + b"\n" + content)
    except TimeoutError:
        said = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not said:
        raise FeedRefused(FeedTrouble.TOO_MUCH)
    return _answer(json.loads(said))


def _answer(said: dict[str, Any]) -> Busy:
    if "trouble" in said:
        raise FeedRefused(FeedTrouble(said["trouble"]))
    spans = tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in said["spans"])
    return Busy(spans, said["unread"], said["guessed"])


def read_input(content: bytes) -> dict[str, Any]:
    """Read what the other process was given: a line that says what is wanted, then the feed."""
    line, _, feed = content.partition(b"\n")
    wanted = json.loads(line)
    start, end = (datetime.fromisoformat(wanted[name]) for name in ("start", "end"))
    try:
        found = busy_spans(feed, start, end, wanted["zone"])
    except FeedRefused as refused:
        return {"trouble": refused.trouble.value}
    spans = [(since.isoformat(), until.isoformat()) for since, until in found.spans]
    return {"spans": spans, "unread": found.unread, "guessed": found.guessed}


def main() -> None:
    """Take the limits on, read the feed and answer."""
    seconds = int(sys.argv[1])
    os.nice(_COURTESY)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.stdout.write(json.dumps(read_input(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
