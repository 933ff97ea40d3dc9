"""Times that are held for somebody who still decides. A hold is an appointment that is pending."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.kit import NotFound
from server.scheduling.booking_rules import Status
from server.scheduling.tables import Appointment, AppointmentParticipant


async def own_hold(session: AsyncSession, actor: Actor, appointment_id: UUID | None) -> Appointment:
    """Give what the actor held, whatever became of it. Raises NotFound, also for what somebody else held."""
    row = await session.get(Appointment, appointment_id) if appointment_id else None
    if row is None or row.organization_id != actor.organization_id or not actor.account_id:
        raise NotFound
    if row.created_by != actor.account_id:
        raise NotFound
    return row


async def patient_hold(
    session: AsyncSession, actor: Actor, patient_id: UUID, appointment_id: UUID | None
) -> Appointment:
    """Give what a patient held for themselves, whatever became of it. Raises NotFound, also for what others held.

    By a link nobody is signed in: what the link's patient holds is told by the kind of visit, which patients choose.
    """
    theirs = select(AppointmentParticipant.appointment_id).where(AppointmentParticipant.patient_id == patient_id)
    query = select(Appointment).where(
        Appointment.id == appointment_id,
        Appointment.organization_id == actor.organization_id,
        Appointment.created_by == actor.account_id,
        col(Appointment.visit_type_id).is_not(None),
        col(Appointment.id).in_(theirs),
    )
    row = (await session.exec(query)).first()
    if row is None:
        raise NotFound
    return row


async def own_holds(session: AsyncSession, actor: Actor, patient_id: UUID) -> Sequence[Appointment]:
    """Give the times that the actor holds for a patient, those too that ran out."""
    theirs = select(AppointmentParticipant.appointment_id).where(AppointmentParticipant.patient_id == patient_id)
    query = select(Appointment).where(
        Appointment.organization_id == actor.organization_id,
        Appointment.created_by == actor.account_id,
        Appointment.status == Status.PENDING,
        col(Appointment.id).in_(theirs),
    )
    if actor.is_patient:  # what the waitlist holds for a patient is of no kind, and not theirs to give back here
        query = query.where(col(Appointment.visit_type_id).is_not(None))
    return (await session.exec(query.order_by(col(Appointment.id)))).all()


async def old_holds(session: AsyncSession, before: datetime, most: int) -> Sequence[Appointment]:
    """Give a few holds of any organization that ran out before a moment, locked; those that are in work are left."""
    query = (
        select(Appointment)
        .where(Appointment.status == Status.PENDING, col(Appointment.held_until) < before)
        .order_by(col(Appointment.held_until))
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return (await session.exec(query)).all()
