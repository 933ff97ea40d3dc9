"""The inbox: cases that one asked or took, those that one's group may take, and what waits for oneself. Headlines only.

A case is found here by who asked, who took it, or who matched; its content is read on its own page.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, union
from sqlmodel import and_, case, col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access import Actor
from server.consults.answer_store import to_decide
from server.consults.assignment_store import is_for
from server.consults.case_rules import ACCEPTED, Status
from server.consults.case_tables import Consult, ConsultRing
from server.consults.incoming_store import KEPT
from server.consults.ring_events import WhyStopped
from server.consults.service_tables import ConsultService
from server.consults.waiting_store import waiting_cases
from server.directory import Clinic, Patient, formal_names
from server.kit.quantiles import quantile

MOST = 100
WEEK = timedelta(days=7)
OPEN = (Status.RINGING, Status.ACCEPTED, Status.WRITTEN)
TO_ANSWER = (Status.ACCEPTED, Status.WRITTEN)


class Box(StrEnum):
    """A part of the inbox."""

    MINE = "mine"
    GROUP = "group"
    MISSED = "missed"


class Which(StrEnum):
    """Which cases of a part are shown."""

    OPEN = "open"
    WRITTEN = "written"
    OVERDUE = "overdue"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Entry:
    """A case with what a line says of it. `patient` only where the reader asked or took it."""

    consult: Consult
    service: ConsultService
    clinic: Clinic
    requester: str
    taken_by: str
    patient: Patient | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its written answer should be there by now."""
        due = self.consult.written_due_at
        return self.consult.status == Status.WRITTEN and due is not None and due < now


@dataclass(frozen=True, slots=True)
class Week:
    """What became of the rings of somebody in the last seven days."""

    rang: int
    answered: int
    median_seconds: int | None


async def entries(session: AsyncSession, actor: Actor, box: Box, which: Which, now: datetime) -> list[Entry]:
    """Give the cases of a part of the actor's inbox in the acting organization, what is due first.

    Those that are over follow, the latest first.
    """
    query = _lines().where(*_within(actor, box), *_among(actor, which, now))
    due = case((_is_over(), None), else_=col(Consult.written_due_at))
    query = query.order_by(_is_over(), due.is_(None), due, col(Consult.created_at).desc(), col(Consult.id).desc())
    rows = (await session.exec(query.limit(MOST))).all()
    return await _entries(session, actor, rows)


async def to_answer(session: AsyncSession, actor: Actor) -> list[Entry]:
    """Give the cases that the actor took and has not answered, the first that is due first."""
    query = _lines().where(
        Consult.organization_id == actor.organization_id,
        Consult.accepted_by == actor.account_id,
        col(Consult.status).in_(TO_ANSWER),
    )
    query = query.order_by(col(Consult.written_due_at).is_(None), col(Consult.written_due_at), col(Consult.id))
    return await _entries(session, actor, (await session.exec(query.limit(MOST))).all())


async def counts(session: AsyncSession, actor: Actor, now: datetime) -> dict[Box, int]:
    """Give how many open cases each part has, and how many rings were missed and not read of."""
    found = {}
    for box in (Box.MINE, Box.GROUP):
        query = select(func.count(col(Consult.id))).where(*_within(actor, box), *_among(actor, Which.OPEN, now))
        found[box] = (await session.exec(query)).one()
    missed = select(func.count()).select_from(_missed(actor, now).subquery())
    return {**found, Box.MISSED: (await session.exec(missed)).one()}


async def waiting_for(session: AsyncSession, actor: Actor, now: datetime) -> int:
    """Give how many cases wait for the actor, each once: on the lists of what waits, ringing now, or missed."""
    ringing = select(ConsultRing.consult_id).where(
        ConsultRing.account_id == actor.account_id, col(ConsultRing.ended_at).is_(None)
    )
    cases = union(*waiting_cases(actor), ringing, _missed(actor, now)).subquery()
    return (await session.exec(select(func.count()).select_from(cases))).one()


