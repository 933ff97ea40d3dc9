"""Asking another clinician into a visit that one conducts: from then on they take part in it, as the first one does.

Until they come, who asked may take it back, and they may decline; then they take part no more.
"""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Why
from server.audit import Subject, note
from server.calls import Live
from server.db import after_commit
from server.kit import N_, Conflict, Forbidden, Gone, Invalid
from server.kit.ids import new_id
from server.scheduling import add_practitioner, remove_practitioner
from server.visits.actions import OVER, tell_of_invitation
from server.visits.invite_rules import Asked, may_take_back
from server.visits.invite_store import answer, held_visit, invitation_by_id, may_be_invited, own_invitation
from server.visits.store import visit_by_id
from server.visits.tables import Encounter, VisitInvitation
from server.web import Deps

ANSWERED = N_("Your colleague has answered already.")


async def invite(
    deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, practitioner_id: UUID | None, *, agreed: bool
) -> None:
    """Let a colleague take part; asking somebody twice asks once. They read it at once, on whatever page they are.

    Raises Gone when the visit is over, and Invalid when the patient did not agree or nobody was chosen.
    """
    async with deps.database.write() as session:
        visit = await visit_by_id(session, actor, Action.CONDUCT_VISIT, encounter_id, lock=True)
        if visit.is_over:
            raise Gone(OVER)
        if practitioner_id in {person.id for person in visit.practitioners}:
            return
        if not agreed:
            raise Invalid({"agreed": N_("Ask the patient first.")}, {})
        colleagues = {person.id: person.account_id for person in await may_be_invited(session, actor, visit)}
        account_id = colleagues.get(practitioner_id) if practitioner_id else None
        if practitioner_id is None or account_id is None or actor.account_id is None:
            raise Invalid({"practitioner": N_("Choose who should come in.")}, {})
        add_practitioner(session, visit.appointment, practitioner_id)
        row = VisitInvitation(
            id=new_id(),
            organization_id=visit.encounter.organization_id,
            encounter_id=visit.encounter.id,
            practitioner_id=practitioner_id,
            account_id=account_id,
            invited_by=actor.account_id,
            invited_at=deps.now(),
            status=Asked.WAITING,
        )
        session.add(row)
        _noted(session, deps, live, actor, visit.encounter, row, "invite")


async def take_back(deps: Deps, live: Live, actor: Actor, invitation_id: UUID | None) -> UUID:
    """Take an invitation back that nobody has taken up; taking it back twice does it once. Gives the visit's id.

    Raises Conflict when the colleague has come or declined, Forbidden when somebody else asked, Gone after the end.
    """
    async with deps.database.write() as session:
        row = await invitation_by_id(session, actor, invitation_id)
        visit = await visit_by_id(session, actor, Action.CONDUCT_VISIT, row.encounter_id, lock=True)
        if not may_take_back(row, actor.account_id, visit.lead.account_id):
            raise Forbidden
        if visit.is_over:
            raise Gone(OVER)
        if await answer(session, row.id, Asked.WITHDRAWN, deps.now()):
            await remove_practitioner(session, visit.appointment, row.practitioner_id)
            _noted(session, deps, live, actor, visit.encounter, row, "take_back_invite")
            return visit.encounter.id
        await session.refresh(row)
        if row.status != Asked.WITHDRAWN:
            raise Conflict(ANSWERED)
        return visit.encounter.id


async def close_notice(deps: Deps, live: Live, actor: Actor, invitation_id: UUID | None) -> None:
    """Decline an open invitation of one's own; of one that was taken back, keep that this was read.

    What was answered before stays as it is. Raises NotFound for anybody else's.
    """
    async with deps.database.write() as session:
        row = await own_invitation(session, actor, invitation_id)
        encounter, appointment = await held_visit(session, row)
        if await answer(session, row.id, Asked.DECLINED, deps.now()):
            await remove_practitioner(session, appointment, row.practitioner_id)
            _noted(session, deps, live, actor, encounter, row, "decline_invite", Why.PARTICIPANT)
        elif row.status == Asked.WITHDRAWN and row.seen_at is None:
            row.seen_at = deps.now()


def _noted(
    session: AsyncSession,
    deps: Deps,
    live: Live,
    actor: Actor,
    encounter: Encounter,
    row: VisitInvitation,
    action: str,
    why: str = "",
) -> None:
    note(session, deps.now(), actor, action, Subject("Encounter", encounter.id, encounter.patient_id), why)
    after_commit(session, lambda: live.changed(encounter.organization_id, "today"))
    tell_of_invitation(session, live, encounter, row.account_id)
