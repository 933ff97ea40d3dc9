"""Pure: a series of visits, weekly at one local time. Which are free, why others are not, what is near instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from server.kit.ids import PractitionerId
from server.scheduling.availability_rules import Window
from server.scheduling.match_rules import Candidate, Need, licensed_before
from server.scheduling.search_rules import starts_of
from server.scheduling.slot_rules import Refusal, minutes_in, refusal
from server.scheduling.zone_rules import DAY, Meant, clock, day_number, minutes_into_day, moment_of

ALTERNATIVES = 3
NEAR = 3  # days before and after, so that those of one week are not those of the next


class Conflict(StrEnum):
    """Why an occurrence is not free, beside what `Refusal` says of one practitioner."""

    GAP = "gap"
    LICENCE = "licence"


@dataclass(frozen=True, slots=True)
class Clash:
    """What stands against an occurrence, and whose; of a gap nobody's."""

    why: Refusal | Conflict
    practitioner: PractitionerId | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One visit of a series. `start` is None where the clocks skip it; without clashes it is free."""

    day: date
    start: datetime | None
    clashes: tuple[Clash, ...]
    alternatives: tuple[datetime, ...] = ()

    @property
    def is_free(self) -> bool:
        """Tell whether it can be booked as it is."""
        return not self.clashes


@dataclass(frozen=True, slots=True)
class Weekly:
    """A series: from a date on, this often, every week at a time in a zone; a time shown twice means `repeated`."""

    first: date
    at: time
    zone: str
    count: int
    repeated: Meant = Meant.EARLIER


def series(weekly: Weekly, members: Sequence[tuple[Candidate, Need]], now: datetime) -> list[Occurrence]:
    """Look at each visit of a series for all who take part in it."""
    return [_occurrence(weekly, weekly.first + timedelta(weeks=week), members, now) for week in range(weekly.count)]


def _occurrence(weekly: Weekly, day: date, members: Sequence[tuple[Candidate, Need]], now: datetime) -> Occurrence:
    plain = day_number(day) * DAY + minutes_into_day(weekly.at)
    local = clock(weekly.zone, plain, plain)
    meant = local.moment(plain, weekly.repeated)
    if not local.moments_at(plain):
        return Occurrence(day, None, (Clash(Conflict.GAP),), _near(meant, weekly, day, members, now))
    start = moment_of(meant)
    clashes = tuple(clash for candidate, need in members if (clash := _clash(candidate, need, start, now)))
    near = _near(meant, weekly, day, members, now) if clashes else ()
    return Occurrence(day, start, clashes, near)


def _clash(candidate: Candidate, need: Need, start: datetime, now: datetime) -> Clash | None:
    before = licensed_before(candidate, need)
    if before is not None and start + timedelta(minutes=need.visit.length) > moment_of(before):
        return Clash(Conflict.LICENCE, candidate.practitioner)
    why = refusal(candidate.schedule, need.visit, candidate.busy, now, start)
    return Clash(why, candidate.practitioner) if why else None


def _near(
    wanted: int, weekly: Weekly, day: date, members: Sequence[tuple[Candidate, Need]], now: datetime
) -> tuple[datetime, ...]:
    """Give the nearest starts at which all are free, of this day and three on each side; the earlier of two as near."""
    plain = day_number(day) * DAY
    local = clock(weekly.zone, plain - NEAR * DAY, plain + (NEAR + 1) * DAY)
    present = Window.of(now, now, now)
    first, last = local.midnight(day_number(day) - NEAR), local.midnight(day_number(day) + NEAR + 1)
    window = present.part(max(present.next, first), last)
    free = [set(minutes_in(starts_of(candidate, need, window))) for candidate, need in members]
    together = sorted(set.intersection(*free), key=lambda minute: (abs(minute - wanted), minute)) if free else []
    return tuple(map(moment_of, sorted(together[:ALTERNATIVES])))
