"""A report on some days, gathered in one snapshot: each practitioner's figures, each clinic's, and those of all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from server.access import Actor
from server.directory import Clinic, Practitioner, formal_name, working_zone
from server.kit import NotFound
from server.scheduling.availability_rules import Window
from server.scheduling.report_rules import Figures, figures, third_next, together
from server.scheduling.report_store import Material, material, reported
from server.scheduling.rules import days_bounds
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Asked:
    """From which local day to which one, both included; of which clinic; how long the next free visit should be."""

    first: date
    last: date
    clinic: UUID | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody's figures, or those of several."""

    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Group:
    """A clinic, and the practitioners whose main clinic it is."""

    whole: Line
    people: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Report:
    """The clinics that somebody may see figures of, and all of them together."""

    asked: Asked
    groups: Sequence[Group]
    figures: Figures

    @property
    def people(self) -> list[Line]:
        """Each practitioner, clinic by clinic."""
        return [line for group in self.groups for line in group.people]


async def report_of(deps: Deps, actor: Actor, asked: Asked) -> Report:
    """Gather a report for somebody. Raises NotFound for a clinic of which they may see nothing."""
    now = deps.now()
    async with deps.database.read() as session:
        people = [one for one in await reported(session, actor) if asked.clinic in {None, one.clinic_id}]
        if asked.clinic and not people:
            raise NotFound
        start, end = days_bounds(asked.first, asked.last, await working_zone(session, actor))
        found = await material(session, actor, people, start, end, now)
    # the search for free times takes a while where there are many, and others wait for this loop
    return await asyncio.to_thread(_reckoned, found, asked, Window.of(now, start, end), now)


async def clinics_reported(deps: Deps, actor: Actor) -> list[UUID]:
    """Give the clinics that a report can be narrowed to."""
    async with deps.database.read() as session:
        return sorted({one.clinic_id for one in await reported(session, actor)})


def _reckoned(found: Material, asked: Asked, window: Window, now: datetime) -> Report:
    groups = [
        _group(clinic, [(formal_name(one), _one(found, one, asked, window, now)) for one in people])
        for clinic in found.clinics
        if (people := [one for one in found.people if one.clinic_id == clinic.id])
    ]
    return Report(asked, groups, together(group.whole.figures for group in groups))


def _group(clinic: Clinic, people: Sequence[tuple[str, Figures]]) -> Group:
    whole = Line(clinic.name, together(figures for _, figures in people))
    return Group(whole, [Line(name, figures) for name, figures in people])


def _one(found: Material, person: Practitioner, asked: Asked, window: Window, now: datetime) -> Figures:
    schedule = found.schedules.get(person.id)
    reckoned = figures(schedule, found.planned.get(person.id, ()), window)
    if schedule is None:
        return reckoned
    days = third_next(schedule, found.busy.get(person.id, ()), asked.minutes, now)
    return replace(reckoned, full=1) if days is None else replace(reckoned, thirds=(days,))
