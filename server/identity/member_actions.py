"""An organization's members: invited, joined, changed, disabled. The last administrator stays."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, Role, require
from server.audit import Subject, note
from server.identity.account_link_actions import (
    LIFETIME,
    AccountLinkTerms,
    look_at_account_link,
    make_account_link,
    spend_account_link,
    void_account_links,
)
from server.identity.actions import new_account
from server.identity.endings import end_sessions
from server.identity.issuer_limits import require_own_proof
from server.identity.member_store import (
    administrators_for_change,
    invitation_for_change,
    is_member,
    member_rows,
)
from server.identity.session_store import memberships_in
from server.identity.store import email_index
from server.identity.tables import Account, AccountLink, ClinicCoverage, Membership, PageSession
from server.kit import N_, Conflict, Invalid, Secret
from server.kit.ids import new_id
from server.web import Deps

LAST_ADMINISTRATOR = N_("This is the last administrator. Make somebody else one first.")
HAS_ACCOUNT = N_("There is an account with this e-mail already. Sign in to it to accept.")
DISABLED = N_("This person is disabled in the organization. An administrator can enable them again.")
IS_MEMBER = N_("This person belongs to your organization already.")


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody who joins with a new account: a password's hash, or None when they sign in in another way."""

    email: str
    name: str
    password_hash: str | None


async def invite(
    session: AsyncSession, deps: Deps, actor: Actor, terms: AccountLinkTerms, secret: Secret
) -> AccountLink:
    """Add an invitation to the actor's organization; an earlier one to the same e-mail stops opening.

    Raises Invalid for somebody who is a member already. Of accounts elsewhere it says nothing.
    """
    require(actor, Action.MANAGE_MEMBERS, Record(actor.organization_id))
    if await is_member(session, actor.organization_id, deps.keyring, terms.email):
        raise Invalid({"email": IS_MEMBER}, {})
    index = email_index(deps.keyring, terms.email)
    ours = col(AccountLink.organization_id) == actor.organization_id
    await void_account_links(session, deps, "invitation", ours, col(AccountLink.email_index) == index)
    link = make_account_link(session, deps, terms, secret)
    note(session, deps.now(), actor, "invite_member", Subject("AccountLink", link.id), link.roles)
    return link


async def renew_invitation(
    session: AsyncSession, deps: Deps, actor: Actor, link_id: UUID | None, secret: Secret
) -> AccountLink:
    """Give an invitation a new secret and a new week; the old one stops opening. Raises NotFound."""
    old = await invitation_for_change(session, actor, link_id)
    require(actor, Action.MANAGE_MEMBERS, Record(actor.organization_id))
    old.token_hash, old.ends_at = secret.digest, deps.now() + LIFETIME["invitation"]
    note(session, deps.now(), actor, "resend_invitation", Subject("AccountLink", old.id), old.roles)
    return old


async def revoke_invitation(deps: Deps, actor: Actor, link_id: UUID | None) -> None:
    """Take an invitation back. Raises NotFound."""
    async with deps.database.write() as session:
        link = await invitation_for_change(session, actor, link_id)
        require(actor, Action.MANAGE_MEMBERS, Record(actor.organization_id))
        link.revoked_at = deps.now()
        note(session, deps.now(), actor, "revoke_invitation", Subject("AccountLink", link.id), link.roles)


async def accept_invitation(
    deps: Deps, session: AsyncSession, token_hash: bytes, account: Account, actor: Actor | None = None
) -> None:
    """Spend an invitation on an account, in the caller's transaction: it gets the roles and clinics that were offered.

    An account that is new is added here, after the invitation was won: of any number at once exactly one is.
    `actor` is who is signed in with that account: the session of an issuer takes invitations of its organization alone.
    Raises NotFound, Gone, Forbidden, or Conflict for whoever came second.
    """
    with session.no_autoflush:
        link = await spend_account_link(session, deps, "invitation", token_hash)
    if actor is not None and actor.organization_id != link.organization_id:
        await require_own_proof(session, actor)
    session.add(account)
    roles, clinics = [role for role in link.roles.split(",") if role], [UUID(clinic) for clinic in link.clinic_ids]
    organization_id = _needed(link.organization_id)
    rows = await memberships_in(session, account.id, organization_id)
    if any(row.disabled_at for row in rows):
        raise Conflict(DISABLED)
    covered = await _covered(session, account.id, organization_id)
    new = set(roles) - {row.role for row in rows}
    grant(session, account.id, organization_id, new, set(clinics) - {row.clinic_id for row in covered})
    if link.practice:
        await deps.joined(session, account.id, organization_id, link.practice)
    who = Actor(frozenset(Role(role) for role in roles), organization_id, account.id)
    note(session, deps.now(), who, "accept_invitation", Subject("Account", account.id), link.roles)


