"""Pure: how a written case stands towards the time at which its answer is due, and who is reminded when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SHORTEST, LONGEST = timedelta(hours=1), timedelta(hours=24)
"""So long before the due time people are reminded, at least and at most; a quarter of the whole time in between."""


class Standing(StrEnum):
    """How a written case stands: it has time, it is due SOON, it is OVERDUE, or it is DONE."""

    LATER = "later"
    SOON = "soon"
    OVERDUE = "overdue"
    DONE = "done"


class Kind(StrEnum):
    """What people are told of a written case: that it is NEW to them, BEFORE it is due, and that it is DUE."""

    NEW = "new"
    BEFORE = "before"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class ToTell:
    """What somebody is told now, if anything, and what is passed over because it comes too late."""

    send: Kind | None = None
    drop: tuple[Kind, ...] = ()


def reminded_at(since: datetime, due_at: datetime) -> datetime:
    """Give when people are reminded of a case that is written since a moment and due at another."""
    ahead = min(max((due_at - since) / 4, SHORTEST), LONGEST)
    return max(since, due_at - ahead)


def standing(status: str, since: datetime, due_at: datetime | None, now: datetime) -> Standing:
    """Say how a case stands."""
    if status != "written" or due_at is None:
        return Standing.DONE
    if now >= due_at:
        return Standing.OVERDUE
    return Standing.SOON if now >= reminded_at(since, due_at) else Standing.LATER


def to_tell(since: datetime, due_at: datetime, told: Collection[str], now: datetime) -> ToTell:
    """Say what to tell somebody whose turn a case is: one thing at a time, a new case before everything else."""
    come = [Kind.NEW]
    if now >= reminded_at(since, due_at):
        come.append(Kind.BEFORE)
    if now >= due_at:
        come.append(Kind.DUE)
    left = [kind for kind in come if kind not in told]
    if not left:
        return ToTell()
    send = left[0] if left[0] is Kind.NEW else left[-1]
    return ToTell(send, tuple(kind for kind in left if kind is not send))
