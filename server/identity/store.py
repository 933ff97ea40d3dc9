"""Queries of accounts, sessions and links. Links are found by a secret that only its holder has, or within a tenant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, exists, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role
from server.identity.tables import (
    AccessLink,
    AccessLinkAlias,
    Account,
    AccountLink,
    Ceremony,
    ClinicCoverage,
    EmergencyAccess,
    Membership,
    PageSession,
    PatientAccount,
)
from server.kit import Keyring, NotFound, field_name


async def account_by_email(session: AsyncSession, keyring: Keyring, email: str) -> Account | None:
    """Find an enabled account for signing in; e-mail in lower case."""
    query = select(Account).where(
        Account.email_index == email_index(keyring, email), col(Account.disabled_at).is_(None)
    )
    return (await session.exec(query)).first()


def email_index(keyring: Keyring, email: str) -> bytes:
    """Give the keyed hash that an account is found by."""
    return keyring.index(email.casefold(), "account|email")


def seal_email(keyring: Keyring, account_id: UUID, email: str) -> bytes:
    """Seal an account's e-mail for storing."""
    return keyring.seal(email, field_name("account", account_id, "email"))


def account_email(keyring: Keyring, account: Account) -> str:
    """Open an account's e-mail."""
    return keyring.open(account.email, field_name("account", account.id, "email"))


async def memberships_of(session: AsyncSession, account_id: UUID) -> Sequence[Membership]:
    """Give all memberships of an account, oldest first, but for organizations in which it is disabled."""
    query = select(Membership).where(Membership.account_id == account_id)
    found = (await session.exec(query.order_by(col(Membership.id)))).all()
    closed = {m.organization_id for m in found if m.disabled_at}
    return [m for m in found if m.organization_id not in closed]


