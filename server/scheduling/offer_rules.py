"""Pure: free times as a page shows them, by day and by person. Reads no further than it shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from server.kit.ids import PractitionerId
from server.scheduling.match_rules import Reason
from server.scheduling.search_rules import JointOffer, Offer


@dataclass(frozen=True, slots=True)
class Times:
    """A few free times of one practitioner on one day, why they are offered, and whether there are more."""

    practitioner: PractitionerId
    why: tuple[Reason, ...]
    offers: tuple[Offer, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class DayOffers:
    """A local day, and who is free on it: who is free first comes first."""

    day: date
    people: tuple[Times, ...]


@dataclass(frozen=True, slots=True)
class JointTimes:
    """When the same people are free together on a day: the first offer says who and why."""

    offers: tuple[JointOffer, ...]

    @property
    def who(self) -> tuple[Offer, ...]:
        """Those who are free, in the order of the groups, and why each is offered."""
        return self.offers[0].who


@dataclass(frozen=True, slots=True)
class JointDay:
    """A local day, and who is free together on it."""

    day: date
    together: tuple[JointTimes, ...]


def offers_by_day(offers: Iterable[Offer], zone: str, days: int, most: int) -> list[DayOffers]:
    """Gather the first few days with free times, in order; `most` times of each person on a day. Offers are in order.

    Days are those of a zone: who reads 11 PM should find it on their own day.
    """
    local = ZoneInfo(zone)
    grouped = groupby(offers, key=lambda offer: offer.start.astimezone(local).date())
    return [DayOffers(day, _by_person(of_day, most)) for day, of_day in islice(grouped, days)]


def joint_by_day(offers: Iterable[JointOffer], zone: str, days: int, most: int) -> list[JointDay]:
    """Gather the first few days on which one of each group is free; `most` times of the same people on a day."""
    local = ZoneInfo(zone)
    grouped = groupby(offers, key=lambda offer: offer.start.astimezone(local).date())
    return [JointDay(day, _by_company(of_day, most)) for day, of_day in islice(grouped, days)]


def _by_company(offers: Iterable[JointOffer], most: int) -> tuple[JointTimes, ...]:
    found: dict[tuple[PractitionerId, ...], list[JointOffer]] = {}
    for offer in offers:
        found.setdefault(tuple(one.practitioner for one in offer.who), []).append(offer)
    return tuple(JointTimes(tuple(theirs[:most])) for theirs in found.values())


def _by_person(offers: Iterable[Offer], most: int) -> tuple[Times, ...]:
    found: dict[PractitionerId, list[Offer]] = {}
    for offer in offers:
        found.setdefault(offer.practitioner, []).append(offer)
    return tuple(
        Times(practitioner, theirs[0].why, tuple(theirs[:most]), len(theirs) > most)
        for practitioner, theirs in found.items()
    )
