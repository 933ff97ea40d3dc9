"""What the requester does with a case that rings: sooner, in writing, wait for somebody, or take it back."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.case_store import Case, candidates_of, case_by_id
from server.consults.plan_store import on_duty_of, plan_of
from server.consults.ring_actions import Desk, happen
from server.consults.ring_events import Begin, Event, Finish, RaiseUrgency, RefuseOffer, SwitchToWritten, TakeOffer
from server.consults.ring_state import Ending, Plan, Ringing
from server.consults.ring_store import state_of
from server.consults.service_rules import Urgency
from server.directory import practitioners_by_ids
from server.kit import N_, Conflict
from server.kit.ids import AccountId
from server.web import Deps

PAST = N_("The case has moved on meanwhile. This is how it is now.")


async def raise_urgency(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, urgency: Urgency) -> None:
    """Need it sooner: the plan of that urgency begins. Raises Conflict when it is as urgent already, or taken."""
    async with deps.database.write() as session:
        case = await _asked(session, actor, consult_id)
        plan = await _plan(session, case, urgency)
        await _do(session, deps, live, case, RaiseUrgency(urgency, plan), "raise_consult")
        case.consult.urgency = urgency


async def ring_again(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None) -> None:
    """Have a written case ring after all; what was written is kept."""
    async with deps.database.write() as session:
        case = await _asked(session, actor, consult_id)
        plan = await _plan(session, case, Urgency(case.consult.urgency))
        there = await on_duty_of(session, case.consult.organization_id, plan.covering, deps.now())
        await _do(session, deps, live, case, Begin(plan, there), "ring_consult")


async def switch_to_written(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None) -> None:
    """Have it answered in writing, with everything kept. Raises Conflict when it is over."""
    await _simply(deps, live, actor, consult_id, SwitchToWritten(), "write_consult")


async def cancel_consult(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None) -> None:
    """Take a case back before somebody took it. Raises Conflict afterwards."""
    await _simply(deps, live, actor, consult_id, Finish(Ending.CANCELLED), "cancel_consult")


async def decide_offer(
    deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, ring_number: int, *, wait: bool
) -> None:
    """Wait for somebody who offered at a ring to come later, or rather not. Raises Conflict when the offer is gone."""
    async with deps.database.write() as session:
        case = await _asked(session, actor, consult_id)
        state = state_of(case.consult)
        promises = state.promises if isinstance(state, Ringing) else ()
        account = next((one.account for one in promises if one.number == ring_number), None)
        if account is None:
            raise Conflict(PAST)
        event: Event = TakeOffer(account, ring_number) if wait else RefuseOffer(account, ring_number)
        await _do(session, deps, live, case, event, "take_offer" if wait else "refuse_offer")


async def _simply(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, event: Event, action: str) -> None:
    async with deps.database.write() as session:
        await _do(session, deps, live, await _asked(session, actor, consult_id), event, action)


async def _asked(session: AsyncSession, actor: Actor, consult_id: UUID | None) -> Case:
    """Hold a case of the actor's own for change. Raises NotFound or Forbidden for anybody else's."""
    return await case_by_id(session, actor, Action.CHANGE_CONSULT, consult_id, lock=True)


async def _do(session: AsyncSession, deps: Deps, live: Live, case: Case, event: Event, action: str) -> None:
    consult = case.consult
    if not await happen(Desk(session, deps, live, consult), event, case.actor.account_id):
        raise Conflict(PAST)
    subject = Subject("ServiceRequest", consult.id, consult.patient_id)
    note(session, deps.now(), case.actor, action, subject, case.why)


async def _plan(session: AsyncSession, case: Case, urgency: Urgency) -> Plan:
    """Give how the case rings with that urgency, by whom the matching had ranked."""
    ranked = [row.practitioner_id for row in await candidates_of(session, case.consult.id) if row.rank]
    people = await practitioners_by_ids(session, case.actor, ranked)
    covering = [AccountId(account) for id_ in ranked if id_ in people and (account := people[id_].account_id)]
    return await plan_of(session, case.actor, case.consult.service_id, urgency, covering)
