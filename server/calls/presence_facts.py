"""Takes what signaling reports of a person's pages: the first is connected to a node, the last one is gone from it."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.calls.presence_store import presence_at
from server.calls.tables import PresenceConnection
from server.db import Database, after_commit
from server.identity import memberships_of
from server.jobs import database_now
from server.kit.ids import new_id, parse_id
from signaling import Offline, Online

Tell = Callable[[UUID], Awaitable[None]]


async def note_online(database: Database, tell: Tell, fact: Online) -> None:
    """Write that somebody is there. Rows of earlier nodes go: only the last time that they were seen is wanted."""
    account_id = parse_id(fact.account)
    async with database.write() as session:
        if account_id is None or not await memberships_of(session, account_id):
            return
        now = await database_now(session)
        row = await presence_at(session, account_id, fact.node)
        if row is not None and row.gone_at is None:
            return
        await session.exec(
            delete(PresenceConnection).where(
                col(PresenceConnection.account_id) == account_id, col(PresenceConnection.gone_at).is_not(None)
            )
        )
        session.add(PresenceConnection(id=new_id(), account_id=account_id, node_id=fact.node, since=now))
        await tell_colleagues(session, tell, account_id)


async def note_offline(database: Database, tell: Tell, fact: Offline) -> None:
    """Write that somebody's last page at a node is gone."""
    account_id = parse_id(fact.account)
    async with database.write() as session:
        row = await presence_at(session, account_id, fact.node) if account_id else None
        if row is None or row.gone_at is not None:
            return
        row.gone_at = await database_now(session)
        await tell_colleagues(session, tell, row.account_id)


async def tell_colleagues(session: AsyncSession, tell: Tell, account_id: UUID) -> None:
    """Have the pages of everybody who works with an account fetch presence afresh, once this is durable."""
    for organization_id in {row.organization_id for row in await memberships_of(session, account_id)}:
        after_commit(session, partial(tell, organization_id))
