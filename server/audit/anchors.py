"""The anchor file: signed heads of the chains, a line of JSON each, appended and synced outside of the database.

What was cut off the end of a chain leaves no trace in the database. It does here, best in a copy on another machine.
"""

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from server.audit.chain_rules import Tail


@dataclass(frozen=True, slots=True)
class Anchor:
    """One line: how far a chain reached, when that was signed and by which key."""

    chain: str
    tail: Tail
    signed_at: datetime
    key: str
    signature: bytes


def append_anchors(path: Path, anchors: Sequence[Anchor]) -> None:
    """Append lines and sync them to the disk. Half a line that a crash left at the end is taken away first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.seek(_end_of_lines(file))
        file.truncate()
        file.write("".join(map(_line, anchors)).encode())
        file.flush()
        os.fsync(file.fileno())


def read_anchors(path: Path, until: int | None = None) -> Iterator[Anchor | int]:
    """Read the lines up to a size in bytes; gives the number of a line that cannot be read in its place.

    Half a line at the end is left out: it was being written.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n") or (until is not None and file.tell() > until):
                return
            yield _read(line) or number


def anchored_until(path: Path) -> Mapping[str, int]:
    """Give the last sequence of each chain in a file; nothing when there is no file."""
    if not path.exists():
        return {}
    found: dict[str, int] = {}
    for anchor in read_anchors(path):
        if isinstance(anchor, Anchor):
            found[anchor.chain] = max(anchor.tail.sequence, found.get(anchor.chain, 0))
    return found


def in_lots(anchors: Iterable[Anchor | int], size: int = 500) -> Iterator[list[Anchor | int]]:
    """Give anchors in lots, so that a long file is never in memory as a whole."""
    lot: list[Anchor | int] = []
    for anchor in anchors:
        lot.append(anchor)
        if len(lot) == size:
            yield lot
            lot = []
    if lot:
        yield lot


def _end_of_lines(file: IO[bytes]) -> int:
    """Give where the last whole line ends, looking from the end back."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - 4096)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _line(anchor: Anchor) -> str:
    parts = {
        "chain": anchor.chain,
        "sequence": anchor.tail.sequence,
        "hash": anchor.tail.hash.hex(),
        "signed_at": anchor.signed_at.isoformat(),
        "key": anchor.key,
        "signature": base64.b64encode(anchor.signature).decode(),
    }
    return json.dumps(parts) + "\n"


def _read(line: bytes) -> Anchor | None:
    try:
        parts = json.loads(line)
        tail = Tail(int(parts["sequence"]), bytes.fromhex(parts["hash"]))
        signed_at, signature = datetime.fromisoformat(parts["signed_at"]), base64.b64decode(parts["signature"])
        if signed_at.tzinfo is None or tail.sequence < 0:
            return None
        return Anchor(str(parts["chain"]), tail, signed_at, str(parts["key"]), signature)
    except (ValueError, KeyError, TypeError):
        return None
