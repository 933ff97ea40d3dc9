"""A patient asks to be called instead of the video; one of the staff takes it, and says when it is done."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.db import after_commit
from server.kit import N_, Conflict, Gone, NotFound
from server.kit.ids import new_id
from server.visits.actions import OVER, tell_staff
from server.visits.callback_rules import CallbackState, callback_state
from server.visits.callback_store import callback_row, sealed_phone
from server.visits.store import Visit, visit_by_id
from server.visits.tables import CallbackRequest
from server.web import Deps

TAKEN = N_("Somebody else calls already.")


async def ask_for_call(deps: Deps, live: Live, actor: Actor, phone: str) -> None:
    """Keep that the patient wants to be called, at which number; again, it corrects the number or opens it anew.

    Raises Gone when the visit is over.
    """
    async with deps.database.write() as session:
        visit = await visit_by_id(session, actor, Action.ATTEND_VISIT, actor.encounter_id, lock=True)
        if visit.is_over:
            raise Gone(OVER)
        row = await callback_row(session, visit)
        if row is None:
            row = _new_row(deps, visit, phone)
            session.add(row)
        elif callback_state(row) is CallbackState.DONE:
            row.taken_by = row.taken_at = row.done_at = None
            row.asked_at = deps.now()
        row.phone = sealed_phone(deps.keyring, row.id, phone)
        _noted(session, deps, live, actor, visit, "ask_for_call")


async def take_call(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> None:
    """Have the actor be the one who calls: the first of those who try. Raises Conflict for the others."""
    async with deps.database.write() as session:
        visit, row = await _open_request(session, actor, encounter_id)
        if row.taken_by == actor.account_id:
            return
        if callback_state(row) is not CallbackState.ASKED:
            raise Conflict(TAKEN)
        row.taken_by, row.taken_at = actor.account_id, deps.now()
        _noted(session, deps, live, actor, visit, "take_call")


async def finish_call(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> None:
    """Write that the patient was called; the second time changes nothing."""
    async with deps.database.write() as session:
        visit, row = await _open_request(session, actor, encounter_id)
        if callback_state(row) is CallbackState.DONE:
            return
        row.done_at = deps.now()
        _noted(session, deps, live, actor, visit, "finish_call")


async def _open_request(
    session: AsyncSession, actor: Actor, encounter_id: UUID | None
) -> tuple[Visit, CallbackRequest]:
    """Give the visit, locked, and its request: of two who take it, the second waits and sees what the first wrote.

    Also after the end of the visit: somebody still waits for the call.
    """
    visit = await visit_by_id(session, actor, Action.MANAGE_VISIT, encounter_id, lock=True)
    row = await callback_row(session, visit)
    if row is None:
        raise NotFound
    return visit, row


def _new_row(deps: Deps, visit: Visit, phone: str) -> CallbackRequest:
    row_id = new_id()
    return CallbackRequest(
        id=row_id,
        organization_id=visit.encounter.organization_id,
        encounter_id=visit.encounter.id,
        patient_id=visit.patient.id,
        phone=sealed_phone(deps.keyring, row_id, phone),
        asked_at=deps.now(),
    )


def _noted(session: AsyncSession, deps: Deps, live: Live, actor: Actor, visit: Visit, action: str) -> None:
    about = Subject("Encounter", visit.encounter.id, visit.patient.id)
    note(session, deps.now(), actor, action, about, visit.why)
    room = str(visit.encounter.room_id)
    after_commit(session, lambda: tell_staff(live, visit))
    after_commit(session, lambda: live.commands.changed(room, "visit"))
