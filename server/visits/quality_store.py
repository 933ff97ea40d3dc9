"""Visits that were held, for how their calls went: when, where and with whom, and nothing of the patient but the id."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.directory import Clinic, Practitioner, formal_name
from server.kit import NotFound
from server.scheduling import Appointment, practitioners_in
from server.visits.tables import Encounter

MOST = 500


@dataclass(frozen=True, slots=True)
class HeldVisit:
    """A visit, since it was started. `practitioners` are their names as patients see them."""

    id: UUID
    room_id: UUID
    patient_id: UUID
    started_at: datetime
    ended_at: datetime | None
    clinic: str
    zone: str
    practitioners: Sequence[str]


async def visits_held(session: AsyncSession, actor: Actor, start: datetime, end: datetime) -> list[HeldVisit]:
    """Give the visits of the actor's organization that were started in a span, the latest first."""
    require(actor, Action.READ_CALL_QUALITY, Record(actor.organization_id))
    query = _held().where(
        Encounter.organization_id == actor.organization_id,
        col(Encounter.started_at) >= start,
        col(Encounter.started_at) < end,
    )
    return await _filled(
        session, actor, (await session.exec(query.order_by(col(Encounter.started_at).desc()).limit(MOST))).all()
    )


async def visit_held(session: AsyncSession, actor: Actor, encounter_id: UUID | None) -> HeldVisit:
    """Give one visit; one that was not started yet has its planned time. Raises NotFound or Forbidden."""
    row = (await session.exec(_held().where(Encounter.id == encounter_id))).first()
    if row is None:
        raise NotFound
    require(actor, Action.READ_CALL_QUALITY, Record(row[0].organization_id, row[0].id, patient_id=row[0].patient_id))
    (visit,) = await _filled(session, actor, [row])
    return visit


def _held() -> Any:
    return (
        select(Encounter, Appointment, Clinic)
        .join(Appointment, col(Appointment.id) == Encounter.appointment_id)
        .join(Clinic, col(Clinic.id) == Appointment.clinic_id)
    )


async def _filled(session: AsyncSession, actor: Actor, rows: Iterable[Any]) -> list[HeldVisit]:
    found = list(rows)
    people = await practitioners_in(session, actor, [appointment.id for _, appointment, _ in found])
    return [
        _visit(encounter, encounter.started_at or appointment.starts_at, clinic, people.get(appointment.id, []))
        for encounter, appointment, clinic in found
    ]


def _visit(encounter: Encounter, started_at: datetime, clinic: Clinic, people: Sequence[Practitioner]) -> HeldVisit:
    return HeldVisit(
        encounter.id,
        encounter.room_id,
        encounter.patient_id,
        started_at,
        encounter.ended_at,
        clinic.name,
        clinic.time_zone,
        [formal_name(person) for person in people],
    )
