"""Ends page sessions, for whatever reason: the one place where a session that is over is written so.

One whose time is up does not end here: who is on duty is still rung in their browser then.
"""

from collections.abc import Set as AbstractSet
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.db import after_commit
from server.identity.tables import PageSession
from server.outbox import forget_browsers_of
from server.web import Deps


async def end_sessions(session: AsyncSession, deps: Deps, *which: ColumnElement[bool]) -> AbstractSet[UUID]:
    """End the sessions that all conditions fit, in the caller's transaction; gives those that were live until now.

    Of several who end one at once, one is told so. Their browsers are sent no more notifications, and their live
    connections close on every node once that is durable.
    The caller notes why.
    """
    live = update(PageSession).where(col(PageSession.ended_at).is_(None), *which)
    ended = (await session.exec(live.values(ended_at=deps.now()).returning(col(PageSession.id)))).scalars().all()
    await forget_browsers_of(session, ended)
    for session_id in ended:
        after_commit(session, partial(deps.revoke, str(session_id)))
    return frozenset(ended)
