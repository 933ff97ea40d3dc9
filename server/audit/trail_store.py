"""Queries of events, newest first and always within one organization: the administrator's, and a patient's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access import Action, Actor, Record, Why, require
from server.audit.chain_rules import chain_of
from server.audit.tables import AuditEvent, AuditHead, AuditSeal
from server.kit.pagination import Cursor

EMERGENCIES = ("open_in_emergency", "end_emergency", "close_emergency")


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; None and empty mean anything. `since` is included, `until` is not."""

    account_id: UUID | None = None
    patient_id: UUID | None = None
    action: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    emergencies: bool = False


async def events_of(
    session: AsyncSession, actor: Actor, wanted: Filter, cursor: Cursor | None, most: int
) -> Sequence[AuditEvent]:
    """Give events of the actor's organization after a cursor. Raises Forbidden."""
    require(actor, Action.READ_AUDIT, Record(actor.organization_id))
    query = _matching(select(AuditEvent).where(AuditEvent.organization_id == actor.organization_id), wanted)
    if cursor is not None:
        query = query.where(_older(cursor))
    newest = query.order_by(col(AuditEvent.recorded_at).desc(), col(AuditEvent.id).desc())
    return (await session.exec(newest.limit(most))).all()


async def looks_at_patient(
    session: AsyncSession, actor: Actor, *, before: datetime | None = None, limit: int = 50
) -> Sequence[AuditEvent]:
    """Give who looked at or changed the record of the patient who asks; refusals, which showed nothing, are left out.

    Raises NotFound for anybody else than a patient with an account.
    """
    require(actor, Action.READ_OWN_RECORD, Record(actor.organization_id, patient_id=actor.patient_id))
    query = select(AuditEvent).where(
        AuditEvent.patient_id == actor.patient_id,
        AuditEvent.organization_id == actor.organization_id,
        AuditEvent.outcome == "success",
    )
    if before is not None:
        query = query.where(col(AuditEvent.recorded_at) < before)
    newest = query.order_by(col(AuditEvent.recorded_at).desc(), col(AuditEvent.id).desc())
    return (await session.exec(newest.limit(limit))).all()


async def actions_of(session: AsyncSession, actor: Actor) -> list[str]:
    """Give the actions that occur in the organization's trail, for choosing one. Raises Forbidden."""
    require(actor, Action.READ_AUDIT, Record(actor.organization_id))
    query = select(AuditEvent.action).where(AuditEvent.organization_id == actor.organization_id).distinct()
    return sorted((await session.exec(query)).all())


async def people_of(session: AsyncSession, actor: Actor) -> Sequence[UUID]:
    """Give the accounts that occur in the organization's trail, for choosing one. Raises Forbidden."""
    require(actor, Action.READ_AUDIT, Record(actor.organization_id))
    query = select(AuditEvent.account_id).where(
        AuditEvent.organization_id == actor.organization_id, col(AuditEvent.account_id).is_not(None)
    )
    return [id_ for id_ in (await session.exec(query.distinct())).all() if id_ is not None]


async def seals_of(session: AsyncSession, event_ids: Sequence[UUID]) -> dict[UUID, AuditSeal]:
    """Give the links of events, which were found within the actor's organization before."""
    query = select(AuditSeal).where(col(AuditSeal.event_id).in_(event_ids))
    return {row.event_id: row for row in (await session.exec(query)).all()}


async def head_of(session: AsyncSession, actor: Actor) -> AuditHead | None:
    """Give the last signed head of the organization's chain; None before the first. Raises Forbidden."""
    require(actor, Action.READ_AUDIT, Record(actor.organization_id))
    query = select(AuditHead).where(AuditHead.chain == chain_of(actor.organization_id))
    return (await session.exec(query.order_by(col(AuditHead.sequence).desc()).limit(1))).first()


def _matching(query: SelectOfScalar[AuditEvent], wanted: Filter) -> SelectOfScalar[AuditEvent]:
    same: dict[str, object] = {"account_id": wanted.account_id, "patient_id": wanted.patient_id}
    same |= {"action": wanted.action, "outcome": wanted.outcome}
    for name, value in same.items():
        if value:
            query = query.where(col(getattr(AuditEvent, name)) == value)
    if wanted.since:
        query = query.where(col(AuditEvent.recorded_at) >= wanted.since)
    if wanted.until:
        query = query.where(col(AuditEvent.recorded_at) < wanted.until)
    if wanted.emergencies:
        query = query.where(or_(col(AuditEvent.why) == Why.EMERGENCY, col(AuditEvent.action).in_(EMERGENCIES)))
    return query


def _older(cursor: Cursor) -> ColumnElement[bool]:
    same = (col(AuditEvent.recorded_at) == cursor.moment) & (col(AuditEvent.id) < cursor.id)
    return or_(col(AuditEvent.recorded_at) < cursor.moment, same)
