"""Pure: free times of many practitioners. The soonest first, by practitioner, jointly, and after a lost race.

Everything is sought day by day and only as far as it is read: the first ten times of a thousand practitioners cost the
first day of each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from itertools import chain, islice

from server.kit.ids import PractitionerId
from server.scheduling.availability_rules import Window
from server.scheduling.match_rules import Candidate, Need, Reason, lacking, licensed_before, reasons
from server.scheduling.slot_rules import Starts, free_starts, is_among, minutes_in, start_limits
from server.scheduling.zone_rules import DAY, clock, date_of, minute_of, moment_of

LONGEST_STEP = 7  # days


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time of one practitioner, and why it is offered."""

    start: datetime
    end: datetime
    practitioner: PractitionerId
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class JointOffer:
    """A time at which one of each group is free, in the order of the groups."""

    start: datetime
    end: datetime
    who: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Those of whom any one will do, and what is asked of them: a PCP; any psychiatrist licensed in the state."""

    candidates: tuple[Candidate, ...]
    need: Need


@dataclass(frozen=True, slots=True)
class Instead:
    """What is offered to somebody whose time was taken while they chose: others near it, and others at it."""

    next_times: tuple[Offer, ...]
    same_time: tuple[Offer, ...]


def starts_of(candidate: Candidate, need: Need, window: Window) -> Starts:
    """Give the free starts of somebody for what is needed, while the licence lasts."""
    before = licensed_before(candidate, need)
    if before is not None:
        window = window.part(window.start, min(window.end, before - need.visit.length + 1))
    return free_starts(candidate.schedule, need.visit, candidate.busy, window)


def fitting(candidates: Sequence[Candidate], need: Need, window: Window) -> list[Candidate]:
    """Leave those out who do not fit; a licence must last into the window."""
    today = _day_of(need, window)
    return [candidate for candidate in candidates if not lacking(candidate, need, today)]


def soonest(candidates: Sequence[Candidate], need: Need, window: Window) -> Iterator[Offer]:
    """Give the free times of all who fit, the soonest first; at one time in the order of `candidates`."""
    fit = fitting(candidates, need, window)
    why = [reasons(candidate, need) for candidate in fit]
    for part in _parts(fit, window):
        found = ((minutes_in(starts_of(candidate, need, part)), index) for index, candidate in enumerate(fit))
        for minute, index in merge(*(_numbered(minutes, index) for minutes, index in found)):
            yield _offer(minute, fit[index], need, why[index])


def by_practitioner(
    candidates: Sequence[Candidate], need: Need, window: Window, first: int
) -> list[tuple[Candidate, tuple[Offer, ...]]]:
    """Give the first few free times of each who fits and has any, those with the soonest time first."""
    fit = fitting(candidates, need, window)
    found = ((candidate, tuple(islice(soonest([candidate], need, window), first))) for candidate in fit)
    return sorted((one for one in found if one[1]), key=lambda one: one[1][0].start)


def joint(groups: Sequence[Group], window: Window) -> Iterator[JointOffer]:
    """Give the times at which one of each group is free, nobody twice, the soonest first.

    Of several the first in the group's order is taken. A time is a start for each of them, by their own step, so steps
    of 10 and 15 minutes meet every half hour.
    """
    whole = [Group(tuple(fitting(group.candidates, group.need, window)), group.need) for group in groups]
    if not whole:
        return
    for part in _parts([one for group in whole for one in group.candidates], window):
        free = [[set(minutes_in(starts_of(one, group.need, part))) for one in group.candidates] for group in whole]
        for minute in sorted(set.intersection(*(set(chain(*group)) for group in free))):
            if who := _one_of_each(whole, [[minute in one for one in group] for group in free]):
                offers = tuple(_offer(minute, one, group.need) for one, group in zip(who, whole, strict=True))
                yield JointOffer(offers[0].start, max(offer.end for offer in offers), offers)


def instead_of(lost: datetime, chosen: Candidate, others: Sequence[Candidate], need: Need, window: Window) -> Instead:
    """Give what is left when a time was taken.

    That is three times of the same practitioner, the next ones first, and who else is free at that very time.
    """
    minute = minute_of(lost)
    same = window.part(max(window.start, minute), window.end)
    later = list(islice(soonest([chosen], need, same), 3))
    if len(later) < 3:
        earlier = list(soonest([chosen], need, window.part(window.start, min(window.end, minute))))
        later += earlier[::-1][: 3 - len(later)]
    moment = window.part(minute, minute + 1)
    free = [
        _offer(minute, one, need)
        for one in fitting(others, need, moment)
        if one.practitioner != chosen.practitioner and is_among(minute, starts_of(one, need, moment))
    ]
    return Instead(tuple(later), tuple(free))


def _numbered(minutes: Iterator[int], index: int) -> Iterator[tuple[int, int]]:
    return ((minute, index) for minute in minutes)


def _parts(candidates: Sequence[Candidate], window: Window) -> Iterator[Window]:
    """Cut what notice and horizon leave of a window into days, then longer parts: most readers stop in the first."""
    limits = [start_limits(candidate.schedule, window) for candidate in candidates]
    start, last, days = min((low for low, _ in limits), default=0), max((high for _, high in limits), default=0), 1
    while start < last:
        end = min(start + days * DAY, last)
        yield window.part(start, end)
        start, days = end, min(days * 2, LONGEST_STEP)


def _one_of_each(groups: Sequence[Group], free: Sequence[Sequence[bool]]) -> tuple[Candidate, ...] | None:
    """Choose one of each group, nobody twice; None where that cannot be done."""

    def choose(at: int, taken: frozenset[PractitionerId]) -> tuple[Candidate, ...] | None:
        if at == len(groups):
            return ()
        for candidate, is_free in zip(groups[at].candidates, free[at], strict=True):
            if is_free and candidate.practitioner not in taken:
                rest = choose(at + 1, taken | {candidate.practitioner})
                if rest is not None:
                    return candidate, *rest
        return None

    return choose(0, frozenset())


def _offer(minute: int, candidate: Candidate, need: Need, why: tuple[Reason, ...] | None = None) -> Offer:
    why = reasons(candidate, need) if why is None else why
    return Offer(moment_of(minute), moment_of(minute + need.visit.length), candidate.practitioner, why)


def _day_of(need: Need, window: Window) -> date:
    """The patient's date when the window begins."""
    return date_of(clock(need.zone, window.start, window.start).day_at(window.start))
