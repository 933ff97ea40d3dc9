"""What is said of a participant's connection in plain words, from its samples and what happened to it. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Final, Literal

Kind = Literal[
    "interrupted",
    "not_back",
    "server_lost",
    "video_paused",
    "slow",
    "lossy",
    "frozen",
    "relayed",
    "smooth",
    "nothing",
]
TELLING: Final = 0.1
"""From this share of the call on, something is worth a sentence."""
BACK: Final = frozenset({"joined", "reconnected", "moved"})
LOST: Final = frozenset({"lost", "node_lost"})
LEFT_AWAY: Final = timedelta(seconds=15)
"""Whose connection is lost is `left` this soon, after the grace, without having said goodbye."""


@dataclass(frozen=True, slots=True)
class Point:
    """One report: round trip in ms, lost packets and frozen time in thousandths, the path of the packets."""

    at: datetime
    rtt_ms: int | None
    loss: int
    frozen: int
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, as signaling names it, and how long it lasted where that is known."""

    at: datetime
    what: str
    lasted_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence: what about, how often, how many seconds at the longest, which percentage of the call."""

    kind: Kind
    count: int = 0
    seconds: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Beyond which a point is worth mentioning."""

    rtt_ms: int
    loss: int
    frozen: int


@dataclass(frozen=True, slots=True)
class Spread:
    """What a number usually was, and at its worst; None when it was never known."""

    usual: int | None = None
    worst: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """All that is said of one participant."""

    findings: Sequence[Finding]
    rtt: Spread = field(default_factory=Spread)
    loss: Spread = field(default_factory=Spread)
    frozen: Spread = field(default_factory=Spread)
    path: str | None = None


def account(points: Sequence[Point], moments: Sequence[Moment], bounds: Bounds) -> Account:
    """Sum a participant's call up, the worst first. Something is always said."""
    paths = Counter(point.path for point in points if point.path)
    path = paths.most_common(1)[0][0] if paths else None
    return Account(
        findings=_findings(points, moments, bounds, path),
        rtt=_spread([point.rtt_ms for point in points if point.rtt_ms is not None]),
        loss=_spread([point.loss for point in points]),
        frozen=_spread([point.frozen for point in points]),
        path=path,
    )


def worst_of(points: Sequence[Point]) -> list[Point]:
    """Make one point of those of the same moment: whoever has several links is troubled by the worst."""
    by_moment: dict[datetime, list[Point]] = {}
    for point in points:
        by_moment.setdefault(point.at, []).append(point)
    return [_worst(at, same) for at, same in sorted(by_moment.items())]


def _worst(at: datetime, same: Sequence[Point]) -> Point:
    delays = [point.rtt_ms for point in same if point.rtt_ms is not None]
    return Point(
        at,
        max(delays, default=None),
        max(point.loss for point in same),
        max(point.frozen for point in same),
        next((point.path for point in same if point.path), None),
    )


def _findings(
    points: Sequence[Point], moments: Sequence[Moment], bounds: Bounds, path: str | None
) -> Sequence[Finding]:
    if not points and not moments:
        return [Finding("nothing")]
    troubles = [*_breaks(moments), *_weaknesses(points, bounds)]
    relayed = [Finding("relayed")] if path and path.startswith("relay") else []
    return [*(troubles or [Finding("smooth")]), *relayed]


def _breaks(moments: Sequence[Moment]) -> list[Finding]:
    found: list[Finding] = []
    breaks = [moment for moment in moments if moment.what == "interrupted"]
    if breaks:
        longest = max(moment.lasted_ms or 0 for moment in breaks)
        found.append(Finding("interrupted", len(breaks), max(1, math.ceil(longest / 1000))))
    elif back := sum(moment.what == "reconnected" for moment in moments):
        found.append(Finding("server_lost", back))
    if _never_back(moments):
        found.append(Finding("not_back"))
    if paused := sum(moment.what == "video_paused" for moment in moments):
        found.append(Finding("video_paused", paused))
    return found


def _never_back(moments: Sequence[Moment]) -> bool:
    """Tell whether the last thing known is a connection that was lost, and a seat that was emptied because of it."""
    story = [moment for moment in moments if moment.what in BACK | LOST | {"left"}]
    if story and story[-1].what in LOST:
        return True
    if len(story) < 2 or story[-1].what != "left" or story[-2].what not in LOST:
        return False
    return story[-1].at - story[-2].at <= LEFT_AWAY


def _weaknesses(points: Sequence[Point], bounds: Bounds) -> list[Finding]:
    tests: tuple[tuple[Kind, Callable[[Point], bool]], ...] = (
        ("slow", lambda point: (point.rtt_ms or 0) > bounds.rtt_ms),
        ("lossy", lambda point: point.loss > bounds.loss),
        ("frozen", lambda point: point.frozen > bounds.frozen),
    )
    shares = [(kind, sum(map(test, points)) / max(1, len(points))) for kind, test in tests]
    return [Finding(kind, percent=round(share * 100)) for kind, share in shares if share >= TELLING]


def _spread(numbers: Sequence[int]) -> Spread:
    return Spread(round(median(numbers)), max(numbers)) if numbers else Spread()
