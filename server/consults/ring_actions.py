"""Ringing, written down: `ring_rules` decides what happens to a case, and it is kept with its rings in one transaction.

Whoever is told is woken after the commit. Any process works what is due; the row is the truth.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, assert_never
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.calls import Live
from server.consults.case_rules import ACCEPTED, HAPPENED, written_due
from server.consults.case_tables import Consult, ConsultEvent, ConsultRing
from server.consults.plan_store import on_duty_of
from server.consults.ring_events import (
    Effect,
    Event,
    FallBackToWritten,
    OnDuty,
    Open,
    Ring,
    StopRinging,
    Tell,
    TimerDue,
    WhyStopped,
)
from server.consults.ring_reach import reach, reach_no_more
from server.consults.ring_rules import step
from server.consults.ring_state import Closed, Ringing, State
from server.consults.ring_store import (
    any_due,
    lease_due,
    leased_consult,
    open_ring,
    put_state,
    ring_by_number,
    state_of,
)
from server.consults.service_tables import ConsultService
from server.consults.talk_actions import open_talk
from server.db import after_commit
from server.kit.ids import new_id
from server.web import Deps

TOPIC = "consults"


@dataclass(frozen=True, slots=True)
class Desk:
    """What a step works with: the transaction, the moment, and the case held for change."""

    session: AsyncSession
    deps: Deps
    live: Live
    consult: Consult

    @property
    def now(self) -> datetime:
        """The moment of the injected clock."""
        return self.deps.now()


async def happen(desk: Desk, event: Event, account_id: UUID | None = None, **data: Any) -> bool:
    """Let something happen to a case that is held for change; False when it changes nothing, being late or doubled."""
    before = state_of(desk.consult)
    after, effects = step(before, event, desk.now)
    if after == before and not effects:
        return False
    if kind := HAPPENED.get(type(event)):
        keep_event(desk, kind, account_id, **data)
    await settle(desk, after, effects)
    return True


async def settle(desk: Desk, after: State, effects: Iterable[Effect]) -> None:
    """Write a state and do what comes with it; who is concerned fetches afresh once it is durable."""
    consult = desk.consult
    put_state(consult, after)
    if isinstance(after, Closed):
        consult.closed_at, consult.ending = desk.now, after.how
    told = {consult.requester_id, consult.accepted_by}
    for effect in effects:
        told |= await _perform(desk, effect)
    for account_id in told:
        if account_id is not None:
            after_commit(desk.session, partial(desk.live.changed_for, account_id, TOPIC))


def keep_event(desk: Desk, kind: str, account_id: UUID | None = None, **data: Any) -> None:
    """Keep that something happened to a case."""
    consult = desk.consult
    desk.session.add(
        ConsultEvent(
            id=new_id(),
            organization_id=consult.organization_id,
            consult_id=consult.id,
            at=desk.now,
            kind=kind,
            account_id=account_id,
            data=data,
        )
    )


async def work_due_consults(deps: Deps, live: Live, holder: str) -> bool:
    """Let the time of a step pass for every case that is due and nobody is at; tells whether there was one.

    A case that cannot be worked keeps its lease, so that the others go on; its error is raised at the end.
    """
    async with deps.database.read() as session:
        if not await any_due(session, deps.now()):
            return False
    async with deps.database.write() as session:
        due = await lease_due(session, deps.now(), holder)
    failed: list[Exception] = []
    for consult_id in due:
        try:
            await _work(deps, live, consult_id, holder)
        except Exception as error:  # noqa: BLE001 - one bad row must not keep the others waiting
            failed.append(error)
    if failed:
        raise failed[0]
    return bool(due)


async def _work(deps: Deps, live: Live, consult_id: UUID, holder: str) -> None:
    async with deps.database.write() as session:
        consult = await leased_consult(session, consult_id, holder)
        if consult is None:
            return
        desk = Desk(session, deps, live, consult)
        state = state_of(consult)
        if isinstance(state, Ringing):
            there = await on_duty_of(session, consult.organization_id, state.plan.covering, desk.now)
            if there != state.on_duty:
                await happen(desk, OnDuty(there))
        await happen(desk, TimerDue())  # what changes nothing keeps its lease, and is not looked at again at once


async def _perform(desk: Desk, effect: Effect) -> set[UUID | None]:
    """Do one thing that follows, and give whose pages hear of it."""
    match effect:
        case Ring(account, until, number):
            await _ring(desk, account, until, number)
            return {account}
        case StopRinging(account, number, why):
            await _stop(desk, number, why)
            return {account}
        case Open(by):
            await _open(desk, by)
            return {by}
        case FallBackToWritten():
            await _write(desk)
            return set()
        case Tell():
            return set()
        case _:
            assert_never(effect)


async def _ring(desk: Desk, account: UUID, until: datetime, number: int) -> None:
    consult = desk.consult
    desk.session.add(
        ConsultRing(
            id=new_id(),
            organization_id=consult.organization_id,
            consult_id=consult.id,
            account_id=account,
            number=number,
            started_at=desk.now,
            until=until,
        )
    )
    await reach(desk.session, desk.deps, account, consult, until)


async def _stop(desk: Desk, number: int, why: WhyStopped) -> None:
    ring = await ring_by_number(desk.session, desk.consult.id, number)
    if ring.ended_at is None:
        ring.ended_at, ring.why = desk.now, why
    await reach_no_more(desk.session, desk.deps, ring.account_id, desk.consult)


async def _open(desk: Desk, by: UUID) -> None:
    consult = desk.consult
    consult.accepted_by, consult.accepted_at = by, desk.now
    ring = await open_ring(desk.session, consult.id, by)
    if ring is not None:
        ring.ended_at, ring.why = desk.now, ACCEPTED
        await reach_no_more(desk.session, desk.deps, by, consult)
    consult.room_id = await open_talk(desk.session, desk.deps, desk.live, consult, by)


async def _write(desk: Desk) -> None:
    service = await desk.session.get_one(ConsultService, desk.consult.service_id)
    desk.consult.written_due_at = written_due(desk.now, service.due_hours)
    keep_event(desk, "written")
