"""Booking an appointment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.directory import Clinic
from server.kit import field_name
from server.kit.ids import new_id
from server.scheduling.tables import Appointment, AppointmentParticipant
from server.web import Deps


@dataclass(frozen=True, slots=True)
class BookingTerms:
    """Who meets whom, where, when and for how many minutes. The caller has found them within the organization."""

    clinic: Clinic
    patient_id: UUID
    practitioners: Sequence[UUID]
    starts_at: datetime
    minutes: int
    reason: str = ""


def book(session: AsyncSession, deps: Deps, actor: Actor, terms: BookingTerms) -> Appointment:
    """Add a booked appointment with its participants to the caller's transaction."""
    row = Appointment(
        id=new_id(),
        organization_id=actor.organization_id,
        clinic_id=terms.clinic.id,
        status="booked",
        starts_at=terms.starts_at,
        ends_at=terms.starts_at + timedelta(minutes=terms.minutes),
        time_zone=terms.clinic.time_zone,
        created_at=deps.now(),
        created_by=actor.account_id,
    )
    row.reason = deps.keyring.seal(terms.reason, field_name("appointment", row.id, "reason")) if terms.reason else None
    session.add(row)
    session.add_all(_participants(row, terms))
    note(session, deps.now(), actor, "create", Subject("Appointment", row.id, terms.patient_id))
    return row


def add_practitioner(session: AsyncSession, appointment: Appointment, practitioner_id: UUID) -> None:
    """Let a practitioner take part, after those who do; the caller has found both within the organization."""
    row = AppointmentParticipant(
        id=new_id(),
        organization_id=appointment.organization_id,
        appointment_id=appointment.id,
        practitioner_id=practitioner_id,
    )
    session.add(row)


async def remove_practitioner(session: AsyncSession, appointment: Appointment, practitioner_id: UUID) -> None:
    """Let a practitioner take part no more; the caller has found the appointment within the organization."""
    theirs = delete(AppointmentParticipant).where(
        col(AppointmentParticipant.appointment_id) == appointment.id,
        col(AppointmentParticipant.practitioner_id) == practitioner_id,
    )
    await session.exec(theirs)


def _participants(row: Appointment, terms: BookingTerms) -> Iterator[AppointmentParticipant]:
    people = [(terms.patient_id, None), *((None, practitioner_id) for practitioner_id in terms.practitioners)]
    # Ids of one millisecond are in no order, and participants are given in the order of their ids.
    for row_id, (patient_id, practitioner_id) in zip(sorted(new_id() for _ in people), people, strict=True):
        yield AppointmentParticipant(
            id=row_id,
            organization_id=row.organization_id,
            appointment_id=row.id,
            patient_id=patient_id,
            practitioner_id=practitioner_id,
        )
