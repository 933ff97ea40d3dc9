"""What arrived while senders were killed, and what of it should not have: pure, so that a test can break it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True)
class Kill:
    """When all senders were dead, and which messages were taken by then without their row saying so."""

    at: float
    open: frozenset[str]


@dataclass
class Record:
    """The rows that were queued, by channel, with their status at the end; what the servers took, with times; kills.

    `reminders` are the visits of which one reminder was due, with how many mails and texts were queued of each.
    """

    mails: Mapping[str, str]
    texts: Mapping[str, str]
    kills: Sequence[Kill]
    mails_taken: Sequence[tuple[float, str, bytes]] = field(default_factory=list)
    texts_asked: Sequence[tuple[float, str, bytes]] = field(default_factory=list)
    texts_sent: Sequence[str] = field(default_factory=list)
    reminders: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def wrongs(record: Record) -> list[str]:
    """Give everything that should not have happened."""
    return [
        *(f"mail {row} ended {status}" for row, status in record.mails.items() if status != "sent"),
        *(f"text {row} ended {status}" for row, status in record.texts.items() if status != "sent"),
        *(f"mail {row} is lost" for row in record.mails.keys() - {row for _, row, _ in record.mails_taken}),
        *(f"text {row} is lost" for row in record.texts.keys() - set(record.texts_sent)),
        *(f"{row} was sent by the gateway and never queued" for row in set(record.texts_sent) - record.texts.keys()),
        *([] if len(record.texts_sent) == len(set(record.texts_sent)) else ["the gateway sent a text twice"]),
        *(f"visit {row} was reminded of {times} times" for row, times in record.reminders.items() if times != (1, 1)),
        *_copies(record, record.mails_taken, "mail"),
        *_copies(record, record.texts_asked, "text"),
    ]


def _copies(record: Record, taken: Sequence[tuple[float, str, bytes]], what: str) -> Iterator[str]:
    """A copy needs a kill between the two that found the row open; and is the same to the byte."""
    for row, (first, before), (second, after) in copies(taken):
        if not any(first <= kill.at <= second and row in kill.open for kill in record.kills):
            yield f"{what} {row} came twice, and no kill fell between its first taking and its row"
        if before != after:
            yield f"{what} {row} came twice, and not the same"


def copies(
    taken: Sequence[tuple[float, str, bytes]],
) -> Iterator[tuple[str, tuple[float, bytes], tuple[float, bytes]]]:
    """Give each message that was taken again, with when and what was taken before and then."""
    by_row: dict[str, list[tuple[float, bytes]]] = {}
    for at, row, content in taken:
        by_row.setdefault(row, []).append((at, content))
    for row, times in by_row.items():
        for before, after in pairwise(times):
            yield row, before, after
