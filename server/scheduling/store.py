"""Queries of appointments, within the actor's organization."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.kit import NotFound
from server.scheduling.tables import Appointment, AppointmentParticipant


async def appointments_between(
    session: AsyncSession, actor: Actor, start: datetime, end: datetime, practitioner_id: UUID | None = None
) -> Sequence[Appointment]:
    """Give the appointments that start in a span, in order; of one practitioner when one is named."""
    query = select(Appointment).where(
        Appointment.organization_id == actor.organization_id,
        Appointment.starts_at >= start,
        Appointment.starts_at < end,
    )
    if practitioner_id is not None:
        mine = select(AppointmentParticipant.appointment_id).where(
            AppointmentParticipant.practitioner_id == practitioner_id
        )
        query = query.where(col(Appointment.id).in_(mine))
    return (await session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id)))).all()


async def appointment_by_id(session: AsyncSession, actor: Actor, appointment_id: UUID) -> Appointment:
    """Give one appointment. Raises NotFound."""
    row = await session.get(Appointment, appointment_id)
    if row is None or row.organization_id != actor.organization_id:
        raise NotFound
    return row


async def appointments_by_ids(session: AsyncSession, actor: Actor, ids: Collection[UUID]) -> dict[UUID, Appointment]:
    """Give several appointments of the actor's organization by id."""
    query = select(Appointment).where(
        col(Appointment.id).in_(ids), Appointment.organization_id == actor.organization_id
    )
    return {row.id: row for row in (await session.exec(query)).all()}


async def participants_of(
    session: AsyncSession, actor: Actor, appointment_ids: Collection[UUID]
) -> Sequence[AppointmentParticipant]:
    """Give the participants of several appointments, in the order in which they were added."""
    query = select(AppointmentParticipant).where(
        col(AppointmentParticipant.appointment_id).in_(appointment_ids),
        AppointmentParticipant.organization_id == actor.organization_id,
    )
    return (await session.exec(query.order_by(col(AppointmentParticipant.id)))).all()


def practitioner_ids(participants: Iterable[AppointmentParticipant]) -> list[UUID]:
    """Give the practitioners among participants, in order."""
    return [p.practitioner_id for p in participants if p.practitioner_id]
