"""Page sessions for tests: begun for one of the cast, read afresh, and what of them was revoked and written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx2
from sqlmodel import col, select

from server.access import Actor, Role
from server.audit import AuditEvent
from server.identity import Account, Membership, PageSession, SignIn, start_session
from server.identity.tables import FederatedIdentity, Issuer
from server.kit.ids import new_id
from server.web import Deps
from tests.cast import World

ADDRESS = "192.0.2.7"


async def begin(world: World, name: str = "pcp", **how: Any) -> Actor:
    """Sign somebody in; gives them as their pages act."""
    secret = await start_session(world.deps, world.accounts[name], SignIn(**{"address": ADDRESS, **how}))
    async with world.deps.database.read() as session:
        row = (await session.exec(select(PageSession).where(PageSession.token_hash == secret.digest))).one()
    roles = world.actors[name].roles
    return Actor(roles, row.organization_id, row.account_id, row.id, str(row.id), address=ADDRESS)


async def add_issuer(world: World, name: str = "pcp", *, off: bool = False) -> Issuer:
    """Let an issuer of the clinic know somebody."""
    issuer = Issuer(
        id=new_id(),
        organization_id=world.clinic.organization_id,
        source="page",
        label="Clinic",
        issuer="https://idp.test",
        client_id="curbside",
        created_at=world.clock.now,
        disabled_at=world.clock.now if off else None,
    )
    known = FederatedIdentity(
        id=new_id(), issuer_id=issuer.id, subject=name, account_id=world.accounts[name].id, linked_at=world.clock.now
    )
    async with world.deps.database.write() as session:
        session.add_all([issuer, known])
    return issuer


async def begin_by_issuer(world: World, name: str = "pcp") -> Actor:
    """Sign somebody in through an issuer of the clinic's organization; gives them as their pages act."""
    issuer = await add_issuer(world, name)
    return await begin(
        world, name, methods=("fed",), organization_id=issuer.organization_id, issuer_id=issuer.id, issuer_subject=name
    )


async def browser_by_issuer(world: World, name: str = "pcp", *, off: bool = False) -> httpx2.AsyncClient:
    """Open a browser in which somebody is signed in through an issuer, which may have been switched off since."""
    issuer, browser = await add_issuer(world, name, off=off), world.browser()
    how = SignIn(ADDRESS, organization_id=issuer.organization_id, issuer_id=issuer.id)
    secret = await start_session(world.deps, world.accounts[name], how)
    browser.cookies.set("curbside", secret.text, domain="127.0.0.1")
    return browser


async def row_of(world: World, actor: Actor) -> PageSession:
    """Read an actor's session afresh."""
    async with world.deps.database.read() as session:
        return await session.get_one(PageSession, actor.session_id)


async def all_rows(world: World) -> Sequence[PageSession]:
    """Read all sessions, the oldest first."""
    async with world.deps.database.read() as session:
        return (await session.exec(select(PageSession).order_by(col(PageSession.id)))).all()


async def events(world: World, *actions: str) -> list[tuple[str, UUID | None, str]]:
    """Read what was written down of some actions: action, whose, outcome."""
    async with world.deps.database.read() as session:
        found = (await session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))).all()
    return [(e.action, e.account_id, e.outcome) for e in found if e.action in actions]


async def give(world: World, name: str, **columns: object) -> None:
    """Write columns of an account."""
    async with world.deps.database.write() as session:
        row = await session.get_one(Account, world.accounts[name].id)
        for column, value in columns.items():
            setattr(row, column, value)


async def join_outsiders(world: World, name: str = "pcp", role: Role = Role.SPECIALIST) -> UUID:
    """Make somebody a member of the other organization too; gives its id."""
    away = world.actors["outsider"].organization_id
    async with world.deps.database.write() as session:
        session.add(Membership(id=new_id(), account_id=world.accounts[name].id, organization_id=away, role=role))
    return away


@dataclass
class Revoked:
    """Stands in for the live connections: keeps which session keys were revoked."""

    world: World
    keys: list[str] = field(default_factory=list)

    def watched(self) -> Deps:
        """Give dependencies whose revocations end up here."""
        return replace(self.world.deps, revoke=self._revoke)

    async def _revoke(self, session_key: str) -> None:
        self.keys.append(session_key)
