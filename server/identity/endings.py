"""Ends page sessions of an account from elsewhere: after a new password, or when a member is disabled."""

from functools import partial
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.db import after_commit
from server.identity.tables import PageSession
from server.web import Deps


async def end_sessions(
    session: AsyncSession,
    deps: Deps,
    account_id: UUID,
    *,
    organization_id: UUID | None = None,
    keep: UUID | None = None,
) -> int:
    """End the account's sessions, of all organizations or of one, but for `keep`; gives how many there were.

    Their live connections are closed once this is durable.
    """
    query = select(PageSession).where(PageSession.account_id == account_id, col(PageSession.ended_at).is_(None))
    if organization_id is not None:
        query = query.where(PageSession.organization_id == organization_id)
    ended = [row for row in (await session.exec(query.with_for_update())).all() if row.id != keep]
    for row in ended:
        row.ended_at = deps.now()
        after_commit(session, partial(deps.revoke, str(row.id)))
    return len(ended)
