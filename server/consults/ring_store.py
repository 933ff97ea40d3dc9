"""The rows behind ringing: which cases are due, whose turn it is to work them, and the rings of a case.

A job has no actor: what it touches is due, whatever organization it is of. Rests are compared on the database's clock.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults.case_rules import Status, status_of
from server.consults.case_tables import Consult, ConsultRing
from server.consults.ring_rules import due_at
from server.consults.ring_state import Plan, State, Turn, read_state, write_state
from server.consults.service_rules import StepKind
from server.consults.service_tables import SpecialistGroup
from server.identity import Account
from server.jobs import database_now
from server.kit.ids import AccountId

REST = timedelta(seconds=2)
"""So long a case is left alone of which a step failed, or changed nothing."""
STILL = timedelta(seconds=3)
"""A process that stands still within a step loses it after this, where PostgreSQL would wait for it."""


async def any_due(session: AsyncSession, now: datetime) -> bool:
    """Tell whether a case waits to be worked, without asking for the writer."""
    query = select(Consult.id).where(Consult.status == Status.RINGING, col(Consult.due_at) <= now)
    return (await session.exec(query.limit(1))).first() is not None


async def next_due(session: AsyncSession, now: datetime, clock: datetime, holder: str) -> Consult | None:
    """Give the case that is due the longest of those that nobody is at, to be worked in the caller's transaction.

    The transaction is the lease: a process that dies leaves the case as it was, for whoever looks next. `clock` is the
    database's, of a moment ago.
    """
    await _lose_when_still(session)
    query = (
        select(Consult)
        .where(
            Consult.status == Status.RINGING,
            col(Consult.due_at) <= now,
            or_(col(Consult.leased_until).is_(None), col(Consult.leased_until) <= clock),
        )
        .order_by(col(Consult.due_at), col(Consult.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await session.exec(query)).first()
    if row is not None:
        _rest(row, clock, holder)
    return row


async def let_rest(session: AsyncSession, consult_id: UUID, holder: str) -> None:
    """Leave a case alone for a while of which a step failed, so that it does not keep the others waiting."""
    row = await session.get(Consult, consult_id, with_for_update=True)
    if row is not None:
        _rest(row, await database_now(session), holder)


def state_of(consult: Consult) -> State:
    """Read what a case is."""
    return read_state(consult.ring_state.encode())


def put_state(consult: Consult, state: State) -> None:
    """Write what a case is now, and when something is due next; a step that changed it is no rest."""
    consult.ring_state, consult.status = write_state(state).decode(), status_of(state)
    consult.due_at, consult.version = due_at(state), consult.version + 1
    consult.leased_until, consult.lease_holder = None, ""


async def rings_of(session: AsyncSession, consult_id: UUID) -> Sequence[ConsultRing]:
    """Give the rings of a case, found for somebody before, in the order in which they began."""
    query = select(ConsultRing).where(ConsultRing.consult_id == consult_id)
    return (await session.exec(query.order_by(col(ConsultRing.number)))).all()


async def open_ring(session: AsyncSession, consult_id: UUID, account_id: UUID | None) -> ConsultRing | None:
    """Give the ring of a case that rings somebody now."""
    query = select(ConsultRing).where(
        ConsultRing.consult_id == consult_id,
        ConsultRing.account_id == account_id,
        col(ConsultRing.ended_at).is_(None),
    )
    return (await session.exec(query.order_by(col(ConsultRing.number).desc()))).first()


async def ring_of(session: AsyncSession, consult_id: UUID, account_id: UUID | None, number: int) -> ConsultRing | None:
    """Give somebody's ring of a case by its number; None for a number that is not theirs."""
    query = select(ConsultRing).where(
        ConsultRing.consult_id == consult_id, ConsultRing.account_id == account_id, ConsultRing.number == number
    )
    return (await session.exec(query)).first()


async def rings_by_numbers(session: AsyncSession, consult_id: UUID, numbers: Collection[int]) -> Sequence[ConsultRing]:
    """Give rings of a case by their numbers."""
    if not numbers:
        return []
    query = select(ConsultRing).where(ConsultRing.consult_id == consult_id, col(ConsultRing.number).in_(numbers))
    return (await session.exec(query)).all()


async def was_rung(session: AsyncSession, consult_id: UUID) -> frozenset[UUID]:
    """Give the accounts that a case ever rang."""
    query = select(ConsultRing.account_id).where(ConsultRing.consult_id == consult_id)
    return frozenset((await session.exec(query)).all())


async def hold_turns(session: AsyncSession, consult: Consult, plan: Plan) -> Plan:
    """Give the plan of a case with whom each of its round robins had rung last, and whom other cases ring.

    The groups are held until the transaction ends, so that of two cases the second sees whom the first one rings.
    """
    steps = [step for path in plan.paths for step in path.steps if step.whom is StepKind.ROUND_ROBIN]
    people = {step.group: step.people for step in steps}
    named = col(SpecialistGroup.id).in_([UUID(group) for group in people])
    held = select(SpecialistGroup.id).where(SpecialistGroup.organization_id == consult.organization_id, named)
    await session.exec(held.order_by(col(SpecialistGroup.id)).with_for_update(key_share=True))
    everybody = {one for group in people.values() for one in group}
    last = await _last_rings(session, consult.organization_id, everybody)
    asked = {group: [one for one in accounts if one in last] for group, accounts in people.items()}
    turns = tuple(Turn(group, max(rung, key=lambda one: last[one])) for group, rung in asked.items() if rung)
    return replace(plan, turns=turns, elsewhere=await _ringing_elsewhere(session, consult, everybody))


async def _last_rings(
    session: AsyncSession, organization_id: UUID, accounts: Collection[AccountId]
) -> dict[AccountId, UUID]:
    """Give the last ring of each of several accounts, found one by one by an index: there are ever more of them."""
    last = (
        select(ConsultRing.id)
        .where(ConsultRing.account_id == Account.id, ConsultRing.organization_id == organization_id)
        .order_by(col(ConsultRing.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = (await session.exec(select(Account.id, last).where(col(Account.id).in_(accounts)))).all()
    return {AccountId(account_id): ring_id for account_id, ring_id in rows if ring_id}


async def _ringing_elsewhere(
    session: AsyncSession, consult: Consult, accounts: Collection[AccountId]
) -> frozenset[AccountId]:
    query = select(ConsultRing.account_id).where(
        col(ConsultRing.account_id).in_(accounts),
        col(ConsultRing.ended_at).is_(None),
        ConsultRing.consult_id != consult.id,
    )
    return frozenset(AccountId(one) for one in (await session.exec(query)).all())


def _rest(row: Consult, clock: datetime, holder: str) -> None:
    row.leased_until, row.lease_holder = clock + REST, holder


async def _lose_when_still(session: AsyncSession) -> None:
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        limit = f"SET LOCAL idle_in_transaction_session_timeout = {STILL // timedelta(milliseconds=1)}"
        await connection.exec_driver_sql(limit)
