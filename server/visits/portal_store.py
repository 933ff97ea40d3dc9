"""Queries for a patient who is signed in with an account: whose visits these are, and the visits themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.directory import Clinic, Organization, Patient, Practitioner, patient_by_id
from server.identity import AccessLink, AccountLink, PatientAccount, memberships_of
from server.kit import NotFound
from server.scheduling import Appointment, practitioners_in
from server.visits.tables import Encounter

MOST_VISITS = 60


@dataclass(frozen=True, slots=True)
class Own:
    """Whose record is open, whose else the account may open, and whether it has work to go back to."""

    patient: Patient
    people: Sequence[Patient]
    works: bool


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """A visit as its patient sees it."""

    encounter: Encounter
    appointment: Appointment
    clinic: Clinic
    link: AccessLink
    practitioner: Practitioner


async def own_record(session: AsyncSession, actor: Actor) -> Own:
    """Give whose record the signed-in patient has open, and what the account may switch to. Raises NotFound."""
    patient = await patient_by_id(session, actor, Action.READ_OWN_RECORD, actor.patient_id)
    query = select(Patient).join(PatientAccount, col(PatientAccount.patient_id) == Patient.id)
    people = await session.exec(query.where(PatientAccount.account_id == actor.account_id).order_by(Patient.given_name))
    works = bool(actor.account_id and await memberships_of(session, actor.account_id))
    return Own(patient, people.all(), works)


async def own_visits(session: AsyncSession, actor: Actor) -> Sequence[OwnVisit]:
    """Give the signed-in patient's own visits, the latest 60, the last one first."""
    query = (
        select(Encounter, Appointment, Clinic, AccessLink)
        .join(Appointment, col(Appointment.id) == Encounter.appointment_id)
        .join(Clinic, col(Clinic.id) == Appointment.clinic_id)
        .join(AccessLink, col(AccessLink.id) == Encounter.link_id)
        .where(Encounter.patient_id == actor.patient_id, Encounter.organization_id == actor.organization_id)
        .order_by(col(Appointment.starts_at).desc(), col(Appointment.id).desc())
    )
    rows = (await session.exec(query.limit(MOST_VISITS))).all()
    leads = await practitioners_in(session, actor, [appointment.id for _, appointment, _, _ in rows])
    return [OwnVisit(*row, leads[row[1].id][0]) for row in rows]


async def patient_of_link(session: AsyncSession, link: AccountLink) -> tuple[Patient, Organization]:
    """Give the patient that a mailed link is about, whom the link itself names. Raises NotFound."""
    query = select(Patient, Organization).join(Organization, col(Organization.id) == Patient.organization_id)
    found = (await session.exec(query.where(Patient.id == link.patient_id))).first()
    if found is None:
        raise NotFound
    return found
