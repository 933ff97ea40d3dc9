"""What reports on consults are reckoned from: a few queries, for any number of cases, and nothing of any patient."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, Role, require
from server.consults.case_rules import ACCEPTED, Status
from server.consults.case_tables import Consult, ConsultCandidate, ConsultEvent, ConsultRing
from server.consults.consult_report_rules import Case
from server.consults.ring_events import WhyStopped
from server.consults.service_rules import Mode
from server.consults.service_tables import ConsultService
from server.directory import Clinic

MOST = 20_000
CHOSE = ("chose-written", "finished")
"""Events by which the requester ends the looking for somebody."""


async def cases_reported(
    session: AsyncSession, actor: Actor, start: datetime, end: datetime, clinic: UUID | None = None
) -> list[Case]:
    """Give the cases that were asked in a span: all for administrators, for clinicians those they asked or took."""
    own = frozenset({actor.account_id}) if actor.account_id else frozenset[UUID]()
    require(actor, Action.READ_REPORTS, Record(actor.organization_id, accounts=own))
    query = (
        select(Consult, ConsultService.name, Clinic.name, Clinic.time_zone)
        .join(ConsultService, col(ConsultService.id) == Consult.service_id)
        .join(Clinic, col(Clinic.id) == Consult.clinic_id)
        .where(Consult.organization_id == actor.organization_id, Consult.created_at >= start, Consult.created_at < end)
    )
    if Role.ADMINISTRATOR not in actor.roles:
        query = query.where(
            or_(col(Consult.requester_id) == actor.account_id, col(Consult.accepted_by) == actor.account_id)
        )
    if clinic is not None:
        query = query.where(Consult.clinic_id == clinic)
    rows = (await session.exec(query.order_by(col(Consult.id)).limit(MOST))).all()
    ids = [consult.id for consult, *_ in rows]
    rings, matched, chose = await _rings(session, ids), await _matched(session, ids), await _chose(session, ids)
    return [
        _case(consult, (service, place), zone, rings[consult.id], consult.id in matched, consult.id in chose)
        for consult, service, place, zone in rows
    ]


def _case(
    consult: Consult, names: tuple[str, str], zone: str, rings: Sequence[ConsultRing], matched: bool, chose: bool
) -> Case:
    ends = Counter(ring.why for ring in rings)
    took = [ring.ended_at for ring in rings if ring.why == ACCEPTED and ring.ended_at]
    return Case(
        *names,
        consult.created_at.astimezone(ZoneInfo(zone)).hour,
        consult.mode != Mode.WRITTEN,
        consult.created_at,
        matched,
        bool(rings),
        min(took, default=None),
        consult.answered_at,
        ends[WhyStopped.TIMED_OUT],
        tuple(ring.reason or "other" for ring in rings if ring.why == WhyStopped.DECLINED),
        chose,
        consult.status == Status.RINGING,
    )


async def _rings(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[ConsultRing]]:
    query = select(ConsultRing).where(col(ConsultRing.consult_id).in_(ids)).order_by(col(ConsultRing.number))
    found: dict[UUID, list[ConsultRing]] = defaultdict(list)
    for ring in (await session.exec(query)).all() if ids else ():
        found[ring.consult_id].append(ring)
    return found


async def _matched(session: AsyncSession, ids: Collection[UUID]) -> frozenset[UUID]:
    query = select(ConsultCandidate.consult_id).where(
        col(ConsultCandidate.consult_id).in_(ids), col(ConsultCandidate.rank).is_not(None)
    )
    return frozenset((await session.exec(query.distinct())).all()) if ids else frozenset()


async def _chose(session: AsyncSession, ids: Collection[UUID]) -> frozenset[UUID]:
    query = select(ConsultEvent.consult_id).where(
        col(ConsultEvent.consult_id).in_(ids), col(ConsultEvent.kind).in_(CHOSE)
    )
    return frozenset((await session.exec(query.distinct())).all()) if ids else frozenset()
