"""What a specialist does with a ring: take the case, decline, come a little later, or name a colleague.

Of any number who accept at once one wins; the others read who.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.case_rules import Status
from server.consults.case_store import Case, acting_account, case_by_id, seal_remark
from server.consults.case_tables import ConsultRing
from server.consults.incoming_store import own_ring
from server.consults.ring_actions import Desk, happen
from server.consults.ring_events import Accept, Decline, Event, Offer, Suggest, WhyStopped
from server.consults.ring_store import ring_of
from server.consults.talk_actions import seat_ticket
from server.directory import formal_names
from server.kit import Turns
from server.kit.ids import AccountId
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of accepting: `won` with the address of the call and its ticket, or who took the case (`by`)."""

    won: bool
    by: str = ""
    call: str = ""
    ticket: dict[str, object] = field(default_factory=dict)


async def accept_consult(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None) -> Answer:
    """Take a case and its seat in the talk; taking it twice takes it once. Raises NotFound or Forbidden.

    Who comes at the same moment waits without a connection to the database: the winner, and what is due, need them.
    """
    turns: Turns = deps.memory.setdefault("accepting consults", Turns())
    async with turns.turn(consult_id):
        return await _too_late(deps, actor, consult_id) or await _take(deps, live, actor, consult_id)


async def _too_late(deps: Deps, actor: Actor, consult_id: UUID | None) -> Answer | None:
    async with deps.database.read() as session:
        case = await case_by_id(session, actor, Action.ANSWER_CONSULT, consult_id)
        taken = case.consult.status != Status.RINGING and case.consult.accepted_by not in {None, acting_account(case)}
        return Answer(False, await _taker(session, case)) if taken else None


async def _take(deps: Deps, live: Live, actor: Actor, consult_id: UUID | None) -> Answer:
    async with deps.database.write() as session:
        case = await _rung(session, actor, consult_id)
        account = acting_account(case)
        won = await happen(Desk(session, deps, live, case.consult), Accept(account), account)
        if won:
            _noted(session, deps, case, "accept_consult")
        if not won and case.consult.accepted_by != account:
            return Answer(False, await _taker(session, case))
        ticket = await seat_ticket(session, deps, live, case)
    return Answer(True, call=call_address(case), ticket=ticket)


def call_address(case: Case) -> str:
    """Give where the talk of a case is: in the visit that it was asked from, or in a room of its own.

    Who comes into somebody else's visit has the case beside it, comes by what was asked for, and goes back to the case.
    """
    consult = case.consult
    if not case.talks_in_visit:
        return f"/consults/{consult.id}/call"
    visit = f"/visits/{consult.encounter_id}/call"
    return visit if case.is_requester else f"{visit}?consult={consult.id}&means={consult.mode}"


def visit_address(case: Case) -> str:
    """Give where the visit goes on that who asked comes back to after a talk beside it; empty where none waits."""
    left = case.is_requester and case.visit is not None and case.visit.status == "in-progress"
    return f"/visits/{case.consult.encounter_id}/call" if left else ""


async def decline_consult(
    deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, number: int, reason: str, remark: str
) -> None:
    """Decline a ring, by its number, for a reason (a code), and say more if one likes; twice declines once.

    Who said at that ring that they come a little later says with this that they cannot.
    """
    async with _answering(deps, live, actor, consult_id, number) as at:
        said = seal_remark(deps.keyring, at.ring.id, remark) if at.ring else None
        declined = {"why": WhyStopped.DECLINED, "reason": reason, "remark": said}
        await at.say(Decline(at.account, number, reason), "decline_consult", **declined)


async def offer_minutes(
    deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, number: int, minutes: int
) -> None:
    """Say that one can come in some minutes."""
    async with _answering(deps, live, actor, consult_id, number) as at:
        await at.say(Offer(at.account, number, minutes), "offer_consult", minutes=minutes)


async def suggest_colleague(
    deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, number: int, colleague: UUID
) -> None:
    """Decline in favour of a colleague, who is rung at once when they cover the case and are on duty."""
    async with _answering(deps, live, actor, consult_id, number) as at:
        await at.say(Suggest(at.account, number, AccountId(colleague)), "suggest_colleague", suggested_id=colleague)


async def close_missed(deps: Deps, actor: Actor, ring_id: UUID | None) -> None:
    """Keep that somebody has read of a ring that they missed. Raises NotFound for anybody else's."""
    async with deps.database.write() as session:
        ring = await own_ring(session, actor, ring_id)
        ring.seen_at = ring.seen_at or deps.now()


async def _rung(session: AsyncSession, actor: Actor, consult_id: UUID | None) -> Case:
    return await case_by_id(session, actor, Action.ANSWER_CONSULT, consult_id, lock=True)


@dataclass(frozen=True, slots=True)
class _Answering:
    """A case held for change, with the ring that somebody answers."""

    desk: Desk
    case: Case
    account: AccountId
    ring: ConsultRing | None

    async def say(self, event: Event, action: str, **kept: Any) -> None:
        """Let an answer happen, and keep with the ring what was said; what comes too late changes nothing."""
        if self.ring is None or not await happen(self.desk, event, self.account):
            return
        for name, value in kept.items():
            setattr(self.ring, name, value)
        _noted(self.desk.session, self.desk.deps, self.case, action)


@asynccontextmanager
async def _answering(
    deps: Deps, live: Live, actor: Actor, consult_id: UUID | None, number: int
) -> AsyncIterator[_Answering]:
    async with deps.database.write() as session:
        case = await _rung(session, actor, consult_id)
        account = acting_account(case)
        ring = await ring_of(session, case.consult.id, account, number)
        yield _Answering(Desk(session, deps, live, case.consult), case, account, ring)


async def _taker(session: AsyncSession, case: Case) -> str:
    by = case.consult.accepted_by
    return (await formal_names(session, case.actor, {by})).get(by, "") if by else ""


def _noted(session: AsyncSession, deps: Deps, case: Case, action: str) -> None:
    subject = Subject("ServiceRequest", case.consult.id, case.consult.patient_id)
    note(session, deps.now(), case.actor, action, subject, case.why)
