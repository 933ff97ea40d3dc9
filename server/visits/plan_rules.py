"""Pure decisions about times that patients choose by themselves: by day, one of each time, in whose zone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from server.kit.ids import parse_id

DAYS_ON_A_PAGE = 10
_NOON, _EVENING = 12, 17


class Timed(Protocol):
    """What the rules need to know of a time that is offered."""

    @property
    def start(self) -> datetime:
        """When it begins."""
        ...

    @property
    def end(self) -> datetime:
        """When it ends."""
        ...

    @property
    def practitioner(self) -> UUID:
        """Whose it is."""
        ...


T = TypeVar("T", bound=Timed)


class DayPart(StrEnum):
    """How people cut a day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


def one_of_each_time(offers: Iterable[T], own: Sequence[UUID]) -> list[T]:
    """Give one offer of each time, in order: of whom the patient knows where there is one, else the first."""
    best: dict[datetime, T] = {}
    for offer in offers:
        known = best.setdefault(offer.start, offer)
        if offer.practitioner in own and known.practitioner not in own:
            best[offer.start] = offer
    return [best[start] for start in sorted(best)]


def beside(offers: Iterable[T], own: Sequence[tuple[datetime, datetime]]) -> Iterator[T]:
    """Leave out what overlaps the patient's own visits: nobody is in two at once."""
    return (offer for offer in offers if not any(start < offer.end and offer.start < end for start, end in own))


def by_day(offers: Iterable[T], zone: str) -> dict[date, list[T]]:
    """Gather offers, which are in order, by the local day in a zone."""
    days: dict[date, list[T]] = {}
    for offer in offers:
        days.setdefault(offer.start.astimezone(ZoneInfo(zone)).date(), []).append(offer)
    return days


def by_part(offers: Iterable[T], zone: str) -> dict[DayPart, list[T]]:
    """Gather a day's offers by the part of the day."""
    parts: dict[DayPart, list[T]] = {}
    for offer in offers:
        hour = offer.start.astimezone(ZoneInfo(zone)).hour
        part = DayPart.MORNING if hour < _NOON else DayPart.AFTERNOON if hour < _EVENING else DayPart.EVENING
        parts.setdefault(part, []).append(offer)
    return parts


def chosen_day(days: Iterable[date], wanted: date | None) -> date | None:
    """Give the day to show: the wanted one, or where nothing is free then, the next one, else the first."""
    known = sorted(days)
    later = [day for day in known if wanted is not None and day >= wanted]
    return next(iter(later or known), None)


def page_of(days: Mapping[date, Sequence[object]], shown: date | None) -> tuple[list[date], date | None, date | None]:
    """Give the days of the page on which one is, and the first days of the pages before and after it."""
    known = sorted(days)
    at = known.index(shown) // DAYS_ON_A_PAGE * DAYS_ON_A_PAGE if shown is not None and shown in days else 0
    before = known[at - DAYS_ON_A_PAGE] if at else None
    after = known[at + DAYS_ON_A_PAGE] if at + DAYS_ON_A_PAGE < len(known) else None
    return known[at : at + DAYS_ON_A_PAGE], before, after


def differ(moment: datetime, zone: str, other: str) -> bool:
    """Tell whether two zones' clocks show different times at a moment."""
    return moment.astimezone(ZoneInfo(zone)).utcoffset() != moment.astimezone(ZoneInfo(other)).utcoffset()


def choice_of(offer: Timed) -> str:
    """Write an offer as a form's value."""
    return f"{offer.start.isoformat()}|{offer.practitioner}"


def read_choice(text: str) -> tuple[datetime, UUID] | None:
    """Read what `choice_of` wrote; None for anything else."""
    start, _, who = text.partition("|")
    practitioner = parse_id(who)
    try:
        moment = datetime.fromisoformat(start)
        utc = moment.astimezone(ZoneInfo("UTC")) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return (utc, practitioner) if utc and practitioner else None


def read_day(text: str) -> date | None:
    """Read a day of an address; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
