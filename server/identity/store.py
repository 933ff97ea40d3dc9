"""Queries of accounts, sessions and links. Links are found by a secret that only its holder has, or within a tenant."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.identity.tables import AccessLink, Account, Membership, PageSession
from server.kit import NotFound


async def account_by_email(session: AsyncSession, email: str) -> Account | None:
    """Find an enabled account for signing in; e-mail in lower case."""
    found = await session.exec(select(Account).where(Account.email == email, col(Account.disabled_at).is_(None)))
    return found.first()


async def memberships_of(session: AsyncSession, account_id: UUID) -> Sequence[Membership]:
    """Give all memberships of an account, oldest first."""
    query = select(Membership).where(Membership.account_id == account_id)
    return (await session.exec(query.order_by(col(Membership.id)))).all()


async def session_by_hash(
    session: AsyncSession, token_hash: bytes
) -> tuple[PageSession, Account, Sequence[str]] | None:
    """Find a page session by its cookie's hash, with its account and the roles in its organization."""
    query = (
        select(PageSession, Account, Membership.role)
        .join(Account, col(Account.id) == PageSession.account_id)
        .join(
            Membership,
            (col(Membership.account_id) == Account.id)
            & (col(Membership.organization_id) == PageSession.organization_id),
        )
        .where(PageSession.token_hash == token_hash, col(Account.disabled_at).is_(None))
    )
    rows = (await session.exec(query)).all()
    return (rows[0][0], rows[0][1], [role for _, _, role in rows]) if rows else None


async def link_by_token(session: AsyncSession, token_hash: bytes, *, lock: bool = False) -> AccessLink:
    """Find a link by its text's hash; `lock` holds it for change. Raises NotFound."""
    query = select(AccessLink).where(AccessLink.token_hash == token_hash)
    return _needed((await session.exec(query.with_for_update() if lock else query)).first())


async def link_by_browser(session: AsyncSession, browser_hash: bytes) -> AccessLink | None:
    """Find the link that a browser holds."""
    return (await session.exec(select(AccessLink).where(AccessLink.browser_hash == browser_hash))).first()


async def link_by_asking(session: AsyncSession, asking_hash: bytes, *, lock: bool = False) -> AccessLink:
    """Find the link that another device asks to take over; `lock` holds it for change. Raises NotFound."""
    query = select(AccessLink).where(AccessLink.asking_hash == asking_hash)
    return _needed((await session.exec(query.with_for_update() if lock else query)).first())


async def link_by_id(session: AsyncSession, actor: Actor, link_id: UUID | None) -> AccessLink:
    """Give a link to staff who manage it, for change. Raises NotFound."""
    if link_id is None:
        raise NotFound
    link = _needed((await session.exec(select(AccessLink).where(AccessLink.id == link_id).with_for_update())).first())
    require(actor, Action.MANAGE_VISIT, Record(link.organization_id))
    return link


async def links_by_ids(session: AsyncSession, actor: Actor, ids: Collection[UUID]) -> dict[UUID, AccessLink]:
    """Give several links of the actor's organization by id."""
    query = select(AccessLink).where(col(AccessLink.id).in_(ids), AccessLink.organization_id == actor.organization_id)
    return {link.id: link for link in (await session.exec(query)).all()}


def _needed(link: AccessLink | None) -> AccessLink:
    if link is None:
        raise NotFound
    return link
