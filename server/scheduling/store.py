"""Queries of appointments, within the actor's organization."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import Practitioner
from server.scheduling.booking_rules import Answer
from server.scheduling.tables import Appointment, AppointmentParticipant


async def appointments_between(
    session: AsyncSession, actor: Actor, start: datetime, end: datetime, practitioner_id: UUID | None = None
) -> Sequence[Appointment]:
    """Give the appointments that start in a span, in order.

    They are those of one practitioner when one is named, else those of the clinics that the actor covers.
    """
    query = select(Appointment).where(
        Appointment.organization_id == actor.organization_id,
        Appointment.starts_at >= start,
        Appointment.starts_at < end,
    )
    if practitioner_id is None:
        query = query.where(col(Appointment.clinic_id).in_(actor.clinics))
    else:
        mine = select(AppointmentParticipant.appointment_id).where(
            AppointmentParticipant.practitioner_id == practitioner_id
        )
        query = query.where(col(Appointment.id).in_(mine))
    return (await session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id)))).all()


async def appointments_of_patient(session: AsyncSession, actor: Actor, patient_id: UUID) -> Sequence[Appointment]:
    """Give all of a patient's appointments in the actor's organization, the latest first.

    The caller shows only those to which the actor has a tie.
    """
    theirs = select(AppointmentParticipant.appointment_id).where(AppointmentParticipant.patient_id == patient_id)
    query = select(Appointment).where(
        Appointment.organization_id == actor.organization_id, col(Appointment.id).in_(theirs)
    )
    return (await session.exec(query.order_by(col(Appointment.starts_at).desc(), col(Appointment.id)))).all()


async def who_comes(session: AsyncSession, actor: Actor, appointment_ids: Collection[UUID]) -> frozenset[UUID]:
    """Give those of several appointments of the actor's organization whose patient has said that they come."""
    query = select(AppointmentParticipant.appointment_id).where(
        col(AppointmentParticipant.appointment_id).in_(appointment_ids),
        AppointmentParticipant.organization_id == actor.organization_id,
        col(AppointmentParticipant.patient_id).is_not(None),
        AppointmentParticipant.status == Answer.ACCEPTED,
    )
    return frozenset((await session.exec(query)).all())


async def practitioners_in(
    session: AsyncSession, actor: Actor, appointment_ids: Collection[UUID]
) -> dict[UUID, list[Practitioner]]:
    """Give the practitioners of several appointments of the actor's organization, in the order they were added."""
    query = (
        select(AppointmentParticipant.appointment_id, Practitioner)
        .join(Practitioner, col(Practitioner.id) == AppointmentParticipant.practitioner_id)
        .where(
            col(AppointmentParticipant.appointment_id).in_(appointment_ids),
            AppointmentParticipant.organization_id == actor.organization_id,
        )
        .order_by(col(AppointmentParticipant.id))
    )
    found: dict[UUID, list[Practitioner]] = {}
    for appointment_id, practitioner in (await session.exec(query)).all():
        found.setdefault(appointment_id, []).append(practitioner)
    return found
