"""How a ring reaches somebody who has no page open: one place, so that ringing does not know the ways."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults.case_tables import Consult
from server.kit.ids import OrganizationId
from server.outbox import Ring, queue_ring, queue_ring_over, reachable
from server.web import Deps


async def reach(session: AsyncSession, deps: Deps, consult: Consult, until: Mapping[UUID, datetime]) -> None:
    """Have accounts reached on their devices, each until a moment, in the caller's transaction."""
    for account_id in await reachable(session, until):
        await queue_ring(session, deps, _ring(account_id, consult, until[account_id]))


async def reach_no_more(session: AsyncSession, deps: Deps, consult: Consult, accounts: Collection[UUID]) -> None:
    """Take it back on the devices of accounts, in the caller's transaction."""
    for account_id in await reachable(session, accounts):
        await queue_ring_over(session, deps, _ring(account_id, consult, deps.now()))


def _ring(account_id: UUID, consult: Consult, until: datetime) -> Ring:
    return Ring(OrganizationId(consult.organization_id), account_id, consult.id, until)
