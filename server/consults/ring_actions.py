"""Ringing, written down: `ring_rules` decides what happens to a case, and it is kept with its rings in one transaction.

Whoever is told is woken after the commit. `due_actions` works what is due; the row is the truth.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, assert_never
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.calls import Live
from server.consults.case_rules import ACCEPTED, HAPPENED, written_due
from server.consults.case_tables import Consult, ConsultEvent, ConsultRing
from server.consults.ring_events import (
    Effect,
    Event,
    FallBackToWritten,
    Open,
    Ring,
    StopRinging,
    Tell,
)
from server.consults.ring_reach import reach, reach_no_more
from server.consults.ring_rules import begin, step
from server.consults.ring_state import Closed, Plan, Ringing, State
from server.consults.ring_store import (
    hold_turns,
    open_ring,
    put_state,
    rings_by_numbers,
    state_of,
)
from server.consults.ring_turn_rules import takes_turn, with_turns
from server.consults.service_rules import Urgency
from server.consults.service_tables import ConsultService
from server.consults.talk_actions import open_talk
from server.db import after_commit
from server.kit.ids import AccountId, new_id
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
    if isinstance(after, Ringing) and takes_turn(before, after):
        plan = await hold_turns(desk.session, desk.consult, after.plan)
        after, effects = step(*with_turns(before, event, plan), desk.now)
    if after == before and not effects:
        return False
    if kind := HAPPENED.get(type(event)):
        keep_event(desk, kind, account_id, **data)
    await settle(desk, after, effects)
    if isinstance(before, Ringing) and before.promises:
        after_commit(desk.session, partial(_wake, desk.live, {promise.account for promise in before.promises}))
    return True


async def start(desk: Desk, plan: Plan, urgency: Urgency, on_duty: frozenset[AccountId]) -> None:
    """Let a new case ring."""
    after, effects = begin(plan, urgency, on_duty, desk.now)
    if isinstance(after, Ringing) and takes_turn(None, after):
        with desk.session.no_autoflush:  # the case has no state yet
            held = await hold_turns(desk.session, desk.consult, plan)
        after, effects = begin(held, urgency, on_duty, desk.now)
    await settle(desk, after, effects)


async def settle(desk: Desk, after: State, effects: Iterable[Effect]) -> None:
    """Write a state and do what comes with it; who is concerned fetches afresh once it is durable."""
    consult = desk.consult
    put_state(consult, after)
    if isinstance(after, Closed):
        consult.closed_at, consult.ending = desk.now, after.how
    stops, rings = list[StopRinging](), list[Ring]()
    for effect in effects:
        await _perform(desk, effect, stops, rings)
    await _stop(desk, stops)
    await _ring(desk, rings)
    told = {consult.requester_id, *(stop.account for stop in stops), *(ring.account for ring in rings)}
    told |= {consult.accepted_by} if consult.accepted_by else set()
    after_commit(desk.session, partial(_wake, desk.live, told))


def tell_both(desk: Desk) -> None:
    """Have whoever asked and whoever took a case fetch it afresh once what happens now is durable."""
    for account_id in (desk.consult.requester_id, desk.consult.accepted_by):
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


async def _wake(live: Live, accounts: Iterable[UUID]) -> None:
    await asyncio.gather(*(live.changed_for(account_id, TOPIC) for account_id in accounts))


async def _perform(desk: Desk, effect: Effect, stops: list[StopRinging], rings: list[Ring]) -> None:
    """Do one thing that follows; what stops and what rings is put with the others of its kind, to be done at once."""
    match effect:
        case Ring():
            rings.append(effect)
        case StopRinging():
            stops.append(effect)
        case Open(by):
            await _open(desk, by)
        case FallBackToWritten():
            await _write(desk)
        case Tell():
            pass
        case _:
            assert_never(effect)


async def _ring(desk: Desk, rings: Sequence[Ring]) -> None:
    consult = desk.consult
    for ring in rings:
        desk.session.add(
            ConsultRing(
                id=new_id(),
                organization_id=consult.organization_id,
                consult_id=consult.id,
                account_id=ring.account,
                number=ring.number,
                started_at=desk.now,
                until=ring.until,
            )
        )
    await reach(desk.session, desk.deps, consult, {ring.account: ring.until for ring in rings})


async def _stop(desk: Desk, stops: Sequence[StopRinging]) -> None:
    why = {stop.number: stop.why for stop in stops}
    rows = await rings_by_numbers(desk.session, desk.consult.id, why)
    for ring in rows:
        if ring.ended_at is None:
            ring.ended_at, ring.why = desk.now, why[ring.number]
    await reach_no_more(desk.session, desk.deps, desk.consult, [ring.account_id for ring in rows])


async def _open(desk: Desk, by: UUID) -> None:
    consult = desk.consult
    consult.accepted_by, consult.accepted_at = by, desk.now
    ring = await open_ring(desk.session, consult.id, by)
    if ring is not None:
        ring.ended_at, ring.why = desk.now, ACCEPTED
        await reach_no_more(desk.session, desk.deps, consult, [by])
    consult.room_id = await open_talk(desk.session, desk.deps, desk.live, consult, by)


async def _write(desk: Desk) -> None:
    service = await desk.session.get_one(ConsultService, desk.consult.service_id)
    desk.consult.written_due_at = written_due(desk.now, service.due_hours)
    keep_event(desk, "written")
