"""Pure: who is offered a time that became free, in which order, and for how long it is kept for them.

Who waits longest comes first; who is offered a time and does not take it keeps their place for the next one. Whether
the practitioner is free then, and licensed where the patient will be, is what a search says (`find`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

SHORTEST_HOLD = timedelta(minutes=5)
"""Nobody is offered a time that they would have to answer sooner."""

LATEST_ANSWER = timedelta(minutes=10)
"""So long before it begins a time is answered at the latest."""


class Misfit(StrEnum):
    """In what a time does not fit what somebody waits for."""

    WHO = "who"
    CLINIC = "clinic"
    LENGTH = "length"
    DAY = "day"
    HOUR = "hour"
    TOO_LATE = "too-late"
    NOTICE = "notice"
    NOT_EARLIER = "not-earlier"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody waits for, since when, and in which zone their days are; `before` is the visit they have."""

    id: UUID
    since: datetime
    zone: str
    clinic: UUID
    practitioner: UUID | None
    specialty: str
    minutes: int
    weekdays: frozenset[int]
    earliest: time
    latest: time
    last_day: date
    notice_minutes: int
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Freed:
    """A time that became free, whose it is and where."""

    practitioner: UUID
    specialty: str
    clinic: UUID
    starts_at: datetime
    ends_at: datetime


def misfits(wish: Wish, freed: Freed, now: datetime) -> frozenset[Misfit]:
    """Tell in what a time does not fit; nothing when it is to be offered."""
    local = freed.starts_at.astimezone(ZoneInfo(wish.zone))
    ends = freed.starts_at + timedelta(minutes=wish.minutes)
    fits = {
        Misfit.WHO: wish.practitioner == freed.practitioner or (not wish.practitioner and _same_kind(wish, freed)),
        Misfit.CLINIC: wish.clinic == freed.clinic,
        Misfit.LENGTH: ends <= freed.ends_at,
        Misfit.DAY: local.weekday() in wish.weekdays,
        Misfit.HOUR: wish.earliest <= local.time() and local.time() < wish.latest,
        Misfit.TOO_LATE: local.date() <= wish.last_day,
        Misfit.NOTICE: freed.starts_at >= now + timedelta(minutes=wish.notice_minutes),
        Misfit.NOT_EARLIER: wish.before is None or freed.starts_at < wish.before,
    }
    return frozenset(misfit for misfit, is_so in fits.items() if not is_so)


def whose_turn(
    wishes: Iterable[Wish], freed: Freed, asked: Collection[UUID], engaged: Collection[UUID], now: datetime
) -> list[Wish]:
    """Give those whom a time fits in the order in which they are offered it: who waits longest first.

    Nobody is `asked` twice, and nobody is `engaged` by two offers at once.
    """
    out = {*asked, *engaged}
    fitting = [wish for wish in wishes if wish.id not in out and not misfits(wish, freed, now)]
    return sorted(fitting, key=lambda wish: (wish.since, wish.id))


def held_until(starts_at: datetime, minutes: int, now: datetime) -> datetime | None:
    """Give until when a time is kept for somebody; None where too little is left before it begins."""
    until = min(now + timedelta(minutes=minutes), starts_at - LATEST_ANSWER)
    return until if until >= now + SHORTEST_HOLD else None


def _same_kind(wish: Wish, freed: Freed) -> bool:
    return bool(wish.specialty) and wish.specialty == freed.specialty
