"""Whose account a sign-in with an issuer is: known by (issuer, subject), linked, invited or made; and its roles there.

An issuer speaks for its own organization only. The first link needs an e-mail that the issuer has verified in a domain
that the operator has proved for it, or an invitation.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role
from server.audit import Subject, note
from server.identity.actions import new_account
from server.identity.issuer_store import (
    account_by_index,
    account_by_subject,
    clinic_ids,
    domain_is_proved,
    invitation_by_hash,
    is_linked,
    is_shut_out,
)
from server.identity.member_actions import accept_invitation
from server.identity.oidc_rules import SignInRefused, Trouble, claimed_roles, domain_of, name_of, verified_email
from server.identity.store import email_index, memberships_of
from server.identity.tables import Account, AccountLink, ClinicCoverage, FederatedIdentity, Issuer, Membership
from server.kit import Conflict, Gone, NotFound, digest, field_name
from server.kit.ids import new_id
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whom an issuer has proved: checked claims, where from, and the text of an invitation if there is one."""

    issuer: Issuer
    claims: Mapping[str, Any]
    address: str = ""
    invitation: str = field(default="", repr=False)

    @property
    def subject(self) -> str:
        """The issuer's own word for the person."""
        return str(self.claims["sub"])

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that the claims give in the issuer's organization."""
        return claimed_roles(self.claims, self.issuer.role_claim, self.issuer.role_map)


async def account_of(deps: Deps, arrival: Arrival) -> Account:
    """Find, link or make the account of an arrival and bring its roles up to date, in one transaction.

    Raises SignInRefused for somebody who may not come in.
    """
    try:
        return await _settled(deps, arrival)
    except (IntegrityError, _Meanwhile):  # the same person in two tabs: the other one was faster, and is found now
        return await _settled(deps, arrival)


class _Meanwhile(Exception):
    """Another tab has linked this person since this one looked."""


async def _settled(deps: Deps, arrival: Arrival) -> Account:
    async with deps.database.write() as session:
        account = await account_by_subject(session, arrival.issuer.id, arrival.subject)
        if account is None:
            account = await _first_time(deps, session, arrival)
            _link(deps, session, arrival, account)
        if account.disabled_at is not None or await is_shut_out(session, arrival.issuer, account.id):
            raise SignInRefused(Trouble.DISABLED, "account disabled")
        await session.flush()
        await session.exec(select(Account.id).where(Account.id == account.id).with_for_update())
        if arrival.issuer.role_claim:
            await _sync_roles(deps, session, arrival, account)
        if not await _is_member(session, arrival.issuer, account.id):
            raise SignInRefused(Trouble.NO_ROLE, "no role in the organization")
    return account


async def _first_time(deps: Deps, session: AsyncSession, arrival: Arrival) -> Account:
    if arrival.invitation:
        return await _by_invitation(deps, session, arrival)
    email = verified_email(arrival.claims, arrival.issuer.issuer)
    if not await domain_is_proved(session, arrival.issuer.id, domain_of(email)):
        raise SignInRefused(Trouble.UNKNOWN, "domain not proved")
    account = await account_by_index(session, email_index(deps.keyring, email))
    if account is not None and await is_linked(session, arrival.issuer.id, account.id):
        if await account_by_subject(session, arrival.issuer.id, arrival.subject) is not None:
            raise _Meanwhile
        # an e-mail that was given to somebody else does not open its former owner's account
        raise SignInRefused(Trouble.UNKNOWN, "account known under another subject")
    if account is not None and await _is_member(session, arrival.issuer, account.id):
        return account
    if not arrival.issuer.provisions:
        raise SignInRefused(Trouble.UNKNOWN, "nobody with this e-mail")
    return await _provisioned(deps, session, arrival, account, email)


async def _provisioned(
    deps: Deps, session: AsyncSession, arrival: Arrival, account: Account | None, email: str
) -> Account:
    """Make the account of somebody new, or a membership for one that other organizations know already."""
    if not arrival.roles:
        raise SignInRefused(Trouble.NO_ROLE, "no role claimed")
    if account is None:
        account = _made(deps, session, arrival, email, name_of(arrival.claims, email))
    await _cover(session, arrival.issuer, account.id, await clinic_ids(session, arrival.issuer.organization_id))
    return account


