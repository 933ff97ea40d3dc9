"""Taking a written case, and passing it on to a colleague or to a group: one has it, or it waits to be taken."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.answer_tables import ConsultAssignment
from server.consults.assignment_store import colleagues_for, groups_for, may_take
from server.consults.case_rules import Status
from server.consults.case_store import Case, acting_account, case_by_id
from server.consults.ring_actions import TOPIC, Desk, keep_event
from server.consults.ring_state import Written
from server.consults.ring_store import put_state, state_of
from server.db import after_commit
from server.kit import N_, Conflict, Forbidden, Invalid
from server.kit.ids import AccountId, new_id
from server.web import Deps

TAKEN = N_("A colleague has taken this case.")
PAST = N_("The case has moved on meanwhile. This is how it is now.")
NOBODY = N_("Choose a colleague or a group.")


async def take_case(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None) -> None:
    """Take a written case that nobody has; taking one's own again changes nothing.

    Raises NotFound, Forbidden for who may not, and Conflict when a colleague was first or it is not written any more.
    """
    async with deps.database.write() as session:
        case = await case_by_id(session, actor, Action.ANSWER_CONSULT, consult_id, lock=True)
        me = acting_account(case)
        if case.is_specialist:
            return
        if case.consult.accepted_by:
            raise Conflict(TAKEN)
        _check_written(case)
        if me not in await may_take(session, case.consult):
            raise Forbidden
        case.consult.accepted_at = deps.now()
        await _give(session, deps, live, case, me, "taken", "take_consult")


async def pass_on(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, whom: UUID | None) -> None:
    """Give a written case to a colleague who matched, or to a group that covers it; then it waits to be taken.

    Only who has it may, and who could take it. Raises as `take_case`, and Invalid for anybody else.
    """
    async with deps.database.write() as session:
        case = await case_by_id(session, actor, Action.ANSWER_CONSULT, consult_id, lock=True)
        _check_written(case)
        me = acting_account(case)
        if not case.is_specialist and me not in await may_take(session, case.consult):
            raise Conflict(TAKEN) if case.consult.accepted_by else Forbidden()
        people = dict(await colleagues_for(session, case.consult, me))
        groups = dict(await groups_for(session, case.consult))
        if whom is None or whom not in people | groups:
            raise Invalid({"whom": NOBODY}, {})
        is_person = whom in people
        session.add(
            ConsultAssignment(
                id=new_id(),
                organization_id=case.consult.organization_id,
                consult_id=case.consult.id,
                account_id=whom if is_person else None,
                group_id=None if is_person else whom,
                assigned_by=me,
                assigned_at=deps.now(),
            )
        )
        await session.flush()
        await _give(session, deps, live, case, None, "passed-on", "pass_on_consult")
        for account_id in await may_take(session, case.consult):
            after_commit(session, partial(live.changed_for, account_id, TOPIC))


async def _give(
    session: AsyncSession, deps: Deps, live: Live, case: Case, owner: UUID | None, kind: str, word: str
) -> None:
    """Write whose a case is now into its row and its state, and wake whom that concerns."""
    consult = case.consult
    concerned = (consult.requester_id, consult.accepted_by, owner)
    told = {account_id for account_id in concerned if account_id and account_id != case.actor.account_id}
    consult.accepted_by = owner
    state = state_of(consult)
    if isinstance(state, Written):
        put_state(consult, replace(state, owner=AccountId(owner) if owner else None))
    keep_event(Desk(session, deps, live, consult), kind, case.actor.account_id)
    subject = Subject("ServiceRequest", consult.id, consult.patient_id)
    note(session, deps.now(), case.actor, word, subject, case.why)
    for account_id in told:
        after_commit(session, partial(live.changed_for, account_id, TOPIC))


def _check_written(case: Case) -> None:
    if case.consult.status != Status.WRITTEN:
        raise Conflict(PAST)
