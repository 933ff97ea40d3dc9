"""Who is there, written down: the leases of nodes, what dead ones left behind, and what people say of themselves."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.calls.facts import TOPIC
from server.calls.hub import Live
from server.calls.presence_facts import tell_colleagues
from server.calls.presence_rules import Choice
from server.calls.presence_store import accounts_at, keep_choice, present_at, seats_held_by, stale_nodes
from server.calls.stay_store import end_stays_at
from server.calls.tables import Node
from server.db import after_commit
from server.identity import idle_accounts, memberships_of
from server.jobs import database_now
from server.web import Deps


async def keep_node(deps: Deps, live: Live) -> bool:
    """Lengthen the leases of the nodes that are known to be there, and clear away what dead ones left behind.

    Never asks to be called again at once. A node that was cleared away itself, because it stood still for long, says
    again who is connected to it.
    """
    try:
        nodes = await live.nodes()
    except OSError:  # who is there cannot be told now, so nobody is cleared away by this process either
        return False
    async with deps.database.write() as session:
        known = [await _lengthen(session, deps, node, left) for node, left in nodes.items()]
        for node in await stale_nodes(session, await database_now(session)):
            await _clear(session, deps, live, node)
    if live.hub is not None and not all(known):
        live.hub.report_lobbies()
    return False


class Idleness:
    """Has colleagues' pages show who went from the keyboard, and who is back.

    Nobody does anything at that moment, so it is looked for: among those whose pages this process answers for.
    """

    def __init__(self, deps: Deps, live: Live) -> None:
        """Nobody is known to be away yet."""
        self._deps, self._live = deps, live
        self._idle: frozenset[UUID] = frozenset()

    async def look(self) -> bool:
        """Look once. Never asks to be called again at once."""
        try:
            nodes = await self._live.nodes()
        except OSError:
            return False
        deps, organizations = self._deps, set[UUID]()
        async with deps.database.read() as session:
            here = await accounts_at(session, nodes)
            idle = await idle_accounts(session, here, deps.now(), deps.settings.session_idle_minutes)
            for account_id in (idle ^ self._idle) & here:
                organizations |= {row.organization_id for row in await memberships_of(session, account_id)}
        self._idle = idle
        for organization_id in organizations:
            await self._live.presence_changed(organization_id)
        return False


async def set_availability(deps: Deps, live: Live, actor: Actor, choice: Choice) -> None:
    """Keep what a person says of themselves in the acting organization, and have colleagues' pages show it."""
    async with deps.database.write() as session:
        await keep_choice(session, actor, choice, deps.now())
        after_commit(session, lambda: live.presence_changed(actor.organization_id))


async def _lengthen(session: AsyncSession, deps: Deps, node_id: str, left: timedelta) -> bool:
    now = await database_now(session)
    row = await session.get(Node, node_id, with_for_update=True)
    if row is None:
        session.add(Node(id=node_id, started_at=deps.now(), leased_until=now + left))
        return False
    row.leased_until = now + left
    return True


async def _clear(session: AsyncSession, deps: Deps, live: Live, node: Node) -> None:
    """Take a node away with its connections: the row is locked, and gone for whoever comes next."""
    for seat in await seats_held_by(session, node.id):
        seat.connection, seat.left_at = None, deps.now()
        after_commit(session, partial(live.changed, seat.organization_id, TOPIC))
    await end_stays_at(session, node.id)
    for row in await present_at(session, node.id):
        row.gone_at = node.leased_until
        await tell_colleagues(session, live.presence_changed, row.account_id)
    await session.exec(delete(Node).where(col(Node.id) == node.id))
