"""Telling specialists of written cases: that one is new to them, that it is due soon, and that it is due.

Who asked hears when it is due and nobody answered. What is told is claimed and queued in one transaction, by any node,
once. Nothing is planned ahead: it follows from the case as it is.
"""

from functools import partial
from uuid import UUID

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.calls import Live
from server.consults.case_tables import Consult
from server.consults.reminder_store import (
    Waiting,
    claim_reminder,
    emails_of,
    waiting_case,
    waiting_cases,
)
from server.consults.ring_actions import TOPIC
from server.consults.ring_reach import tell
from server.consults.thread_rules import Kind, ToTell, to_tell
from server.db import after_commit
from server.kit import N_
from server.kit.faults import places
from server.web import Deps

WORDS = {
    Kind.NEW: N_("A colleague asks for a written answer."),
    Kind.BEFORE: N_("A written answer is due soon."),
    Kind.DUE: N_("A written answer is overdue."),
}
UNANSWERED = N_("Your consult was not answered in time. You may ask for it live, or write to whoever has it.")
_log = structlog.get_logger("curbside.consults")


async def remind_written(deps: Deps, live: Live) -> bool:
    """Tell whoever a written case waits for what is due to be told; False, for the next look has a time of its own."""
    async with deps.database.read() as session:
        waiting = [one.consult.id for one in await waiting_cases(session) if _news(one, deps)]
    for consult_id in waiting:
        try:
            await _remind(deps, live, consult_id)
        except Exception as error:  # noqa: BLE001 - one that cannot be written keeps nobody else's back; it stays due
            kind = type(error).__name__
            _log.error("consult reminder failed", consult=str(consult_id), kind=kind, places=places(error))
    return False


def _news(one: Waiting, deps: Deps) -> dict[UUID, ToTell]:
    """Say what each person is to be told; the requester only that it is due."""
    consult, now = one.consult, deps.now()
    if consult.written_due_at is None:
        return {}
    since, due_at = consult.created_at, consult.written_due_at
    news = {who: to_tell(since, due_at, one.told.get(who, ()), now) for who in one.people}
    if now >= due_at and Kind.DUE not in one.told.get(consult.requester_id, ()):
        news[consult.requester_id] = ToTell(Kind.DUE)
    return {who: told for who, told in news.items() if told.send}


async def _remind(deps: Deps, live: Live, consult_id: UUID) -> None:
    async with deps.database.read() as session:
        consult = await session.get_one(Consult, consult_id)
        emails = await emails_of(session, deps.keyring, consult.organization_id)
    async with deps.database.write() as session:
        waiting = await waiting_case(session, consult_id)
        if waiting is None:
            return
        for who, told in _news(waiting, deps).items():
            await _tell(session, deps, live, waiting.consult, who, told, emails.get(who, ""))


async def _tell(
    session: AsyncSession, deps: Deps, live: Live, consult: Consult, who: UUID, told: ToTell, email: str
) -> None:
    now = deps.now()
    for kind in told.drop:
        await claim_reminder(session, consult, who, kind, now)
    if told.send is None or not await claim_reminder(session, consult, who, told.send, now):
        return
    words = UNANSWERED if who == consult.requester_id else WORDS[told.send]
    if email:
        await tell(session, deps, consult, who, email, words)
    server = Actor(frozenset(), consult.organization_id)
    note(session, now, server, "remind", Subject("ServiceRequest", consult.id, consult.patient_id))
    after_commit(session, partial(live.changed_for, who, TOPIC))