def grant(
    session: AsyncSession, account_id: UUID, organization_id: UUID, roles: Iterable[str], clinics: Iterable[UUID]
) -> None:
    """Add roles and clinics that an account has not yet in an organization, in the caller's transaction."""
    at: dict[str, Any] = {"account_id": account_id, "organization_id": organization_id}
    session.add_all([Membership(id=new_id(), role=role, **at) for role in roles])
    session.add_all([ClinicCoverage(id=new_id(), clinic_id=clinic, **at) for clinic in clinics])


async def join(deps: Deps, token_hash: bytes, person: NewMember) -> tuple[Account, UUID]:
    """Accept an invitation with a new account; gives it, and the organization that it belongs to now.

    Raises Conflict also when the e-mail has an account already: its owner signs in to accept.
    """
    account = new_account(deps.keyring, person.email, person.name, deps.now())
    account.password_hash = person.password_hash
    account.password_changed_at = deps.now() if person.password_hash else None
    try:
        async with deps.database.write() as session:
            link = await look_at_account_link(session, deps, "invitation", token_hash)
            if await account_exists(session, account.email_index):
                raise Conflict(HAS_ACCOUNT)
            await accept_invitation(deps, session, token_hash, account)
    except IntegrityError:  # another invitation to the same e-mail was accepted at the same moment
        raise Conflict(HAS_ACCOUNT) from None
    return account, _needed(link.organization_id)


async def account_exists(session: AsyncSession, index: bytes) -> bool:
    """Tell whether an e-mail, by its keyed hash, has an account, also a disabled one."""
    return (await session.exec(select(Account.id).where(Account.email_index == index))).first() is not None


async def change_member(
    session: AsyncSession,
    deps: Deps,
    actor: Actor,
    account_id: UUID,
    roles: Collection[Role],
    clinics: Collection[UUID],
) -> None:
    """Write a member's roles and clinics, in the caller's transaction.

    Raises NotFound, or Conflict when nobody would be left to administer the organization.
    """
    require(actor, Action.MANAGE_MEMBERS, Record(actor.organization_id))
    if Role.ADMINISTRATOR not in roles:
        await _keep_an_administrator(session, actor, account_id)
    rows = await member_rows(session, actor, account_id)
    if any(row.disabled_at for row in rows):
        raise Conflict(DISABLED)
    covered = await _covered(session, account_id, actor.organization_id)
    for row in [*(r for r in rows if r.role not in roles), *(c for c in covered if c.clinic_id not in clinics)]:
        await session.delete(row)
    new, added = set(roles) - {row.role for row in rows}, set(clinics) - {row.clinic_id for row in covered}
    grant(session, account_id, actor.organization_id, new, added)
    words = f"roles {','.join(sorted(roles))}; {len(clinics)} clinics"
    note(session, deps.now(), actor, "change_member", Subject("Account", account_id), words)


async def disable_member(deps: Deps, actor: Actor, account_id: UUID) -> None:
    """Keep a member out of the actor's organization from now on: their sessions in it end, and nothing is deleted.

    What the account is elsewhere is not touched. Raises NotFound, or Conflict for the last administrator.
    """
    require(actor, Action.MANAGE_MEMBERS, Record(actor.organization_id))
    async with deps.database.write() as session:
        await _keep_an_administrator(session, actor, account_id)
        for row in await member_rows(session, actor, account_id):
            row.disabled_at = row.disabled_at or deps.now()
        here = col(PageSession.organization_id) == actor.organization_id
        await end_sessions(session, deps, col(PageSession.account_id) == account_id, here)
        note(session, deps.now(), actor, "disable_member", Subject("Account", account_id))


async def enable_member(deps: Deps, actor: Actor, account_id: UUID) -> None:
    """Let a disabled member in again. Raises NotFound."""
    require(actor, Action.MANAGE_MEMBERS, Record(actor.organization_id))
    async with deps.database.write() as session:
        for row in await member_rows(session, actor, account_id):
            row.disabled_at = None
        note(session, deps.now(), actor, "enable_member", Subject("Account", account_id))


async def _keep_an_administrator(session: AsyncSession, actor: Actor, leaving: UUID) -> None:
    """Raise Conflict when `leaving` is the only administrator. Whoever asks at the same time waits for the answer."""
    if await administrators_for_change(session, actor.organization_id) == {leaving}:
        raise Conflict(LAST_ADMINISTRATOR)


async def _covered(session: AsyncSession, account_id: UUID, organization_id: UUID) -> Sequence[ClinicCoverage]:
    query = select(ClinicCoverage).where(
        ClinicCoverage.account_id == account_id, ClinicCoverage.organization_id == organization_id
    )
    return (await session.exec(query)).all()


def _needed(organization_id: UUID | None) -> UUID:
    if organization_id is None:  # an invitation always names one; this is for the type checker
        raise Conflict
    return organization_id