async def names_of_accounts(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """Give the names of accounts by id, disabled ones too: what somebody did stays theirs."""
    rows = await session.exec(select(Account.id, Account.name).where(col(Account.id).in_(ids)))
    return dict(rows.all())


async def accounts_in_role(session: AsyncSession, actor: Actor, *roles: Role) -> Sequence[Account]:
    """Give the enabled accounts that have one of the roles in the actor's organization, by name."""
    members = select(Membership.account_id).where(
        Membership.organization_id == actor.organization_id, col(Membership.role).in_(roles)
    )
    query = select(Account).where(col(Account.id).in_(members), col(Account.disabled_at).is_(None))
    return (await session.exec(query.order_by(Account.name))).all()


@dataclass(frozen=True, slots=True)
class Present:
    """A page session with its account, and what that account is in the session's organization.

    `is_patient` tells that the account is the own of the session's patient, or of any patient in a session of staff.
    """

    session: PageSession
    account: Account
    roles: frozenset[str]
    clinics: frozenset[UUID]
    emergencies: frozenset[UUID]
    is_patient: bool


async def session_by_hash(session: AsyncSession, token_hash: bytes, now: datetime) -> Present | None:
    """Find a page session by its cookie's hash; None when there is none or its account is disabled.

    A member who is disabled in the session's organization has no roles there.
    """
    running = col(EmergencyAccess.ended_at).is_(None) & (col(EmergencyAccess.ends_at) > now)
    own = exists().where(
        col(PatientAccount.account_id) == PageSession.account_id,
        or_(col(PageSession.patient_id).is_(None), col(PatientAccount.patient_id) == PageSession.patient_id),
    )
    query = (
        select(  # type: ignore[call-overload] # its overloads end at four
            PageSession,
            Account,
            Membership.role,
            ClinicCoverage.clinic_id,
            EmergencyAccess.patient_id,
            Membership.disabled_at,
            own,
        )
        .join(Account, col(Account.id) == PageSession.account_id)
        .outerjoin(Membership, _of_session(Membership))
        .outerjoin(ClinicCoverage, _of_session(ClinicCoverage))
        .outerjoin(EmergencyAccess, _of_session(EmergencyAccess) & running)
        .where(PageSession.token_hash == token_hash, col(Account.disabled_at).is_(None))
    )
    rows = (await session.exec(query)).all()
    if not rows:
        return None
    first, account = rows[0][:2]
    roles, clinics, emergencies = (frozenset(row[place] for row in rows) - {None} for place in (2, 3, 4))
    disabled, own_account = any(row[5] for row in rows), bool(rows[0][6])
    return Present(first, account, frozenset() if disabled else roles, clinics, emergencies, own_account)


def _of_session(table: type[Membership | ClinicCoverage | EmergencyAccess]) -> ColumnElement[bool]:
    """Join what the account of a page session has in the session's organization."""
    in_organization = col(table.organization_id) == PageSession.organization_id
    return in_organization & (col(table.account_id) == PageSession.account_id)


async def ceremony_by_token(session: AsyncSession, kind: str, token_hash: bytes) -> Ceremony | None:
    """Find a step of signing in by the hash of its secret."""
    return (
        await session.exec(select(Ceremony).where(Ceremony.kind == kind, Ceremony.token_hash == token_hash))
    ).first()


async def account_link_by_token(session: AsyncSession, purpose: str, token_hash: bytes) -> AccountLink:
    """Find a one-time link of an account by its text's hash, whatever became of it. Raises NotFound."""
    query = select(AccountLink).where(AccountLink.purpose == purpose, AccountLink.token_hash == token_hash)
    link = (await session.exec(query)).first()
    if link is None:
        raise NotFound
    return link


async def link_by_token(session: AsyncSession, token_hash: bytes, *, lock: bool = False) -> AccessLink:
    """Find a link by the hash of one of its texts; `lock` holds it for change. Raises NotFound."""
    alias = select(AccessLinkAlias.link_id).where(AccessLinkAlias.token_hash == token_hash)
    link_id = (await session.exec(alias)).first()
    query = select(AccessLink).where(AccessLink.id == link_id if link_id else AccessLink.token_hash == token_hash)
    return _needed((await session.exec(query.with_for_update() if lock else query)).first())


async def link_by_browser(session: AsyncSession, browser_hash: bytes) -> AccessLink | None:
    """Find the link that a browser holds."""
    return (await session.exec(select(AccessLink).where(AccessLink.browser_hash == browser_hash))).first()


async def link_by_planner(session: AsyncSession, planner_hash: bytes, now: datetime) -> AccessLink | None:
    """Find the link by which a browser may change and book visits now."""
    query = select(AccessLink).where(AccessLink.planner_hash == planner_hash, col(AccessLink.planner_ends_at) > now)
    return (await session.exec(query)).first()


async def link_by_asking(session: AsyncSession, asking_hash: bytes, *, lock: bool = False) -> AccessLink:
    """Find the link that another device asks to take over; `lock` holds it for change. Raises NotFound."""
    query = select(AccessLink).where(AccessLink.asking_hash == asking_hash)
    return _needed((await session.exec(query.with_for_update() if lock else query)).first())


async def link_by_id(session: AsyncSession, actor: Actor, link_id: UUID | None) -> AccessLink:
    """Give a link of the actor's organization, for change; its visit was asked for before. Raises NotFound."""
    if link_id is None:
        raise NotFound
    link = _needed((await session.exec(select(AccessLink).where(AccessLink.id == link_id).with_for_update())).first())
    if link.organization_id != actor.organization_id:
        raise NotFound
    return link


async def links_by_ids(session: AsyncSession, actor: Actor, ids: Collection[UUID]) -> dict[UUID, AccessLink]:
    """Give several links of the actor's organization by id."""
    query = select(AccessLink).where(col(AccessLink.id).in_(ids), AccessLink.organization_id == actor.organization_id)
    return {link.id: link for link in (await session.exec(query)).all()}


def _needed(link: AccessLink | None) -> AccessLink:
    if link is None:
        raise NotFound
    return link
