"""Setting up meetings, calling dates off, and saying whom a meeting is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.audit import Subject, note
from server.directory import Clinic, clinic_by_id, patient_by_id, practitioners_by_ids
from server.kit import NotFound
from server.kit.ids import new_id
from server.scheduling.actions import BookingTerms, SlotTaken, book, cancel
from server.scheduling.booking_rules import CancelReason, Status
from server.scheduling.meeting_store import Found, meeting_by_id, meeting_patient, seal_title
from server.scheduling.tables import Meeting, MeetingDate, MeetingPatient
from server.web import Deps


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting to set up. `key` becomes its id, so that a form sent twice makes one."""

    key: UUID
    clinic_id: UUID
    title: str
    practitioners: Sequence[UUID]
    dates: Sequence[datetime]
    minutes: int


async def set_up_meeting(deps: Deps, actor: Actor, new: NewMeeting) -> Sequence[datetime]:
    """Book a meeting on each of its dates that is free for all; gives those that are not. Sent twice, it is once.

    Raises NotFound for a person or clinic of another organization, and SlotTaken, and makes nothing, when no date is
    free.
    """
    require(actor, Action.CREATE_VISIT, Record(actor.organization_id))
    clinic = await _begin(deps, actor, new)
    if clinic is None:
        return []
    lost, busy = [], frozenset[UUID]()
    for starts_at in new.dates:
        try:
            await _book(deps, actor, new, clinic, starts_at)
        except SlotTaken as error:
            lost.append(starts_at)
            busy |= error.practitioner_ids
    if len(lost) == len(new.dates):
        async with deps.database.write() as session:
            await session.exec(delete(Meeting).where(col(Meeting.id) == new.key))
        raise SlotTaken(practitioner_ids=busy)
    return lost


async def call_off(deps: Deps, actor: Actor, meeting_id: UUID | None, appointment_id: UUID | None = None) -> None:
    """Call one date of a meeting off, or all that are to come; twice is once. Raises NotFound."""
    async with deps.database.read() as session:
        found = await meeting_by_id(session, actor, meeting_id)
    coming = [one for one in found.dates if one.status == Status.BOOKED and one.ends_at > deps.now()]
    if appointment_id is not None and appointment_id not in {one.id for one in found.dates}:
        raise NotFound
    for row in coming:
        if appointment_id in {None, row.id}:
            async with deps.database.write() as session:
                await cancel(session, deps, actor, row.id, CancelReason.PROVIDER)


async def speak_of(deps: Deps, actor: Actor, meeting_id: UUID | None, patient_id: UUID | None) -> None:
    """Put a patient on a meeting's list; twice is once. Raises NotFound."""
    async with deps.database.write() as session:
        found = await meeting_by_id(session, actor, meeting_id)
        patient = await patient_by_id(session, actor, Action.READ_PATIENT, patient_id)
        if await meeting_patient(session, found.meeting, patient.id):
            return
        row = MeetingPatient(
            id=new_id(),
            organization_id=actor.organization_id,
            meeting_id=found.meeting.id,
            patient_id=patient.id,
            added_at=deps.now(),
        )
        session.add(row)
        note(session, deps.now(), actor, "add_to_meeting", Subject("Appointment", found.meeting.id, patient.id))


async def speak_no_more_of(deps: Deps, actor: Actor, meeting_id: UUID | None, patient_id: UUID | None) -> None:
    """Take a patient off a meeting's list; twice is once. Raises NotFound for what is not the actor's."""
    async with deps.database.write() as session:
        found = await meeting_by_id(session, actor, meeting_id)
        row = await meeting_patient(session, found.meeting, patient_id) if patient_id else None
        if row is not None:
            await session.delete(row)
            about = Subject("Appointment", found.meeting.id, row.patient_id)
            note(session, deps.now(), actor, "take_off_meeting", about)


async def looked_at(deps: Deps, actor: Actor, meeting_id: UUID | None) -> Found:
    """Find a meeting of the actor's, and note whose names they read with it. Raises NotFound."""
    async with deps.database.write() as session:
        found = await meeting_by_id(session, actor, meeting_id)
        for patient in found.patients:
            note(session, deps.now(), actor, "read", Subject("Patient", patient.id, patient.id), "meeting")
    return found


async def _begin(deps: Deps, actor: Actor, new: NewMeeting) -> Clinic | None:
    """Save what the meeting is called; None when the same form did so before."""
    async with deps.database.write() as session:
        known = await session.get(Meeting, new.key)
        if known is not None:
            await meeting_by_id(session, actor, new.key)
            return None
        people = await practitioners_by_ids(session, actor, new.practitioners)
        if not people or set(people) != set(new.practitioners) or actor.account_id is None:
            raise NotFound
        clinic = await clinic_by_id(session, actor, new.clinic_id)
        session.add(_row(deps, actor, new, actor.account_id))
        note(session, deps.now(), actor, "create", Subject("Appointment", new.key))
    return clinic


def _row(deps: Deps, actor: Actor, new: NewMeeting, who: UUID) -> Meeting:
    return Meeting(
        id=new.key,
        organization_id=actor.organization_id,
        clinic_id=new.clinic_id,
        title=seal_title(deps.keyring, new.key, new.title),
        created_at=deps.now(),
        created_by=who,
    )


async def _book(deps: Deps, actor: Actor, new: NewMeeting, clinic: Clinic, starts_at: datetime) -> None:
    async with deps.database.write() as session:
        terms = BookingTerms(clinic, None, list(new.practitioners), starts_at, new.minutes)
        appointment = await book(session, deps, actor, terms)
        await _add_date(session, actor, new.key, appointment.id)


async def _add_date(session: AsyncSession, actor: Actor, meeting_id: UUID, appointment_id: UUID) -> None:
    session.add(
        MeetingDate(
            id=new_id(),
            organization_id=actor.organization_id,
            meeting_id=meeting_id,
            appointment_id=appointment_id,
        )
    )
