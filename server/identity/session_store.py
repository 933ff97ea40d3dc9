"""Queries of page sessions: a person's own, those behind live connections, and where a session may act."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.identity.rules import AFTERGLOW
from server.identity.session_rules import SessionState, session_state
from server.identity.store import memberships_of
from server.identity.tables import AccessLink, Account, Membership, PageSession
from server.kit.ids import parse_id

MOST_SHOWN = 100


async def own_sessions(session: AsyncSession, actor: Actor, now: datetime) -> Sequence[PageSession]:
    """Give the sessions of the actor's account that are not over, the one used last first."""
    query = select(PageSession).where(
        PageSession.account_id == actor.account_id, col(PageSession.ended_at).is_(None), col(PageSession.ends_at) > now
    )
    return (await session.exec(query.order_by(col(PageSession.seen_at).desc()).limit(MOST_SHOWN))).all()


async def memberships_in(session: AsyncSession, account_id: UUID | None, organization_id: UUID) -> list[Membership]:
    """Give what an account is in one organization."""
    query = select(Membership).where(Membership.account_id == account_id, Membership.organization_id == organization_id)
    return list((await session.exec(query)).all())


async def reach_of(session: AsyncSession, actor: Actor) -> frozenset[UUID]:
    """Give the organizations that may ring and wake the actor's pages, and that the session may be moved to.

    All of those that the account is a member of and not disabled in; only the acting one when an issuer signed the
    person in, which vouches for its own organization alone. None for a patient.
    """
    if actor.is_patient:
        return frozenset()
    row = await session.get(PageSession, actor.session_id) if actor.session_id else None
    if row is None or row.issuer_id is not None:
        return frozenset({actor.organization_id})
    found = await memberships_of(session, row.account_id)
    return frozenset(membership.organization_id for membership in found) | {actor.organization_id}


async def live_accounts(session: AsyncSession, keys: Collection[str]) -> frozenset[str]:
    """Give those of the session keys whose page session was not ended and whose account is enabled.

    An idle or an old session stays: neither cuts a running call.
    """
    ids = [found for found in map(parse_id, keys) if found is not None]
    query = (
        select(PageSession.id)
        .join(Account, col(Account.id) == PageSession.account_id)
        .where(col(PageSession.id).in_(ids), col(PageSession.ended_at).is_(None), col(Account.disabled_at).is_(None))
    )
    return frozenset(str(found) for found in (await session.exec(query)).all()) if ids else frozenset()


async def idle_accounts(
    session: AsyncSession, accounts: Collection[UUID], now: datetime, idle_minutes: int
) -> frozenset[UUID]:
    """Give those of the accounts at which nobody is: every session is locked that is not over."""
    query = select(PageSession).where(
        col(PageSession.account_id).in_(accounts),
        col(PageSession.ended_at).is_(None),
        col(PageSession.ends_at) > now,
        col(PageSession.patient_id).is_(None),
    )
    idle = timedelta(minutes=idle_minutes)
    states: dict[UUID, set[SessionState]] = defaultdict(set)
    for row in (await session.exec(query)).all():
        states[row.account_id].add(session_state(row, now, idle))
    return frozenset(account for account, found in states.items() if found == {SessionState.LOCKED})


async def held_links(session: AsyncSession, now: datetime) -> Sequence[bytes]:
    """Give the hashes of all browsers that hold a link now, or held one whose visit is over since less than a day."""
    lately = now - AFTERGLOW - timedelta(hours=12)
    query = select(AccessLink.browser_hash).where(
        col(AccessLink.browser_hash).is_not(None),
        or_(col(AccessLink.held_open), col(AccessLink.closes_at) > lately, col(AccessLink.closed_at) > lately),
    )
    return [found for found in (await session.exec(query)).all() if found is not None]
