"""Visits whose patients are to be reminded, of all organizations: reminding is the server's own work."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import Patient
from server.kit.ids import new_id
from server.scheduling import Appointment, AppointmentReminder, Status, Timed
from server.visits.tables import Encounter

_EARLIER = timedelta(days=1)  # at most so much earlier than set, because of quiet hours


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A visit that is ahead, and which of its reminders were dealt with, in minutes before."""

    organization_id: UUID
    encounter_id: UUID
    appointment_id: UUID
    sequence: int
    timed: Timed
    handled: frozenset[int]


async def upcoming_visits(session: AsyncSession, now: datetime, offsets: Collection[int]) -> Sequence[Upcoming]:
    """Give the visits of which a reminder may be due, the next one first. Those that are far off are left out."""
    open_ones = [
        and_(
            col(Appointment.starts_at) <= now + timedelta(minutes=minutes) + _EARLIER,
            ~exists().where(
                col(AppointmentReminder.appointment_id) == Appointment.id,
                col(AppointmentReminder.sequence) == Appointment.sequence,
                col(AppointmentReminder.minutes_before) == minutes,
            ),
        )
        for minutes in offsets
    ]
    query = (
        select(Appointment, Encounter.id, Patient.time_zone)
        .join(Encounter, col(Encounter.appointment_id) == Appointment.id)
        .join(Patient, col(Patient.id) == Encounter.patient_id)
        .where(Appointment.status == Status.BOOKED, Encounter.status == "planned", Appointment.starts_at > now)
        .where(or_(*open_ones))
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )
    rows = (await session.exec(query)).all()
    handled = await _handled(session, [appointment.id for appointment, _, _ in rows])
    return [
        Upcoming(
            row.organization_id,
            encounter_id,
            row.id,
            row.sequence,
            Timed(row.starts_at, row.time_set_at or row.created_at, zone),
            frozenset(handled[row.id, row.sequence]),
        )
        for row, encounter_id, zone in rows
    ]


async def claim_reminder(session: AsyncSession, actor: Actor, row: AppointmentReminder) -> bool:
    """Deal with a reminder, in the caller's transaction; False when that was done already: of any number, one does."""
    connection = await session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {**row.model_dump(), "id": new_id(), "organization_id": actor.organization_id}
    once = insert(AppointmentReminder).values(values).on_conflict_do_nothing()
    return (await connection.execute(once)).rowcount == 1


async def reminders_of(session: AsyncSession, actor: Actor, appointment_id: UUID) -> Sequence[AppointmentReminder]:
    """Give the reminders that went out for an appointment of the actor's organization, the first one first."""
    query = select(AppointmentReminder).where(
        AppointmentReminder.appointment_id == appointment_id,
        AppointmentReminder.organization_id == actor.organization_id,
        or_(col(AppointmentReminder.mailed), col(AppointmentReminder.texted)),
    )
    return (await session.exec(query.order_by(col(AppointmentReminder.handled_at)))).all()


async def _handled(session: AsyncSession, appointment_ids: Collection[UUID]) -> dict[tuple[UUID, int], set[int]]:
    query = select(AppointmentReminder).where(col(AppointmentReminder.appointment_id).in_(appointment_ids))
    found: dict[tuple[UUID, int], set[int]] = defaultdict(set)
    for row in (await session.exec(query)).all():
        found[row.appointment_id, row.sequence].add(row.minutes_before)
    return found
