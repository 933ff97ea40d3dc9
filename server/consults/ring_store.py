"""The rows behind ringing: which cases are due, whose turn it is to work them, and the rings of a case.

A job has no actor: what it touches is due, whatever organization it is of. Rests are compared on the database's clock.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults.case_rules import Status, status_of
from server.consults.case_tables import Consult, ConsultRing
from server.consults.ring_rules import due_at
from server.consults.ring_state import State, Turn, read_state, write_state
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


async def turns_of(
    session: AsyncSession, organization_id: UUID, groups: Collection[tuple[str, Collection[AccountId]]]
) -> tuple[Turn, ...]:
    """Give whom each group, by its name and accounts, had rung last in any case of the organization."""
    people = {account for _, accounts in groups for account in accounts}
    query = (
        select(ConsultRing.account_id, func.max(ConsultRing.started_at))
        .where(ConsultRing.organization_id == organization_id, col(ConsultRing.account_id).in_(people))
        .group_by(col(ConsultRing.account_id))
    )
    last = dict((await session.exec(query)).all()) if people else {}
    asked = {name: [one for one in accounts if one in last] for name, accounts in groups}
    return tuple(
        Turn(name, max(accounts, key=lambda one: (last[one], one))) for name, accounts in asked.items() if accounts
    )


def _rest(row: Consult, clock: datetime, holder: str) -> None:
    row.leased_until, row.lease_holder = clock + REST, holder


async def _lose_when_still(session: AsyncSession) -> None:
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        limit = f"SET LOCAL idle_in_transaction_session_timeout = {STILL // timedelta(milliseconds=1)}"
        await connection.exec_driver_sql(limit)
