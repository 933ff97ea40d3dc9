"""Queries for keeping kinds of visit and practitioners' languages, within the actor's organization."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.kit import NotFound
from server.scheduling.tables import PractitionerLanguage, VisitType, VisitTypePractitioner


async def kept_visit_types(session: AsyncSession, actor: Actor) -> Sequence[VisitType]:
    """Give all kinds of visit that the actor's organization has, those that are offered no more at the end."""
    query = select(VisitType).where(VisitType.organization_id == actor.organization_id)
    return (await session.exec(query.order_by(col(VisitType.active).desc(), VisitType.name, col(VisitType.id)))).all()


async def kept_visit_type(
    session: AsyncSession, actor: Actor, visit_type_id: UUID | None, *, lock: bool = False
) -> VisitType:
    """Give one kind of visit, whether it is offered or not; `lock` holds it for change. Raises NotFound."""
    query = select(VisitType).where(VisitType.id == visit_type_id, VisitType.organization_id == actor.organization_id)
    row = (await session.exec(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound
    return row


async def named_givers(session: AsyncSession, visit_type: VisitType) -> frozenset[UUID]:
    """Give the practitioners whom a kind of visit names; it was found within the organization before."""
    query = select(VisitTypePractitioner.practitioner_id).where(VisitTypePractitioner.visit_type_id == visit_type.id)
    return frozenset((await session.exec(query)).all())


async def languages_of(session: AsyncSession, practitioner_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Give the languages in which practitioners see patients; they were found within the organization before."""
    query = select(PractitionerLanguage).where(col(PractitionerLanguage.practitioner_id).in_(practitioner_ids))
    rows = (await session.exec(query)).all()
    return {id_: frozenset(row.language for row in rows if row.practitioner_id == id_) for id_ in practitioner_ids}
