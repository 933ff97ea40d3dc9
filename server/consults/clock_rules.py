"""Pure: the minutes of a consult, measured from what happened. A minute counts once.

Discussion is talk with the requester, review everything else. Where both overlap, the time is discussion. What was
measured is kept beside an edit, which has a reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from server.kit.errors import Invalid
from server.kit.forms import N_
from server.kit.ids import AccountId

LONGEST = timedelta(hours=12)
LONGEST_REASON = 500


class Kind(StrEnum):
    """What somebody did."""

    DISCUSSION = "discussion"
    REVIEW = "review"


class Source(StrEnum):
    """From what a time is known: a CALL's connection, an open PAGE of the case, or because somebody ENTERED it."""

    CALL = "call"
    PAGE = "page"
    ENTERED = "entered"


@dataclass(frozen=True, slots=True)
class Edit:
    """That somebody corrected a time, when and why, and what it was before."""

    by: AccountId
    at: datetime
    reason: str
    was: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Interval:
    """Time that somebody spent on a case, from `started` until before `ended`."""

    id: UUID
    account: AccountId
    kind: Kind
    started: datetime
    ended: datetime
    source: Source
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one kind that overlaps no other one of the same person."""

    kind: Kind
    started: datetime
    ended: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.ended - self.started


@dataclass(frozen=True, slots=True)
class Totals:
    """What one person spent on a case."""

    discussion: timedelta = timedelta()
    review: timedelta = timedelta()

    @property
    def minutes(self) -> int:
        """Whole minutes in all: begun ones do not count, since a code asks for minutes that were reached."""
        return (self.discussion + self.review) // timedelta(minutes=1)

    @property
    def discussion_minutes(self) -> int:
        """Whole minutes of discussion."""
        return self.discussion // timedelta(minutes=1)

    @property
    def discussion_share(self) -> float:
        """Part that was discussion, from 0 to 1; 0 when there is nothing."""
        whole = self.discussion + self.review
        return self.discussion / whole if whole else 0.0


def without_overlap(intervals: Iterable[Interval]) -> tuple[Span, ...]:
    """Lay one person's times beside each other, in order: each moment once, and as discussion where both overlap."""
    known = [one for one in intervals if one.ended > one.started]
    talked = _joined((one.started, one.ended) for one in known if one.kind is Kind.DISCUSSION)
    read = _joined((one.started, one.ended) for one in known if one.kind is Kind.REVIEW)
    spans = [Span(Kind.DISCUSSION, *times) for times in talked]
    spans += [Span(Kind.REVIEW, *times) for one in read for times in _less(one, talked)]
    return tuple(sorted(spans, key=lambda span: span.started))


def totals(intervals: Iterable[Interval]) -> dict[AccountId, Totals]:
    """Add up what each person spent."""
    own: dict[AccountId, list[Interval]] = {}
    for one in intervals:
        own.setdefault(one.account, []).append(one)
    return {account: _total(without_overlap(theirs)) for account, theirs in own.items()}


def edited(
    interval: Interval, started: datetime, ended: datetime, by: AccountId, reason: str, now: datetime
) -> Interval:
    """Correct a time, and keep what it was. Raises Invalid with what is wrong, by field."""
    if wrong := _wrong(started, ended, reason, now):
        raise Invalid(wrong, {"reason": reason})
    edit = Edit(by, now, reason.strip(), (interval.started, interval.ended))
    return replace(interval, started=started, ended=ended, edits=(*interval.edits, edit))


def _wrong(started: datetime, ended: datetime, reason: str, now: datetime) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if ended < started:
        wrong["ended"] = N_("This is before the beginning.")
    elif ended - started > LONGEST:
        wrong["ended"] = N_("This is longer than 12 hours.")
    elif ended > now:
        wrong["ended"] = N_("This is in the future.")
    if not reason.strip():
        wrong["reason"] = N_("Say why you change the time.")
    elif len(reason.strip()) > LONGEST_REASON:
        wrong["reason"] = N_("This is too long. Make it shorter.")
    return wrong


def _total(spans: Sequence[Span]) -> Totals:
    def of(kind: Kind) -> timedelta:
        return sum((span.length for span in spans if span.kind is kind), timedelta())

    return Totals(of(Kind.DISCUSSION), of(Kind.REVIEW))


Times = tuple[datetime, datetime]


def _joined(times: Iterable[Times]) -> list[Times]:
    """Join what overlaps or touches."""
    joined: list[Times] = []
    for start, end in sorted(times):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _less(one: Times, taken: Iterable[Times]) -> list[Times]:
    """Give what is left of a stretch without others, which are in order and do not overlap."""
    left, (start, end) = [], one
    for taken_from, taken_until in taken:
        if taken_until <= start or taken_from >= end:
            continue
        if taken_from > start:
            left.append((start, taken_from))
        start = min(max(start, taken_until), end)
    return [*left, (start, end)] if start < end else left
