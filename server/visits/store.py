"""Queries of visits. Each takes the actor; a visit of another organization is not found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.directory import (
    Clinic,
    Patient,
    Practitioner,
    accounts_of,
    care_team_of,
)
from server.identity import AccessLink
from server.kit import Forbidden, Keyring, NotFound, field_name
from server.scheduling import Appointment, practitioners_in
from server.visits.tables import Encounter, SafetyCheck, TelehealthConsent


@dataclass(frozen=True, slots=True)
class Visit:
    """An encounter with everything around it that its pages show."""

    encounter: Encounter
    appointment: Appointment
    clinic: Clinic
    patient: Patient
    practitioners: Sequence[Practitioner]
    why: str

    @property
    def lead(self) -> Practitioner:
        """The practitioner whom the patient comes to see."""
        return self.practitioners[0]

    @property
    def is_over(self) -> bool:
        """Tell whether nobody comes in any more."""
        return self.encounter.status in {"finished", "cancelled"}

    def practitioner_of(self, actor: Actor) -> Practitioner:
        """Give the actor as one of the visit's practitioners, whom only CONDUCT_VISIT lets in. Raises Forbidden."""
        mine = [person for person in self.practitioners if person.account_id and person.account_id == actor.account_id]
        if not mine:
            raise Forbidden
        return mine[0]


@dataclass(frozen=True, slots=True)
class Safety:
    """A safety check, opened: where the patient is, how to reach them, whom to call, who else is in the room."""

    street: str = ""
    city: str = ""
    state: str = ""
    phone: str = ""
    emergency_name: str = ""
    emergency_phone: str = ""
    others_present: str = ""


async def visit_by_id(
    session: AsyncSession, actor: Actor, action: Action, encounter_id: UUID | None, *, lock: bool = False
) -> Visit:
    """Give a visit for an action; `lock` holds its encounter and appointment for change.

    Raises NotFound or Forbidden.
    """
    query = (
        select(Encounter, Appointment, Clinic, Patient)
        .join(Appointment, col(Appointment.id) == Encounter.appointment_id)
        .join(Clinic, col(Clinic.id) == Appointment.clinic_id)
        .join(Patient, col(Patient.id) == Encounter.patient_id)
        .where(Encounter.id == encounter_id)
    )
    row = (await session.exec(query.with_for_update(of=[Encounter, Appointment]) if lock else query)).first()
    if row is None:
        raise NotFound
    encounter, appointment, clinic, patient = row
    practitioners = (await practitioners_in(session, actor, [appointment.id])).get(appointment.id, [])
    record = record_of(encounter, appointment, practitioners, await care_team_of(session, actor, patient.id))
    return Visit(encounter, appointment, clinic, patient, practitioners, require(actor, action, record).why)


def record_of(
    visit: Encounter, appointment: Appointment, practitioners: Sequence[Practitioner], care_team: frozenset[UUID]
) -> Record:
    """Gather the facts that the policy asks for about one visit."""
    return Record(
        visit.organization_id,
        visit.id,
        accounts_of(practitioners),
        patient_id=visit.patient_id,
        clinics=frozenset({appointment.clinic_id}),
        care_team=care_team,
    )


async def was_made(session: AsyncSession, actor: Actor, encounter_id: UUID) -> bool:
    """Tell whether the actor's organization has an encounter with this id. Raises NotFound when another one has."""
    encounter = await session.get(Encounter, encounter_id)
    if encounter is None:
        return False
    require(actor, Action.CREATE_VISIT, Record(encounter.organization_id, encounter.id))
    return True


async def encounter_of(session: AsyncSession, actor: Actor, appointment_id: UUID) -> UUID | None:
    """Give the id of the visit that an appointment of the actor's organization has; None where it has none."""
    query = select(Encounter.id).where(
        Encounter.appointment_id == appointment_id, Encounter.organization_id == actor.organization_id
    )
    return (await session.exec(query)).first()


async def encounters_around(
    session: AsyncSession, actor: Actor, appointment_ids: Collection[UUID]
) -> Sequence[tuple[Encounter, Patient, AccessLink]]:
    """Give the encounters of several appointments of the actor's organization, each with its patient and its link.

    They are appointments that the actor has a tie to, or the caller asks the policy about each.
    """
    query = (
        select(Encounter, Patient, AccessLink)
        .join(Patient, col(Patient.id) == Encounter.patient_id)
        .join(AccessLink, col(AccessLink.id) == Encounter.link_id)
        .where(col(Encounter.appointment_id).in_(appointment_ids), Encounter.organization_id == actor.organization_id)
    )
    return (await session.exec(query)).all()


async def safety_checks(
    session: AsyncSession, actor: Actor, encounter_ids: Collection[UUID]
) -> dict[UUID, SafetyCheck]:
    """Give the safety checks of several encounters of the actor's organization."""
    query = select(SafetyCheck).where(
        col(SafetyCheck.encounter_id).in_(encounter_ids), SafetyCheck.organization_id == actor.organization_id
    )
    return {row.encounter_id: row for row in (await session.exec(query)).all()}


async def last_safety_check(session: AsyncSession, actor: Actor, patient_id: UUID) -> SafetyCheck | None:
    """Give what the patient confirmed last, for this visit or an earlier one, to fill the form in."""
    query = select(SafetyCheck).where(
        SafetyCheck.patient_id == patient_id, SafetyCheck.organization_id == actor.organization_id
    )
    return (await session.exec(query.order_by(col(SafetyCheck.confirmed_at).desc()).limit(1))).first()


async def consent_to(session: AsyncSession, actor: Actor, encounter_id: UUID) -> TelehealthConsent | None:
    """Give the latest consent to a visit."""
    query = select(TelehealthConsent).where(
        TelehealthConsent.encounter_id == encounter_id, TelehealthConsent.organization_id == actor.organization_id
    )
    return (await session.exec(query.order_by(col(TelehealthConsent.given_at).desc()).limit(1))).first()


def safety_row(keyring: Keyring, visit: Visit, row_id: UUID, safety: Safety, now: datetime) -> SafetyCheck:
    """Seal a safety check for storing."""

    def sealed(column: str) -> bytes:
        return keyring.seal(getattr(safety, column), field_name("safety_check", row_id, column))

    return SafetyCheck(
        id=row_id,
        organization_id=visit.encounter.organization_id,
        encounter_id=visit.encounter.id,
        patient_id=visit.patient.id,
        state=safety.state,
        confirmed_at=now,
        **{column: sealed(column) for column in _SEALED},
    )


def opened_safety(keyring: Keyring, row: SafetyCheck | None) -> Safety:
    """Open a safety check; empty when there is none."""
    if row is None:
        return Safety()
    texts = {
        column: keyring.open(getattr(row, column), field_name("safety_check", row.id, column)) for column in _SEALED
    }
    return Safety(state=row.state, **texts)


_SEALED = ("street", "city", "phone", "emergency_name", "emergency_phone", "others_present")
