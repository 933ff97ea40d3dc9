"""Pure: when the two of a consult were in their call together, and when an open page is read on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

BEAT = timedelta(seconds=60)
"""How often an open page of a case says that it is read."""
KEPT_UP = timedelta(seconds=90)
"""A page that was heard of within this was read on since; after a longer pause a new time begins."""

Stretch = tuple[datetime, datetime | None]
"""From when until when; None while it lasts."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A time at which both were connected; `running` when both still are, up to now."""

    started: datetime
    ended: datetime
    running: bool


def talks(ones: Iterable[Stretch], others: Sequence[Stretch], since: datetime, now: datetime) -> list[Talk]:
    """Give when two were connected together, in order, since a moment and until now.

    Who goes on by another connection, at the moment at which the one before ends, talks on.
    """
    found = set()
    for one in ones:
        for other in others:
            start = max(one[0], other[0], since)
            known = [left for left in (one[1], other[1]) if left is not None]
            stop = min([*known, now])
            if stop > start:
                found.add(Talk(start, stop, not known))
    joined = list[Talk]()
    for talk in sorted(found, key=lambda talk: (talk.started, talk.ended)):
        on = joined.pop() if joined and talk.started <= joined[-1].ended else talk
        joined.append(Talk(on.started, max(on.ended, talk.ended), on.running or talk.running))
    return joined


def talk_id(consult_id: UUID, account_id: UUID, talk: Talk) -> UUID:
    """Name somebody's part of a talk; the same one always by the same name."""
    return uuid5(consult_id, f"{account_id} {talk.started.isoformat()}")


def read_since(own: datetime | None, elsewhere: datetime | None, now: datetime) -> tuple[datetime, bool]:
    """Say since when a page is read that is heard of now, and whether that goes on from its last time.

    `own` is until when this case was read last, `elsewhere` any other one by the same person: nobody reads two at once.
    """
    last = own if own is not None and now - own <= KEPT_UP else None
    if last is None:
        return now, False
    other = elsewhere if elsewhere is not None and elsewhere > last else None
    return (min(other, now), False) if other is not None else (last, True)
