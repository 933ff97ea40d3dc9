"""Meetings as rows. They are found by who set them up and by those who come; for anybody else there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import Patient, Practitioner
from server.kit import Keyring, NotFound, field_name
from server.scheduling.store import practitioners_in
from server.scheduling.tables import Appointment, AppointmentParticipant, Meeting, MeetingDate, MeetingPatient


@dataclass(frozen=True, slots=True)
class Found:
    """A meeting with its dates in order, those who come, and the patients whom it is about by name."""

    meeting: Meeting
    dates: Sequence[Appointment]
    people: Sequence[Practitioner]
    patients: Sequence[Patient]


async def meeting_by_id(session: AsyncSession, actor: Actor, meeting_id: UUID | None) -> Found:
    """Give a meeting of the actor's. Raises NotFound."""
    query = select(Meeting).where(Meeting.id == meeting_id, _is_of(actor))
    meeting = (await session.exec(query)).first()
    if meeting is None:
        raise NotFound
    dates = (
        await session.exec(
            select(Appointment)
            .join(MeetingDate, col(MeetingDate.appointment_id) == Appointment.id)
            .where(MeetingDate.meeting_id == meeting.id)
            .order_by(col(Appointment.starts_at))
        )
    ).all()
    found = await practitioners_in(session, actor, [row.id for row in dates])
    people = {one.id: one for row in dates for one in found.get(row.id, [])}
    patients = (
        await session.exec(
            select(Patient)
            .join(MeetingPatient, col(MeetingPatient.patient_id) == Patient.id)
            .where(MeetingPatient.meeting_id == meeting.id)
            .order_by(Patient.family_key, Patient.given_key)
        )
    ).all()
    return Found(meeting, dates, list(people.values()), patients)


async def upcoming_dates(session: AsyncSession, actor: Actor, now: datetime) -> Sequence[tuple[Appointment, Meeting]]:
    """Give the dates of the actor's meetings that are not over and take place, in order."""
    query = (
        select(Appointment, Meeting)
        .join(MeetingDate, col(MeetingDate.appointment_id) == Appointment.id)
        .join(Meeting, col(Meeting.id) == MeetingDate.meeting_id)
        .where(Appointment.ends_at > now, Appointment.status == "booked", _is_of(actor))
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )
    return (await session.exec(query)).all()


async def meeting_patient(session: AsyncSession, meeting: Meeting, patient_id: UUID) -> MeetingPatient | None:
    """Give the row that a meeting, found for the actor, is about a patient."""
    query = select(MeetingPatient).where(
        MeetingPatient.meeting_id == meeting.id, MeetingPatient.patient_id == patient_id
    )
    return (await session.exec(query)).first()


def title_of(keyring: Keyring, meeting: Meeting) -> str:
    """Open what a meeting is called."""
    return keyring.open(meeting.title, field_name("meeting", meeting.id, "title"))


def seal_title(keyring: Keyring, meeting_id: UUID, title: str) -> bytes:
    """Seal what a meeting is called."""
    return keyring.seal(title, field_name("meeting", meeting_id, "title"))


def _is_of(actor: Actor) -> ColumnElement[bool]:
    comes = (
        select(MeetingDate.meeting_id)
        .join(AppointmentParticipant, col(AppointmentParticipant.appointment_id) == MeetingDate.appointment_id)
        .join(Practitioner, col(Practitioner.id) == AppointmentParticipant.practitioner_id)
        .where(Practitioner.account_id == actor.account_id, Practitioner.organization_id == actor.organization_id)
    )
    mine = or_(col(Meeting.created_by) == actor.account_id, col(Meeting.id).in_(comes))
    return and_(col(Meeting.organization_id) == actor.organization_id, mine)
