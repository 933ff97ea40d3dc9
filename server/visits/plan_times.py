"""Free times for patients to choose from: with whom, on which days, and why these people are offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import STATES, Practitioner, formal_name
from server.kit import N_
from server.scheduling import Fit, Found, Offer, Sought, find
from server.visits.plan_rules import DayPart, beside, by_day, by_part, chosen_day, one_of_each_time, page_of

MOST_PEOPLE = 8
PARTS = {DayPart.MORNING: N_("Morning"), DayPart.AFTERNOON: N_("Afternoon"), DayPart.EVENING: N_("Evening")}
SPEAKS = {"en": N_("Speaks English"), "es": N_("Speaks Spanish")}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with free times: the soonest one, and why they are offered."""

    practitioner: Practitioner
    soonest: Offer
    zone: str
    known: bool
    state: str
    speaks: str

    @property
    def name(self) -> str:
        """As patients read it."""
        return formal_name(self.practitioner)


@dataclass(frozen=True, slots=True)
class Times:
    """The free times of those who were asked for; `who` is the one whose they are, or None for anybody's."""

    people: Mapping[UUID, Person]
    who: Person | None
    days: Mapping[date, Sequence[Offer]]
    day: date | None
    shown: Sequence[date]
    before: date | None
    after: date | None
    zone: str

    @property
    def parts(self) -> Mapping[DayPart, Sequence[Offer]]:
        """The chosen day's times by the part of the day."""
        return by_part(self.days[self.day], self.zone) if self.day else {}

    @property
    def others(self) -> list[Person]:
        """With whom else there are times, the soonest first."""
        return [person for person in self.people.values() if person is not self.who]

    def near(self, lost: datetime, most: int = 3) -> list[Offer]:
        """Give the next times after one that was taken, or the last before it."""
        offers = [offer for day in self.days.values() for offer in day]
        return ([offer for offer in offers if offer.start >= lost] or offers[-most:])[:most]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a patient asks to see: whose times ("any" for anybody's), and which day."""

    who: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the patient: the practitioners of earlier visits, other visits' times, the language."""

    practitioners: Sequence[UUID]
    times: Sequence[tuple[datetime, datetime]]
    language: str


async def times_for(session: AsyncSession, actor: Actor, sought: Sought, patient: Known, asked: Asked) -> Times:
    """Look for free times from now on: of whom the patient knows first, else of all who have any soon."""
    known = patient.practitioners
    found = await find(session, actor, sought, sought.start)
    soon = sorted(found.by_practitioner(1), key=lambda one: one[0].id not in known)[:MOST_PEOPLE]
    people = {one.id: _person(found, one, offers[0], patient) for one, offers in soon}
    who = _whose(people, asked.who)
    wanted = {who.practitioner.id} if who else set(people)
    few = replace(found, candidates=tuple(one for one in found.candidates if one.practitioner in wanted))
    days = by_day(one_of_each_time(beside(few.soonest(), patient.times), known), sought.zone)
    day = chosen_day(days, asked.day)
    return Times(people, who, days, day, *page_of(days, day), zone=sought.zone)


def _whose(people: Mapping[UUID, Person], asked: str) -> Person | None:
    """Choose whose times are shown: whoever was asked for, else whom the patient knows."""
    if asked == "any" and len(people) > 1:
        return None
    named = next((person for id_, person in people.items() if str(id_) == asked), None)
    first = next(iter(people.values()), None)
    return named or (first if first and (first.known or len(people) == 1) else None)


def _person(found: Found, one: Practitioner, soonest: Offer, patient: Known) -> Person:
    candidate = next(each for each in found.candidates if each.practitioner == one.id)
    licensed = next((reason.what for reason in soonest.why if reason.fit is Fit.LICENCE), "")
    language = patient.language
    speaks = SPEAKS.get(language, "") if language != "en" and language in candidate.languages else ""
    return Person(
        one, soonest, candidate.schedule.zone, one.id in patient.practitioners, STATES.get(licensed, ""), speaks
    )
