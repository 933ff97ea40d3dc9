"""Whose time is taken.

Who takes time locks the practitioners first, in the order of their ids: of any number who want it, one gets it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import and_, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import Practitioner
from server.scheduling.booking_rules import Answer, CancelReason, Claim, Status, ran_out
from server.scheduling.tables import Appointment, AppointmentParticipant


async def lock_practitioners(session: AsyncSession, actor: Actor, practitioner_ids: Collection[UUID]) -> None:
    """Have others who book these practitioners wait until this transaction ends. SQLite has one writer anyway.

    Rows that refer to a practitioner may still be added meanwhile (FOR NO KEY UPDATE).
    """
    query = (
        select(Practitioner.id)
        .where(col(Practitioner.id).in_(practitioner_ids), Practitioner.organization_id == actor.organization_id)
        .order_by(col(Practitioner.id))
        .with_for_update(key_share=True)
    )
    (await session.exec(query)).all()


async def taken_among(
    session: AsyncSession, actor: Actor, wanted: Mapping[UUID, Claim], now: datetime, but: UUID | None = None
) -> set[UUID]:
    """Give the practitioners whose time is taken; holds that ran out are ended on the way.

    `but` is the appointment that is being moved. Locks the appointments whose holds it ends.
    """
    taken: set[UUID] = set()
    for row, appointment in await _in_the_way(session, actor, wanted):
        if appointment.id == but or row.practitioner_id is None:
            continue
        if ran_out(appointment.status, appointment.held_until, now):
            await _end_hold(session, appointment, now)
        else:
            taken.add(row.practitioner_id)
    return taken


async def practitioner_rows(
    session: AsyncSession, actor: Actor, appointment_id: UUID
) -> dict[UUID, AppointmentParticipant]:
    """Give the participant rows of an appointment's practitioners, by practitioner, in the order they were added."""
    query = (
        select(AppointmentParticipant)
        .where(
            AppointmentParticipant.appointment_id == appointment_id,
            AppointmentParticipant.organization_id == actor.organization_id,
            col(AppointmentParticipant.practitioner_id).is_not(None),
        )
        .order_by(col(AppointmentParticipant.id))
    )
    rows = (await session.exec(query)).all()
    return {row.practitioner_id: row for row in rows if row.practitioner_id is not None}


async def patient_of(session: AsyncSession, actor: Actor, appointment_id: UUID) -> UUID | None:
    """Give the patient of an appointment of the actor's organization; None when it has none, or several."""
    query = select(AppointmentParticipant.patient_id).where(
        AppointmentParticipant.appointment_id == appointment_id,
        AppointmentParticipant.organization_id == actor.organization_id,
        col(AppointmentParticipant.patient_id).is_not(None),
    )
    found = (await session.exec(query)).all()
    return found[0] if len(found) == 1 else None


async def locked_appointment(session: AsyncSession, actor: Actor, appointment_id: UUID) -> Appointment | None:
    """Give an appointment of the actor's organization as it is now, locked until the transaction ends."""
    query = select(Appointment).where(
        Appointment.id == appointment_id, Appointment.organization_id == actor.organization_id
    )
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.exec(locked)).one_or_none()


async def set_answer(session: AsyncSession, actor: Actor, appointment_id: UUID, answer: Answer) -> bool:
    """Write what the patients of an appointment say of coming; tells whether they had said something else."""
    changed = await session.exec(
        update(AppointmentParticipant)
        .where(
            col(AppointmentParticipant.appointment_id) == appointment_id,
            col(AppointmentParticipant.organization_id) == actor.organization_id,
            col(AppointmentParticipant.patient_id).is_not(None),
            col(AppointmentParticipant.status) != answer,
        )
        .values(status=answer)
    )
    return bool(changed.rowcount)


def free(rows: Collection[AppointmentParticipant]) -> None:
    """Give the practitioners of an appointment their time back."""
    for row in rows:
        row.busy_from = row.busy_until = None


async def _in_the_way(
    session: AsyncSession, actor: Actor, wanted: Mapping[UUID, Claim]
) -> list[tuple[AppointmentParticipant, Appointment]]:
    overlaps = [
        and_(
            col(AppointmentParticipant.practitioner_id) == id_,
            col(AppointmentParticipant.busy_from) < claim.end,
            col(AppointmentParticipant.busy_until) > claim.start,
        )
        for id_, claim in wanted.items()
    ]
    query = (
        select(AppointmentParticipant, Appointment)
        .join(Appointment, col(Appointment.id) == AppointmentParticipant.appointment_id)
        .where(AppointmentParticipant.organization_id == actor.organization_id, or_(*overlaps))
        .order_by(col(AppointmentParticipant.id))
        .execution_options(populate_existing=True)
    )
    return list((await session.exec(query)).all())


async def _end_hold(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    appointment.status, appointment.held_until = Status.CANCELLED, None
    appointment.cancelled_at, appointment.cancel_reason = now, CancelReason.RAN_OUT
    rows = select(AppointmentParticipant).where(AppointmentParticipant.appointment_id == appointment.id)
    free((await session.exec(rows)).all())
    await session.flush()
