"""How a ring reaches somebody who has no page open: one place, so that ringing does not know the ways."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults.case_tables import Consult
from server.kit.ids import OrganizationId
from server.outbox import Ring, queue_ring, queue_ring_over
from server.web import Deps


async def reach(session: AsyncSession, deps: Deps, account_id: UUID, consult: Consult, until: datetime) -> None:
    """Have somebody reached on their devices until a moment, in the caller's transaction."""
    await queue_ring(session, deps, _ring(account_id, consult, until))


async def reach_no_more(session: AsyncSession, deps: Deps, account_id: UUID, consult: Consult) -> None:
    """Take it back on their devices, in the caller's transaction."""
    await queue_ring_over(session, deps, _ring(account_id, consult, deps.now()))


def _ring(account_id: UUID, consult: Consult, until: datetime) -> Ring:
    return Ring(OrganizationId(consult.organization_id), account_id, consult.id, until)
