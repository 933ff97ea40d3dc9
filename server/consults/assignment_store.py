"""Whose turn a written case is: whom it was given to, who may take it, and whom it can be passed on to."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, exists, not_, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access import Actor
from server.consults.answer_tables import ConsultAssignment
from server.consults.case_rules import Status
from server.consults.case_tables import Consult, ConsultCandidate
from server.consults.service_store import groups_of, kept_coverage, members_of_groups
from server.consults.service_tables import SpecialistGroupMember
from server.directory import Practitioner, formal_names, practitioners_by_ids

Choice = tuple[UUID, str]


async def may_take(session: AsyncSession, consult: Consult) -> frozenset[UUID]:
    """Give the accounts of those who may take a written case now: nobody once somebody has it."""
    return frozenset() if consult.accepted_by else await could_take(session, consult)


async def could_take(session: AsyncSession, consult: Consult) -> frozenset[UUID]:
    """Give the accounts of those a written case is for: whom it was given to last, or else all who matched.

    Nobody while it rings and once it is answered. Never who asked.
    """
    if consult.status != Status.WRITTEN:
        return frozenset()
    last = await last_assignment(session, consult.id)
    if last is None:
        found = await _accounts(session, consult, await _ranked(session, consult.id))
    elif last.account_id:
        found = {last.account_id}
    else:
        found = await _members(session, consult, last.group_id)
    return frozenset(found - {consult.requester_id})


async def last_assignment(session: AsyncSession, consult_id: UUID) -> ConsultAssignment | None:
    """Give to whom a case was given last, if it ever was."""
    query = select(ConsultAssignment).where(ConsultAssignment.consult_id == consult_id)
    return (await session.exec(query.order_by(col(ConsultAssignment.id).desc()).limit(1))).first()


def is_for(actor: Actor) -> ColumnElement[bool]:
    """Tell of a case whether it is for the actor.

    A case is for all who matched. Once it was passed on, it is for whom it was given to last, for as long as it is
    written.
    """
    me = select(Practitioner.id).where(Practitioner.account_id == actor.account_id)
    matched = exists().where(  # asked of each case: those that somebody ever matched are many, those that are open few
        col(ConsultCandidate.consult_id) == Consult.id,
        col(ConsultCandidate.practitioner_id).in_(me),
        col(ConsultCandidate.rank).is_not(None),
    )
    elsewhere = and_(col(Consult.status) == Status.WRITTEN, col(Consult.id).in_(_passed_on(actor)))
    return or_(col(Consult.id).in_(_given(actor)), and_(matched, not_(elsewhere)))


async def colleagues_for(session: AsyncSession, consult: Consult, me: UUID | None) -> Sequence[Choice]:
    """Give the others who matched, whom a case can be passed on to, best first."""
    accounts = await _accounts(session, consult, await _ranked(session, consult.id))
    names = await formal_names(session, _in(consult), accounts - {me, consult.requester_id})
    return sorted(names.items(), key=lambda item: item[1])


async def groups_for(session: AsyncSession, consult: Consult) -> Sequence[Choice]:
    """Give the groups that cover the service of a case, to one of which it can be passed on."""
    rows = await kept_coverage(session, consult.organization_id, consult.service_id)
    covering = {row.group_id for row in rows if row.group_id and row.active}
    return [(row.id, row.name) for row in await groups_of(session, _in(consult)) if row.id in covering]


async def _ranked(session: AsyncSession, consult_id: UUID) -> Sequence[UUID]:
    query = select(ConsultCandidate.practitioner_id).where(
        ConsultCandidate.consult_id == consult_id, col(ConsultCandidate.rank).is_not(None)
    )
    return (await session.exec(query)).all()


async def _members(session: AsyncSession, consult: Consult, group_id: UUID | None) -> set[UUID]:
    groups = await members_of_groups(session, consult.organization_id, {group_id} if group_id else set())
    return await _accounts(session, consult, [one for members in groups.values() for one in members])


async def _accounts(session: AsyncSession, consult: Consult, practitioner_ids: Collection[UUID]) -> set[UUID]:
    people = await practitioners_by_ids(session, _in(consult), practitioner_ids)
    return {one.account_id for one in people.values() if one.account_id}


def _in(consult: Consult) -> Actor:
    """Stand within the case's organization; who reads was asked for before."""
    return Actor(frozenset(), consult.organization_id)


def _given(actor: Actor) -> SelectOfScalar[UUID]:
    """Give the query for the cases that were given last to the actor or to a group of theirs, by id."""
    row, later = ConsultAssignment, aliased(ConsultAssignment)
    groups = (
        select(SpecialistGroupMember.group_id)
        .join(Practitioner, col(Practitioner.id) == SpecialistGroupMember.practitioner_id)
        .where(Practitioner.account_id == actor.account_id)
    )
    return select(row.consult_id).where(
        row.organization_id == actor.organization_id,
        or_(col(row.account_id) == actor.account_id, col(row.group_id).in_(groups)),
        ~exists().where(col(later.consult_id) == row.consult_id, col(later.id) > row.id),
    )


def _passed_on(actor: Actor) -> SelectOfScalar[UUID]:
    """Give the query for the cases of the actor's organization that were ever given to anybody, by id."""
    return select(ConsultAssignment.consult_id).where(ConsultAssignment.organization_id == actor.organization_id)
