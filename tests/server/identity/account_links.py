"""Invitations and other links of accounts for tests, and ways to look behind them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from server.access import Actor, Role
from server.audit import AuditEvent
from server.identity import Account, AccountLink, AccountLinkTerms, Membership, SignIn, make_account_link, start_session
from server.identity.tables import PageSession
from server.kit import Secret, digest, new_secret
from server.outbox import OutboxMessage
from server.web import Deps
from tests.cast import World

GOOD = "tall trees by the river"


async def new_link(world: World, **terms: Any) -> Secret:
    """Make a link with these terms; an invitation of a new specialist to the home organization unless changed."""
    secret, home = new_secret(), world.actors["admin"]
    given: dict[str, Any] = {
        "purpose": "invitation",
        "organization_id": home.organization_id,
        "email": "new@clinic.test",
        "name": "Dr. Nia Wolf",
        "roles": (Role.SPECIALIST,),
        "clinic_ids": (world.clinic.id,),
        "created_by": home.account_id,
    }
    async with world.deps.database.write() as session:
        make_account_link(session, world.deps, AccountLinkTerms(**{**given, **terms}), secret)
    return secret


async def link_row(world: World, secret: Secret) -> AccountLink:
    """Read a link's row afresh."""
    async with world.deps.database.read() as session:
        return (await session.exec(select(AccountLink).where(AccountLink.token_hash == digest(secret.text)))).one()


async def roles_of(world: World, account_id: UUID) -> set[tuple[UUID, str, datetime | None]]:
    """Give organization, role and when it was disabled of all memberships of an account."""
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(Membership).where(Membership.account_id == account_id))).all()
    return {(row.organization_id, row.role, row.disabled_at) for row in rows}


async def events(world: World, action: str) -> Sequence[AuditEvent]:
    """Give what the trail has of an action."""
    async with world.deps.database.read() as session:
        return (await session.exec(select(AuditEvent).where(AuditEvent.action == action))).all()


async def mails(world: World) -> Sequence[OutboxMessage]:
    """Give all mail that waits or went out, the oldest first."""
    async with world.deps.database.read() as session:
        return (await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))).all()


async def account(world: World, name: str) -> Account:
    """Read somebody's account afresh."""
    async with world.deps.database.read() as session:
        return await session.get_one(Account, world.accounts[name].id)


async def acting(world: World, name: str) -> Actor:
    """Sign somebody in; gives them with their session."""
    secret = await start_session(world.deps, world.accounts[name], SignIn("192.0.2.7"))
    async with world.deps.database.read() as session:
        row = (await session.exec(select(PageSession).where(PageSession.token_hash == secret.digest))).one()
    return replace(world.actors[name], session_id=row.id, session_key=str(row.id))


async def live_sessions(world: World) -> set[UUID]:
    """Give the page sessions that have not ended."""
    async with world.deps.database.read() as session:
        return set((await session.exec(select(PageSession.id).where(col(PageSession.ended_at).is_(None)))).all())


def watched(world: World, closed: list[str]) -> Deps:
    """Give dependencies whose revoked session keys end up in a list."""

    async def revoke(key: str) -> None:
        closed.append(key)

    return replace(world.deps, revoke=revoke)
