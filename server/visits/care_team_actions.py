"""Who belongs to a patient's care team: adding a member of staff, and ending that."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.directory import CareTeamParticipant, Patient
from server.kit import N_, Invalid
from server.kit.ids import new_id
from server.visits.care_team_store import PatientRecord, may_join, participant_by_id, record_of_patient
from server.web import Deps

NOBODY = N_("Choose who joins the care team.")


async def add_to_care_team(deps: Deps, actor: Actor, patient_id: UUID | None, account_id: UUID | None) -> None:
    """Add a member of staff, who needs no tie before; adding twice is once.

    Raises NotFound, Forbidden for an actor without a tie, and Invalid for somebody who cannot be in a care team.
    """
    async with deps.database.write() as session:
        record = await _held(session, actor, patient_id)
        if account_id not in {account.id for account in await may_join(session, actor)}:
            raise Invalid({"account": NOBODY}, {})
        if account_id in record.facts.care_team:
            return
        row = CareTeamParticipant(
            id=new_id(),
            organization_id=actor.organization_id,
            patient_id=record.patient.id,
            account_id=account_id,
            added_at=deps.now(),
            added_by=actor.account_id,
        )
        session.add(row)
        subject = Subject("CareTeam", row.id, record.patient.id)
        note(session, deps.now(), actor, "add_to_care_team", subject, record.decision.why)


async def end_participation(deps: Deps, actor: Actor, patient_id: UUID | None, participant_id: UUID | None) -> None:
    """Take somebody out of a care team, or leave it; twice is once. Raises NotFound or Forbidden."""
    async with deps.database.write() as session:
        record = await _held(session, actor, patient_id)
        row = await participant_by_id(session, actor, record.patient.id, participant_id)
        if row.ended_at is not None:
            return
        row.ended_at = deps.now()
        subject = Subject("CareTeam", row.id, record.patient.id)
        note(session, deps.now(), actor, "end_participation", subject, record.decision.why)


async def _held(session: AsyncSession, actor: Actor, patient_id: UUID | None) -> PatientRecord:
    """Hold the patient's row before looking, so that of two who add the same person the second one sees it."""
    await session.exec(select(Patient.id).where(Patient.id == patient_id).with_for_update(key_share=True))
    return (await record_of_patient(session, actor, Action.CHANGE_CARE_TEAM, patient_id)).require()
