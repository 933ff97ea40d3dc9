"""Finding time: who gives a kind of visit, and what a search of their hours finds. For staff's pages and patients'.

A search reads a few rows within the actor's organization, and is pure from then on: `Found` answers without a query.
Who may ask for which patient is the caller's to say.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import Practitioner, practitioners_by_ids, practitioners_of
from server.kit import NotFound
from server.kit.ids import ClinicId
from server.scheduling.availability_rules import Window
from server.scheduling.booking_rules import Buffers
from server.scheduling.match_rules import Candidate, Fit, Need, lacking
from server.scheduling.schedule_store import candidates_of
from server.scheduling.search_rules import Group, Instead, Offer, by_practitioner, fitting, instead_of, soonest
from server.scheduling.slot_rules import Visit
from server.scheduling.tables import PractitionerLanguage, VisitType, VisitTypePractitioner
from server.scheduling.zone_rules import clock, date_of

IN_PERSON = "in-person"
# What is on the days at both ends of a window counts towards the most that somebody sees on a day.
_AROUND = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought between two moments: a kind of visit, or one of so many minutes. None asks for nothing.

    `zone` is the patient's, `state` where they will be at the visit, `language` an ISO 639-1 code, `clinic` the one
    whose patient it is. `practitioners` leaves all others out.
    """

    start: datetime
    end: datetime
    zone: str
    minutes: int
    visit_type: VisitType | None = None
    specialty: str | None = None
    language: str | None = None
    state: str | None = None
    clinic: UUID | None = None
    practitioners: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Those who give what is sought, whether they fit or not, with their hours; asks no database."""

    need: Need
    window: Window
    candidates: tuple[Candidate, ...]
    people: Mapping[UUID, Practitioner]

    def soonest(self) -> Iterator[Offer]:
        """Give the free times of all who fit, the soonest first."""
        return soonest(self.candidates, self.need, self.window)

    def first(self, most: int) -> list[Offer]:
        """Give the first few of the soonest."""
        return list(islice(self.soonest(), most))

    def by_practitioner(self, most: int) -> list[tuple[Practitioner, tuple[Offer, ...]]]:
        """Give the first few times of each who fits and has any, those with the soonest time first."""
        found = by_practitioner(self.candidates, self.need, self.window, most)
        return [(self.people[candidate.practitioner], offers) for candidate, offers in found]

    def lacking(self) -> frozenset[Fit]:
        """Tell in what none of them fits: what to ask less of, when nothing is found."""
        today = date_of(clock(self.need.zone, self.window.start, self.window.start).day_at(self.window.start))
        lacks = [lacking(candidate, self.need, today) for candidate in self.candidates]
        return frozenset.intersection(*lacks) if lacks else frozenset()

    def group(self) -> Group:
        """Give them as those of whom any one will do in a joint visit."""
        return Group(self.candidates, self.need)

    def candidate(self, practitioner_id: UUID) -> Candidate | None:
        """Give one who fits; None for anybody else."""
        fit = fitting(self.candidates, self.need, self.window)
        return next((one for one in fit if one.practitioner == practitioner_id), None)

    def offer_at(self, starts_at: datetime, practitioner_id: UUID) -> Offer | None:
        """Give the offer of one practitioner at a moment; None when they are not free then, or do not fit."""
        chosen, window = self.candidate(practitioner_id), self._minute(starts_at)
        return next(soonest([chosen], self.need, window), None) if chosen and window else None

    def instead_of(self, lost: datetime, practitioner_id: UUID) -> Instead:
        """Give what is left when a time was taken: others of that practitioner's, and who else is free then."""
        chosen = self.candidate(practitioner_id)
        return instead_of(lost, chosen, self.candidates, self.need, self.window) if chosen else Instead((), ())

    def _minute(self, moment: datetime) -> Window | None:
        """The part of the window in which nothing but one moment is; None where it is no whole minute of it."""
        at = Window.of(moment, moment, moment + timedelta(minutes=1))
        whole = moment.second == moment.microsecond == 0
        return self.window.part(at.start, at.end) if whole and self.window.start <= at.start < self.window.end else None


async def visit_types(session: AsyncSession, actor: Actor, *, self_bookable: bool = False) -> Sequence[VisitType]:
    """Give the kinds of visit that the actor's organization offers, by name; for patients those they book alone."""
    query = select(VisitType).where(VisitType.organization_id == actor.organization_id, col(VisitType.active))
    if self_bookable:
        query = query.where(col(VisitType.self_bookable))
    return (await session.exec(query.order_by(VisitType.name, col(VisitType.id)))).all()


async def visit_type_by_id(
    session: AsyncSession, actor: Actor, visit_type_id: UUID | None, *, self_bookable: bool = False
) -> VisitType:
    """Give one of the kinds of visit that are offered. Raises NotFound."""
    offered = await visit_types(session, actor, self_bookable=self_bookable)
    found = next((one for one in offered if one.id == visit_type_id), None)
    if found is None:
        raise NotFound
    return found


async def givers_of(
    session: AsyncSession, actor: Actor, visit_type: VisitType | None, among: frozenset[UUID] | None = None
) -> list[Practitioner]:
    """Give the practitioners of the actor's organization who give a kind of visit, by name; without one, all.

    `among` leaves all others out.
    """
    if among is None:
        people = await practitioners_of(session, actor)
    else:
        found = await practitioners_by_ids(session, actor, among)
        people = sorted(found.values(), key=lambda one: (one.family_name, one.given_name))
    if visit_type is None:
        return list(people)
    if visit_type.specialty:
        return [one for one in people if one.specialty == visit_type.specialty]
    query = select(VisitTypePractitioner.practitioner_id).where(VisitTypePractitioner.visit_type_id == visit_type.id)
    named = set((await session.exec(query)).all())
    return [one for one in people if one.id in named]


async def languages_spoken(session: AsyncSession, actor: Actor) -> list[str]:
    """Give the languages that practitioners of the actor's organization see patients in, by code."""
    query = (
        select(PractitionerLanguage.language)
        .join(Practitioner, col(Practitioner.id) == PractitionerLanguage.practitioner_id)
        .where(Practitioner.organization_id == actor.organization_id)
        .distinct()
    )
    return sorted((await session.exec(query)).all())


async def find(session: AsyncSession, actor: Actor, sought: Sought, now: datetime) -> Found:
    """Look for time: five queries for any number of practitioners, whom the actor's organization has."""
    people = await givers_of(session, actor, sought.visit_type, sought.practitioners)
    candidates = await candidates_of(session, actor, people, sought.start - _AROUND, sought.end + _AROUND, now)
    window = Window.of(now, sought.start, sought.end)
    return Found(_need(sought), window, tuple(candidates), {one.id: one for one in people})


def buffers_of(candidates: Collection[Candidate]) -> dict[UUID, Buffers]:
    """Give the minutes that practitioners keep free around a visit, as `book` takes them."""
    return {one.practitioner: Buffers(one.schedule.limits.before, one.schedule.limits.after) for one in candidates}


def _need(sought: Sought) -> Need:
    in_person = sought.visit_type is not None and sought.visit_type.modality == IN_PERSON
    visit = Visit(sought.minutes, ClinicId(sought.clinic) if sought.clinic else None, in_person)
    specialty = sought.specialty or (sought.visit_type.specialty if sought.visit_type else None) or None
    return Need(visit, sought.zone, specialty, sought.language, sought.state)
