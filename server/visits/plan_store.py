"""Queries for patients who change and book visits by themselves: whose visits these are, and whom they know."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.directory import Clinic, Patient, clinics_of, patient_by_id
from server.scheduling import Appointment, Status, VisitType, appointments_of_patient, practitioners_in
from server.visits.store import last_safety_check, visit_by_id
from server.visits.tables import Encounter

KNOWN_FROM = 20  # visits, the latest ones


async def patient_who_plans(session: AsyncSession, actor: Actor) -> Patient:
    """Give the patient who plans: of the link's visit, or whose account is open. Raises NotFound."""
    if actor.encounter_id is not None:
        return (await visit_by_id(session, actor, Action.PLAN_OWN_VISITS, actor.encounter_id)).patient
    return await patient_by_id(session, actor, Action.PLAN_OWN_VISITS, actor.patient_id)


async def known_practitioners(session: AsyncSession, actor: Actor, patient_id: UUID) -> list[UUID]:
    """Give the practitioners whom a patient has visits with, of the latest one first."""
    latest = [one.id for one in await appointments_of_patient(session, actor, patient_id)][:KNOWN_FROM]
    people = await practitioners_in(session, actor, latest)
    return list(dict.fromkeys(person.id for id_ in latest for person in people.get(id_, ())))


async def own_times(
    session: AsyncSession, actor: Actor, patient_id: UUID, but: UUID | None = None
) -> list[tuple[datetime, datetime]]:
    """Give when a patient has other visits, from start to end; `but` is the appointment that is being moved."""
    theirs = await appointments_of_patient(session, actor, patient_id)
    kept = {Status.BOOKED, Status.ARRIVED}
    return [(one.starts_at, one.ends_at) for one in theirs if one.status in kept and one.id != but]


async def own_clinic(session: AsyncSession, actor: Actor, patient_id: UUID) -> Clinic:
    """Give the clinic that a patient calls: of the latest visit, else the organization's first."""
    clinics = await clinics_of(session, actor)
    latest = next(iter(await appointments_of_patient(session, actor, patient_id)), None)
    return next((one for one in clinics if latest and one.id == latest.clinic_id), clinics[0])


async def last_state(session: AsyncSession, actor: Actor, patient_id: UUID) -> str:
    """Give the state in which a patient was last, by its postal code; empty when nothing is known."""
    check = await last_safety_check(session, actor, patient_id)
    return check.state if check else ""


async def visit_type_of(session: AsyncSession, appointment: Appointment) -> VisitType | None:
    """Give the kind of visit that an appointment is, whether it is still offered or not."""
    return await session.get(VisitType, appointment.visit_type_id) if appointment.visit_type_id else None


async def encounter_of(session: AsyncSession, appointment: Appointment) -> Encounter | None:
    """Give the visit that was set up for an appointment, which was found within the organization before."""
    return (await session.exec(select(Encounter).where(Encounter.appointment_id == appointment.id))).first()
