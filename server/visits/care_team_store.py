"""Queries of a patient's record as a whole: what ties staff to it, who is in its care team, and who could be.

It stands here and not in the directory because visits make ties: taking part in one, and its clinic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access import CARERS, Action, Actor, Decision, Record, decide, refusal
from server.directory import CareTeamParticipant, Patient, accounts_of, care_team_of, patient_by_id
from server.identity import Account, accounts_in_role
from server.kit import NotFound
from server.scheduling import Appointment, AppointmentParticipant, appointments_of_patient, practitioners_in

# A visit that was called off ties nobody to the patient.
_NO_TIE = frozenset({"cancelled", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """A patient whom the actor may know, what was asked, the decision about the record, and the facts behind it."""

    patient: Patient
    action: Action
    decision: Decision
    facts: Record

    def require(self) -> "PatientRecord":
        """Give this back when it was allowed. Raises Forbidden, which carries the refusal."""
        if not self.decision.allowed:
            raise refusal(self.action, self.decision, self.facts)
        return self


async def record_of_patient(
    session: AsyncSession, actor: Actor, action: Action, patient_id: UUID | None
) -> PatientRecord:
    """Give a patient's record with the decision, which is the caller's to `require`. Raises NotFound."""
    facts = await ties_of_patient(session, actor, patient_id)
    patient = await patient_by_id(session, actor, Action.READ_PATIENT, patient_id)
    return PatientRecord(patient, action, decide(actor, action, facts), facts)


async def ties_of_patient(session: AsyncSession, actor: Actor, patient_id: UUID | None) -> Record:
    """Give the facts about a patient's record, as the policy asks for them. Raises NotFound."""
    patient = await patient_by_id(session, actor, Action.READ_PATIENT, patient_id)
    appointments = [a for a in await appointments_of_patient(session, actor, patient.id) if a.status not in _NO_TIE]
    people = await practitioners_in(session, actor, [row.id for row in appointments])
    return Record(
        patient.organization_id,
        accounts=accounts_of(person for found in people.values() for person in found),
        patient_id=patient.id,
        clinics=frozenset(row.clinic_id for row in appointments),
        care_team=await care_team_of(session, actor, patient.id),
    )


def patients_of_clinics(actor: Actor) -> SelectOfScalar[Any]:
    """Give the query for those patients whose visits tie them to a clinic that the actor covers."""
    return (
        select(AppointmentParticipant.patient_id)
        .join(Appointment, col(Appointment.id) == AppointmentParticipant.appointment_id)
        .where(
            Appointment.organization_id == actor.organization_id,
            col(Appointment.clinic_id).in_(actor.clinics),
            col(Appointment.status).not_in(_NO_TIE),
            col(AppointmentParticipant.patient_id).is_not(None),
        )
    )


async def care_team(
    session: AsyncSession, actor: Actor, patient_id: UUID
) -> Sequence[tuple[CareTeamParticipant, Account]]:
    """Give who is in a patient's care team now, by name; the record was asked for before."""
    query = (
        select(CareTeamParticipant, Account)
        .join(Account, col(Account.id) == CareTeamParticipant.account_id)
        .where(
            CareTeamParticipant.patient_id == patient_id,
            CareTeamParticipant.organization_id == actor.organization_id,
            col(CareTeamParticipant.ended_at).is_(None),
        )
    )
    return (await session.exec(query.order_by(Account.name))).all()


async def may_join(session: AsyncSession, actor: Actor) -> Sequence[Account]:
    """Give the staff of the actor's organization who may be in a care team, by name."""
    return await accounts_in_role(session, actor, *sorted(CARERS))


async def participant_by_id(
    session: AsyncSession, actor: Actor, patient_id: UUID, participant_id: UUID | None
) -> CareTeamParticipant:
    """Give one place in a patient's care team, for change; the record was asked for before. Raises NotFound."""
    query = select(CareTeamParticipant).where(
        CareTeamParticipant.id == participant_id,
        CareTeamParticipant.patient_id == patient_id,
        CareTeamParticipant.organization_id == actor.organization_id,
    )
    found = (await session.exec(query.with_for_update())).first()
    if found is None:
        raise NotFound
    return found