async def week_of(session: AsyncSession, actor: Actor, now: datetime) -> Week:
    """Give how the actor answered the cases of the acting organization that rang them in the last seven days."""
    query = select(ConsultRing).where(
        ConsultRing.account_id == actor.account_id,
        ConsultRing.organization_id == actor.organization_id,
        col(ConsultRing.started_at) > now - WEEK,
        col(ConsultRing.ended_at).is_not(None),
    )
    rows = (await session.exec(query)).all()
    took = [row for row in rows if row.why == ACCEPTED and row.ended_at]
    seconds = [int((row.ended_at - row.started_at).total_seconds()) for row in took if row.ended_at]
    return Week(len({row.consult_id for row in rows}), len({row.consult_id for row in took}), quantile(seconds, 0.5))


async def taken_lately(session: AsyncSession, actor: Actor, now: datetime) -> Sequence[Consult]:
    """Give the cases that the actor took in the last seven days."""
    query = select(Consult).where(
        Consult.organization_id == actor.organization_id,
        Consult.accepted_by == actor.account_id,
        col(Consult.accepted_at) > now - WEEK,
    )
    return (await session.exec(query.limit(MOST))).all()


def _lines() -> Any:
    return (
        select(Consult, ConsultService, Clinic, Patient)
        .join(ConsultService, col(ConsultService.id) == Consult.service_id)
        .join(Clinic, col(Clinic.id) == Consult.clinic_id)
        .outerjoin(Patient, col(Patient.id) == Consult.patient_id)
    )


def _within(actor: Actor, box: Box) -> list[ColumnElement[bool]]:
    """Narrow to the actor's own cases, or to those that others have or nobody has yet, and that are for them too."""
    mine = or_(col(Consult.requester_id) == actor.account_id, col(Consult.accepted_by) == actor.account_id)
    here = col(Consult.organization_id) == actor.organization_id
    if box is Box.MINE:
        return [here, mine]
    others = and_(
        col(Consult.requester_id) != actor.account_id,
        or_(col(Consult.accepted_by).is_(None), col(Consult.accepted_by) != actor.account_id),
    )
    return [here, others, is_for(actor)]


def _among(actor: Actor, which: Which, now: datetime) -> list[ColumnElement[bool]]:
    match which:
        case Which.OPEN:
            return [or_(col(Consult.status).in_(OPEN), col(Consult.id).in_(to_decide(actor)))]
        case Which.WRITTEN:
            return [col(Consult.status) == Status.WRITTEN]
        case Which.OVERDUE:
            return [col(Consult.status) == Status.WRITTEN, col(Consult.written_due_at) < now]
        case Which.ALL:
            return []


def _is_over() -> ColumnElement[bool]:
    return col(Consult.status).not_in(OPEN)


def _missed(actor: Actor, now: datetime) -> SelectOfScalar[UUID]:
    """Ask for the cases whose ring the actor missed and has not read of."""
    return (
        select(ConsultRing.consult_id)
        .distinct()
        .join(Consult, col(Consult.id) == ConsultRing.consult_id)
        .where(
            ConsultRing.account_id == actor.account_id,
            ConsultRing.why == WhyStopped.TIMED_OUT,
            col(ConsultRing.seen_at).is_(None),
            col(ConsultRing.ended_at) > now - KEPT,
            or_(col(Consult.accepted_by).is_(None), col(Consult.accepted_by) != actor.account_id),
        )
    )


async def _entries(session: AsyncSession, actor: Actor, rows: Collection[Any]) -> list[Entry]:
    accounts: set[UUID] = {one for row in rows for one in (row[0].requester_id, row[0].accepted_by) if one}
    names = await formal_names(session, actor, accounts)
    return [
        Entry(
            consult,
            service,
            clinic,
            names.get(consult.requester_id, ""),
            names.get(consult.accepted_by, ""),
            patient if actor.account_id in {consult.requester_id, consult.accepted_by} else None,
        )
        for consult, service, clinic, patient in rows
    ]
