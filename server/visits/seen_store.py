"""When patients have visits with practitioners: for the rules that ask whether a consultant saw the patient."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.scheduling import Appointment, AppointmentParticipant
from server.visits.tables import Encounter

_OFF = ("cancelled", "noshow")


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """A visit of a patient with a practitioner; `held` once it was started."""

    encounter_id: UUID
    patient_id: UUID
    practitioner_id: UUID
    at: datetime
    held: bool


async def visits_between(
    session: AsyncSession,
    actor: Actor,
    patient_ids: Collection[UUID],
    practitioner_ids: Collection[UUID],
    start: datetime,
    end: datetime,
) -> list[SeenVisit]:
    """Give the visits of these patients with these practitioners that take place in a span, in order.

    The patients' records were asked for before. What was called off, or nobody came to, is none.
    """
    query = (
        select(Encounter, Appointment, AppointmentParticipant.practitioner_id)
        .join(Appointment, col(Appointment.id) == Encounter.appointment_id)
        .join(AppointmentParticipant, col(AppointmentParticipant.appointment_id) == Appointment.id)
        .where(
            Encounter.organization_id == actor.organization_id,
            col(Encounter.patient_id).in_(patient_ids),
            col(AppointmentParticipant.practitioner_id).in_(practitioner_ids),
            Appointment.starts_at >= start,
            Appointment.starts_at < end,
            Encounter.status != "cancelled",
            col(Appointment.status).not_in(_OFF),
        )
        .order_by(col(Appointment.starts_at), col(Encounter.id))
    )
    rows = (await session.exec(query)).all() if patient_ids and practitioner_ids else []
    return [
        SeenVisit(visit.id, visit.patient_id, who, visit.started_at or planned.starts_at, visit.started_at is not None)
        for visit, planned, who in rows
        if who is not None
    ]
