"""Queries of an organization's members and invitations, always within the actor's organization."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role
from server.identity.store import account_email, email_index
from server.identity.tables import (
    Account,
    AccountLink,
    Authenticator,
    ClinicCoverage,
    Issuer,
    Membership,
    PageSession,
)
from server.kit import Keyring, NotFound


@dataclass(frozen=True, slots=True)
class Member:
    """One of an organization's staff, as its administrators see them."""

    account_id: UUID
    name: str
    email: str
    roles: frozenset[Role]
    clinics: frozenset[UUID]
    signed_in_at: datetime | None
    has_second_factor: bool
    disabled_at: datetime | None


async def members_of(session: AsyncSession, actor: Actor, keyring: Keyring) -> Sequence[Member]:
    """Give the members of the actor's organization by name."""
    query = select(Account, Membership).join(Membership, col(Membership.account_id) == Account.id)
    found = (await session.exec(query.where(Membership.organization_id == actor.organization_id))).all()
    rows: dict[UUID, list[Membership]] = defaultdict(list)
    for account, membership in found:
        rows[account.id].append(membership)
    accounts = {account.id: account for account, _ in found}
    clinics, seen, proved = (
        await _clinics(session, actor),
        await _last_sign_ins(session, actor),
        await _with_second_factor(session, accounts),
    )
    members = [
        Member(
            account.id,
            account.name,
            account_email(keyring, account),
            frozenset(Role(row.role) for row in rows[account.id]),
            frozenset(clinics[account.id]),
            seen.get(account.id),
            account.id in proved,
            next((row.disabled_at for row in rows[account.id] if row.disabled_at), None),
        )
        for account in accounts.values()
    ]
    return sorted(members, key=lambda member: member.name.casefold())


async def members_in_roles(
    session: AsyncSession, actor: Actor, roles: Collection[Role]
) -> dict[UUID, tuple[str, frozenset[Role]]]:
    """Give the name and all roles of each enabled member of the actor's organization who has one of these roles."""
    query = (
        select(Account.id, Account.name, Membership.role, Membership.disabled_at)
        .join(Membership, col(Membership.account_id) == Account.id)
        .where(Membership.organization_id == actor.organization_id, col(Account.disabled_at).is_(None))
    )
    names: dict[UUID, str] = {}
    held: dict[UUID, set[Role]] = defaultdict(set)
    closed: set[UUID] = set()
    for account_id, name, role, disabled_at in (await session.exec(query)).all():
        names[account_id] = name
        held[account_id].add(Role(role))
        if disabled_at is not None:
            closed.add(account_id)
    return {one: (names[one], frozenset(held[one])) for one in names if one not in closed and held[one] & set(roles)}


async def member_by_id(session: AsyncSession, actor: Actor, keyring: Keyring, account_id: UUID | None) -> Member:
    """Give one member of the actor's organization. Raises NotFound."""
    for member in await members_of(session, actor, keyring):
        if member.account_id == account_id:
            return member
    raise NotFound


async def member_rows(session: AsyncSession, actor: Actor, account_id: UUID) -> Sequence[Membership]:
    """Give a member's roles in the actor's organization, locked for change. Raises NotFound."""
    query = select(Membership).where(
        Membership.account_id == account_id, Membership.organization_id == actor.organization_id
    )
    rows = (await session.exec(query.order_by(col(Membership.id)).with_for_update())).all()
    if not rows:
        raise NotFound
    return rows


async def administrators_for_change(session: AsyncSession, organization_id: UUID) -> frozenset[UUID]:
    """Give the accounts that administer an organization now; their rows stay locked until the transaction ends.

    Whoever else takes one of them away meanwhile waits, and then sees what is left.
    """
    query = (
        select(Membership)
        .join(Account, col(Account.id) == Membership.account_id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role == Role.ADMINISTRATOR,
            col(Membership.disabled_at).is_(None),
            col(Account.disabled_at).is_(None),
        )
    )
    rows = await session.exec(query.order_by(col(Membership.id)).with_for_update(of=Membership))
    return frozenset(row.account_id for row in rows.all())


async def is_member(session: AsyncSession, organization_id: UUID, keyring: Keyring, email: str) -> bool:
    """Tell whether somebody with this e-mail belongs to an organization already, also when disabled there."""
    query = select(Membership).join(Account, col(Account.id) == Membership.account_id)
    query = query.where(
        Membership.organization_id == organization_id, Account.email_index == email_index(keyring, email)
    )
    return (await session.exec(query.limit(1))).first() is not None


async def any_administrator(session: AsyncSession) -> bool:
    """Tell whether anybody administers anything on this server."""
    return (
        await session.exec(select(Membership).where(Membership.role == Role.ADMINISTRATOR).limit(1))
    ).first() is not None


async def invitations_of(session: AsyncSession, actor: Actor) -> Sequence[AccountLink]:
    """Give the invitations of the actor's organization that wait, also those that grew too old; the latest first."""
    query = select(AccountLink).where(
        AccountLink.purpose == "invitation",
        AccountLink.organization_id == actor.organization_id,
        col(AccountLink.used_at).is_(None),
        col(AccountLink.revoked_at).is_(None),
    )
    return (await session.exec(query.order_by(col(AccountLink.created_at).desc()))).all()


async def invitation_for_change(session: AsyncSession, actor: Actor, link_id: UUID | None) -> AccountLink:
    """Give an invitation of the actor's organization that waits, locked for change. Raises NotFound."""
    query = select(AccountLink).where(
        AccountLink.id == link_id,
        AccountLink.purpose == "invitation",
        AccountLink.organization_id == actor.organization_id,
        col(AccountLink.used_at).is_(None),
        col(AccountLink.revoked_at).is_(None),
    )
    link = (await session.exec(query.with_for_update())).first()
    if link is None:
        raise NotFound
    return link


async def sign_in_issuers_of(session: AsyncSession, organization_id: UUID) -> Sequence[Issuer]:
    """Give the issuers that sign in to an organization, by label."""
    query = select(Issuer).where(Issuer.organization_id == organization_id, col(Issuer.disabled_at).is_(None))
    return (await session.exec(query.order_by(Issuer.label))).all()


async def _clinics(session: AsyncSession, actor: Actor) -> dict[UUID, set[UUID]]:
    query = select(ClinicCoverage).where(ClinicCoverage.organization_id == actor.organization_id)
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for row in (await session.exec(query)).all():
        found[row.account_id].add(row.clinic_id)
    return found


async def _last_sign_ins(session: AsyncSession, actor: Actor) -> dict[UUID, datetime]:
    query = (
        select(PageSession.account_id, func.max(PageSession.created_at))
        .where(PageSession.organization_id == actor.organization_id)
        .group_by(col(PageSession.account_id))
    )
    return dict((await session.exec(query)).all())


async def _with_second_factor(session: AsyncSession, accounts: Collection[UUID]) -> frozenset[UUID]:
    counts = or_(col(Authenticator.credential_id).is_not(None), col(Authenticator.confirmed_at).is_not(None))
    query = select(Authenticator.account_id).where(col(Authenticator.account_id).in_(accounts), counts)
    return frozenset((await session.exec(query)).all())
