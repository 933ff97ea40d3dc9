"""Queries of the audit trail."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit.tables import AuditEvent
from server.kit import NotFound


async def looks_at_patient(
    session: AsyncSession, actor: Actor, *, before: datetime | None = None, limit: int = 50
) -> Sequence[AuditEvent]:
    """Give what was done with the record of the patient who is signed in, newest first, `before` a moment (UTC).

    Raises NotFound for an actor who is no patient.
    """
    if actor.patient_id is None:
        raise NotFound
    query = select(AuditEvent).where(
        AuditEvent.patient_id == actor.patient_id,
        AuditEvent.organization_id == actor.organization_id,
        AuditEvent.outcome == "success",
    )
    if before is not None:
        query = query.where(AuditEvent.recorded_at < before)
    newest = query.order_by(col(AuditEvent.recorded_at).desc(), col(AuditEvent.id).desc())
    return (await session.exec(newest.limit(limit))).all()
