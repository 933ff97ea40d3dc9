"""Which written cases wait for an answer, and who was told what of them.

A job has no actor: what it reads is due, whatever organization it is of.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.consults.answer_tables import ConsultReminder
from server.consults.assignment_store import may_take
from server.consults.case_rules import Status
from server.consults.case_tables import Consult
from server.identity import members_of
from server.kit import Keyring
from server.kit.ids import new_id

MOST = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A written case with whom it waits for, and of each person what they were told for its due time."""

    consult: Consult
    people: frozenset[UUID]
    told: dict[UUID, set[str]]


async def waiting_cases(session: AsyncSession) -> Sequence[Waiting]:
    """Give the written cases without an answer, the first due first; at most 500."""
    query = select(Consult).where(Consult.status == Status.WRITTEN, col(Consult.written_due_at).is_not(None))
    rows = (await session.exec(query.order_by(col(Consult.written_due_at), col(Consult.id)).limit(MOST))).all()
    return [await _waiting(session, row) for row in rows]


async def waiting_case(session: AsyncSession, consult_id: UUID) -> Waiting | None:
    """Give one of them anew, held for change; None when it is answered or rings again."""
    query = select(Consult).where(Consult.id == consult_id, Consult.status == Status.WRITTEN)
    row = (await session.exec(query.with_for_update())).first()
    return await _waiting(session, row) if row is not None else None


async def claim_reminder(session: AsyncSession, consult: Consult, account_id: UUID, kind: str, now: datetime) -> bool:
    """Say in the caller's transaction that somebody is told; False when somebody else did that before."""
    connection = await session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = ConsultReminder(
        id=new_id(),
        organization_id=consult.organization_id,
        consult_id=consult.id,
        kind=kind,
        due_at=consult.written_due_at or now,
        account_id=account_id,
        handled_at=now,
    )
    once = insert(ConsultReminder).values(row.model_dump()).on_conflict_do_nothing()
    return (await connection.execute(once)).rowcount == 1


async def emails_of(session: AsyncSession, keyring: Keyring, organization_id: UUID) -> dict[UUID, str]:
    """Give the addresses of an organization's enabled members by account."""
    members = await members_of(session, Actor(frozenset(), organization_id), keyring)
    return {one.account_id: one.email for one in members if one.disabled_at is None}


async def _waiting(session: AsyncSession, consult: Consult) -> Waiting:
    people = {consult.accepted_by} if consult.accepted_by else await may_take(session, consult)
    query = select(ConsultReminder).where(
        ConsultReminder.consult_id == consult.id, ConsultReminder.due_at == consult.written_due_at
    )
    told: dict[UUID, set[str]] = defaultdict(set)
    for row in (await session.exec(query)).all():
        told[row.account_id].add(row.kind)
    return Waiting(consult, frozenset(people), told)
