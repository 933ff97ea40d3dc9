"""Pure: what reports say of a span: how full the hours are, who did not come, what was cancelled, how long one waits.

Figures of several practitioners are put together: their minutes are added, and an appointment that two of them have
together counts once. What each figure means is written in docs/guides/reports.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from server.kit.quantiles import quantile
from server.scheduling.availability_rules import Schedule, Window, open_hours
from server.scheduling.booking_rules import CancelReason, Status
from server.scheduling.slot_rules import Busy, Visit, free_starts, minutes_in
from server.scheduling.span_rules import Span, clipped, merged, without
from server.scheduling.zone_rules import DAY, clock

CAME = frozenset({Status.ARRIVED, Status.FULFILLED})
KEPT_TIME = frozenset({Status.BOOKED, Status.NO_SHOW}) | CAME
"""What took the practitioner's time, whether or not somebody came."""


class Planned(NamedTuple):
    """One appointment as one practitioner has it; whole minutes in UTC. `lead` is from when it was set up."""

    id: UUID
    status: str
    start: int
    end: int
    lead: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of some practitioners in a span.

    `open` and `taken` are minutes, `leads` minutes by appointment; `thirds` are days, one for each who has three free
    times, and `full` counts those who have not.
    """

    open: int = 0
    taken: int = 0
    came: frozenset[UUID] = frozenset()
    missed: frozenset[UUID] = frozenset()
    cancelled: Mapping[UUID, str] = field(default_factory=dict)
    leads: Mapping[UUID, int] = field(default_factory=dict)
    thirds: tuple[int, ...] = ()
    full: int = 0

    @property
    def utilisation(self) -> float | None:
        """The part of the open minutes that is booked, 0 to 1; None without open hours."""
        return self.taken / self.open if self.open else None

    @property
    def missed_share(self) -> float | None:
        """The part of the appointments whose outcome is known that nobody came to, 0 to 1; None where none is known."""
        known = len(self.came | self.missed)
        return len(self.missed) / known if known else None

    @property
    def lead_median(self) -> float | None:
        """Days between setting up and start that half of the appointments do not exceed."""
        return self._lead(0.5)

    @property
    def lead_p90(self) -> float | None:
        """Days between setting up and start that nine of ten appointments do not exceed."""
        return self._lead(0.9)

    @property
    def third_next(self) -> float | None:
        """Days until the third next free appointment, the mean of those who have one."""
        return sum(self.thirds) / len(self.thirds) if self.thirds else None

    @property
    def reasons(self) -> dict[str, int]:
        """How many were cancelled for each reason, the most frequent first."""
        return dict(Counter(self.cancelled.values()).most_common())

    def _lead(self, share: float) -> float | None:
        found = quantile(list(self.leads.values()), share)
        return None if found is None else found / DAY


def figures(schedule: Schedule | None, planned: Sequence[Planned], window: Window) -> Figures:
    """Reckon up one practitioner's span, without the third next appointment."""
    hours = clipped(open_hours(schedule, window), window.start, window.end) if schedule else []
    booked = merged((one.start, one.end) for one in planned if one.status in KEPT_TIME)
    idle = without(hours, booked)
    return Figures(
        open=_minutes(hours),
        taken=_minutes(hours) - _minutes(idle),
        came=frozenset(one.id for one in planned if one.status in CAME),
        missed=frozenset(one.id for one in planned if one.status == Status.NO_SHOW),
        cancelled={one.id: one.reason for one in planned if _was_called_off(one)},
        leads={one.id: max(0, one.lead) for one in planned if one.status in KEPT_TIME},
    )


def third_next(schedule: Schedule, busy: Iterable[Busy], length: int, now: datetime) -> int | None:
    """Give the days from today until the third next free appointment of a length in minutes; None if there is none.

    The first that is free is taken, then the first that is still free, then once more: visits, not overlapping starts.
    Days are counted by midnights on the practitioner's wall clock, so 0 is today.
    """
    taken, limits = list(busy), schedule.limits
    window = Window.of(now, now, now)
    start, end = window.start, window.start + (limits.horizon + 2) * DAY
    for _ in range(3):
        free = free_starts(schedule, Visit(length), taken, window.part(start, end))
        found = next(minutes_in(free), None)
        if found is None:
            return None
        taken.append(Busy(found, found + length, before=limits.before, after=limits.after))
        start = found
    local = clock(schedule.zone, window.now, start)
    return local.day_at(start) - local.day_at(window.now)


def together(parts: Iterable[Figures]) -> Figures:
    """Put the figures of several practitioners together."""
    found = list(parts)
    cancelled: dict[UUID, str] = {}
    leads: dict[UUID, int] = {}
    for part in found:
        cancelled |= part.cancelled
        leads |= part.leads
    return Figures(
        open=sum(part.open for part in found),
        taken=sum(part.taken for part in found),
        came=frozenset().union(*(part.came for part in found)),
        missed=frozenset().union(*(part.missed for part in found)),
        cancelled=cancelled,
        leads=leads,
        thirds=tuple(day for part in found for day in part.thirds),
        full=sum(part.full for part in found),
    )


def _was_called_off(one: Planned) -> bool:
    """Tell whether people cancelled it; a hold that ran out never was an appointment."""
    return one.status == Status.CANCELLED and one.reason != CancelReason.RAN_OUT


def _minutes(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)
