"""What reports are reckoned from: a few queries, for any number of practitioners, and nothing of any patient."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, decide
from server.directory import Clinic, Practitioner, accounts_of, clinics_of, practitioners_of
from server.scheduling.availability_rules import Schedule
from server.scheduling.booking_rules import Status
from server.scheduling.report_rules import Planned
from server.scheduling.schedule_store import busy_of, schedules_of
from server.scheduling.slot_rules import Busy
from server.scheduling.tables import Appointment, AppointmentParticipant
from server.scheduling.zone_rules import minute_of, minutes_touched


@dataclass(frozen=True, slots=True)
class Material:
    """Practitioners with their clinics, hours and appointments, by their ids; `busy` is what lies ahead."""

    clinics: Sequence[Clinic]
    people: Sequence[Practitioner]
    schedules: dict[UUID, Schedule]
    planned: dict[UUID, list[Planned]]
    busy: dict[UUID, list[Busy]]


async def reported(session: AsyncSession, actor: Actor) -> list[Practitioner]:
    """Give those whose figures somebody may see: everybody for administrators, themselves for clinicians."""
    people = await practitioners_of(session, actor)
    return [one for one in people if decide(actor, Action.READ_REPORTS, _record(one)).allowed]


def _record(one: Practitioner) -> Record:
    return Record(one.organization_id, accounts=accounts_of([one]))


async def material(
    session: AsyncSession, actor: Actor, people: Sequence[Practitioner], start: datetime, end: datetime, now: datetime
) -> Material:
    """Gather what a report on some of the actor's `reported` from one moment to another needs."""
    ids = [one.id for one in people]
    schedules = await schedules_of(session, actor, ids)
    ahead = max((schedule.limits.horizon for schedule in schedules.values()), default=0)
    return Material(
        clinics=await clinics_of(session, actor),
        people=people,
        schedules=schedules,
        planned=await _planned(session, actor, ids, start, end),
        busy=await busy_of(session, actor, list(schedules), now, now + timedelta(days=ahead + 2), now),
    )


async def _planned(
    session: AsyncSession, actor: Actor, ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, list[Planned]]:
    """Give the appointments that start in a span, by practitioner. Who was only asked into one does not have it."""
    row, place = Appointment, AppointmentParticipant
    columns: Any = (
        place.practitioner_id,
        row.id,
        row.status,
        row.starts_at,
        row.ends_at,
        row.created_at,
        row.cancel_reason,
    )
    query = (
        select(*columns)
        .join(place, col(place.appointment_id) == row.id)
        .where(
            row.organization_id == actor.organization_id,
            row.starts_at >= start,
            row.starts_at < end,
            col(place.practitioner_id).in_(ids),
            or_(col(place.busy_from).is_not(None), row.status == Status.CANCELLED),
        )
    )
    found: dict[UUID, list[Planned]] = defaultdict(list)
    for whose, id_, status, starts_at, ends_at, created_at, reason in (await session.exec(query)).all():
        first, last = minutes_touched(starts_at, ends_at)
        found[whose].append(Planned(id_, status, first, last, first - minute_of(created_at), reason))
    return found