async def _by_invitation(deps: Deps, session: AsyncSession, arrival: Arrival) -> Account:
    """Use an invitation up. It makes an account, or opens one that belongs to this organization alone.

    An account of another organization is not linked: whoever runs this issuer could then sign in as its owner.
    """
    issuer, token_hash = arrival.issuer, digest(arrival.invitation)
    link = await invitation_by_hash(session, issuer, token_hash, deps.now(), lock=True)
    if link is None or link.email is None:
        raise SignInRefused(Trouble.INVITATION, "invitation over")
    email = deps.keyring.open(link.email, field_name("account_link", link.id, "email"))
    account = await _invited_account(session, deps, link, email)
    if account is None:
        account = _made(deps, session, arrival, email, link.name or name_of(arrival.claims, email))
    elif any(m.organization_id != issuer.organization_id for m in await memberships_of(session, account.id)):
        raise SignInRefused(Trouble.INVITATION, "account of another organization")
    try:
        await accept_invitation(deps, session, token_hash, account)
    except (Conflict, Gone, NotFound) as error:
        raise SignInRefused(Trouble.INVITATION, "invitation over") from error
    return account


async def _invited_account(session: AsyncSession, deps: Deps, link: AccountLink, email: str) -> Account | None:
    if link.account_id is not None:
        return await session.get(Account, link.account_id)
    return await account_by_index(session, email_index(deps.keyring, email))


def _made(deps: Deps, session: AsyncSession, arrival: Arrival, email: str, name: str) -> Account:
    account = new_account(deps.keyring, email, name, deps.now())
    session.add(account)
    note(session, deps.now(), _actor(arrival, account), "create_account", Subject("Account", account.id), "issuer")
    return account


def _link(deps: Deps, session: AsyncSession, arrival: Arrival, account: Account) -> None:
    now = deps.now()
    session.add(
        FederatedIdentity(
            id=new_id(),
            issuer_id=arrival.issuer.id,
            subject=arrival.subject,
            account_id=account.id,
            linked_at=now,
        )
    )
    note(session, now, _actor(arrival, account), "link_identity", Subject("Issuer", arrival.issuer.id))


async def _sync_roles(deps: Deps, session: AsyncSession, arrival: Arrival, account: Account) -> None:
    """Give the roles that are claimed, take back those that the issuer gave and claims no longer; only at home."""
    issuer, claimed = arrival.issuer, arrival.roles
    held = [m for m in await memberships_of(session, account.id) if m.organization_id == issuer.organization_id]
    gone = [m for m in held if m.issuer_id == issuer.id and m.role not in claimed]
    if gone:
        await session.exec(delete(Membership).where(col(Membership.id).in_([m.id for m in gone])))
    new = await _grant(session, issuer, account.id, claimed, issuer.id)
    if gone or new:
        words = " ".join([*(f"+{role}" for role in sorted(new)), *(f"-{m.role}" for m in gone)])
        note(session, deps.now(), _actor(arrival, account), "change_roles", Subject("Account", account.id), words)


async def _grant(
    session: AsyncSession, issuer: Issuer, account_id: UUID, roles: Collection[Role], by: UUID | None
) -> set[Role]:
    at: dict[str, Any] = {"account_id": account_id, "organization_id": issuer.organization_id}
    held = {m.role for m in await memberships_of(session, account_id) if m.organization_id == issuer.organization_id}
    new = {role for role in roles if role not in held}
    session.add_all(Membership(id=new_id(), role=role, issuer_id=by, **at) for role in sorted(new))
    return new


async def _cover(session: AsyncSession, issuer: Issuer, account_id: UUID, clinics: Iterable[UUID]) -> None:
    own = set(await clinic_ids(session, issuer.organization_id))
    query = select(ClinicCoverage.clinic_id).where(ClinicCoverage.account_id == account_id)
    new = (own & set(clinics)) - set((await session.exec(query)).all())
    at = {"account_id": account_id, "organization_id": issuer.organization_id}
    session.add_all(ClinicCoverage(id=new_id(), clinic_id=clinic, **at) for clinic in sorted(new))


async def _is_member(session: AsyncSession, issuer: Issuer, account_id: UUID) -> bool:
    members = await memberships_of(session, account_id)
    return any(m.organization_id == issuer.organization_id for m in members)


def _actor(arrival: Arrival, account: Account) -> Actor:
    return Actor(frozenset(), arrival.issuer.organization_id, account.id, address=arrival.address)
