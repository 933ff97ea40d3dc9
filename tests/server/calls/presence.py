"""Nodes and people who are there, for tests. Leases are on the database's clock, so time passes by moving the lease."""

from datetime import timedelta

from sqlmodel import select

from server.calls import CallFacts
from server.calls.presence_store import Colleague, colleagues_of
from server.calls.tables import Node, PresenceConnection
from server.jobs import database_now
from signaling import Offline, Online
from tests.cast import TEN, World


async def lease(world: World, node: str, seconds: float = 5) -> None:
    """Give a node a lease that ends in so many seconds, or that ended."""
    async with world.deps.database.write() as session:
        until = await database_now(session) + timedelta(seconds=seconds)
        row = await session.get(Node, node) or Node(id=node, started_at=TEN, leased_until=until)
        row.leased_until = until
        session.add(row)


async def come(world: World, who: str, node: str = "n1", facts: CallFacts | None = None) -> None:
    """Signaling's word that somebody's first page is connected to a node."""
    await (facts or CallFacts(world.deps)).online(Online(str(world.accounts[who].id), node, TEN))


async def go(world: World, who: str, node: str = "n1", facts: CallFacts | None = None) -> None:
    """Signaling's word that somebody's last page is gone from a node."""
    await (facts or CallFacts(world.deps)).offline(Offline(str(world.accounts[who].id), node, TEN))


async def seen_by(world: World, viewer: str = "frontdesk") -> dict[str, Colleague]:
    """The clinicians as somebody sees them, by name."""
    async with world.deps.database.read() as session:
        return {one.name: one for one in await colleagues_of(session, world.deps, world.actors[viewer])}


async def state_of(world: World, who: str = "pcp", viewer: str = "frontdesk") -> str:
    """One of them, in a word."""
    return (await seen_by(world, viewer))[world.accounts[who].name].state


async def presences(world: World) -> list[PresenceConnection]:
    """All presence rows."""
    async with world.deps.database.read() as session:
        return list((await session.exec(select(PresenceConnection))).all())


async def nodes(world: World) -> set[str]:
    """The nodes that have a row."""
    async with world.deps.database.read() as session:
        return set((await session.exec(select(Node.id))).all())
