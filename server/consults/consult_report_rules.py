"""Pure: what reports say of consults: how soon they were taken and answered, who declined why, and what nobody took.

What each figure means is written in docs/guides/consult-reports.md.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.kit.quantiles import quantile


class Unmet(StrEnum):
    """Why a case found nobody: none matched, none of those who matched was on duty, or none of them answered."""

    NOBODY_MATCHED = "nobody-matched"
    NOBODY_ON_DUTY = "nobody-on-duty"
    NOBODY_ANSWERED = "nobody-answered"


@dataclass(frozen=True, slots=True)
class Case:
    """A case as a report sees it. `hour` is of the day on the clinic's clock, `live` whether it was asked to ring.

    `took_at` is when a ring was accepted; `missed` counts rings without an answer, `declines` are codes. `chose` tells
    that the requester chose writing or took it back, `open` that it still may find somebody.
    """

    service: str
    clinic: str
    hour: int
    live: bool
    asked_at: datetime
    matched: bool
    rang: bool
    took_at: datetime | None = None
    answered_at: datetime | None = None
    missed: int = 0
    declines: tuple[str, ...] = ()
    chose: bool = False
    open: bool = False

    @property
    def unmet(self) -> Unmet | None:
        """Say why nobody took it; None where somebody did, or it was not to be."""
        if not self.matched:
            return Unmet.NOBODY_MATCHED
        if not self.live or self.took_at is not None or self.chose or self.open:
            return None
        return Unmet.NOBODY_ANSWERED if self.rang else Unmet.NOBODY_ON_DUTY


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of some cases; times are the middle one and what nine of ten do not exceed, None without any."""

    asked: int
    live: int
    taken: int
    answered: int
    missed: int
    accept_median: int | None
    accept_p90: int | None
    answer_median: int | None
    answer_p90: int | None
    declines: dict[str, int]
    unmet: dict[Unmet, int]

    @property
    def unmet_in_all(self) -> int:
        """How many cases nobody took."""
        return sum(self.unmet.values())


@dataclass(frozen=True, slots=True)
class Gap:
    """Where coverage is missing: how often a service found nobody for a clinic in an hour of the day."""

    service: str
    clinic: str
    hour: int
    why: Unmet
    count: int


def figures(cases: Sequence[Case]) -> Figures:
    """Reckon up some cases. Seconds until a ring was accepted, minutes until the answer was signed."""
    accepts = [_seconds(one.asked_at, one.took_at) for one in cases if one.live and one.took_at]
    answers = [_seconds(one.asked_at, one.answered_at) // 60 for one in cases if one.answered_at]
    return Figures(
        asked=len(cases),
        live=sum(one.live for one in cases),
        taken=len(accepts),
        answered=len(answers),
        missed=sum(one.missed for one in cases),
        accept_median=quantile(accepts, 0.5),
        accept_p90=quantile(accepts, 0.9),
        answer_median=quantile(answers, 0.5),
        answer_p90=quantile(answers, 0.9),
        declines=dict(Counter(code for one in cases for code in one.declines).most_common()),
        unmet=dict(Counter(one.unmet for one in cases if one.unmet).most_common()),
    )


def grouped(cases: Iterable[Case], key: Callable[[Case], str]) -> dict[str, Figures]:
    """Reckon up cases by something that they have in common, in the order of its name."""
    found: dict[str, list[Case]] = {}
    for one in cases:
        found.setdefault(key(one), []).append(one)
    return {name: figures(found[name]) for name in sorted(found)}


def hour_name(hour: int) -> str:
    """Name an hour of the day so that names sort as hours do: 09:00."""
    return f"{hour:02}:00"


def gaps(cases: Iterable[Case]) -> list[Gap]:
    """Say where coverage is missing, the most frequent first."""
    found = Counter((one.service, one.clinic, one.hour, one.unmet) for one in cases if one.unmet)
    made = [Gap(service, clinic, hour, why, n) for (service, clinic, hour, why), n in found.items() if why]
    return sorted(made, key=lambda gap: (-gap.count, gap.service, gap.clinic, gap.hour, gap.why))


def _seconds(start: datetime, end: datetime | None) -> int:
    return max(0, int((end - start).total_seconds())) if end else 0
