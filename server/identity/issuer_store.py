"""Queries of issuers, their e-mail domains and the people they know. The client secret is sealed and opened here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, Uuid, column, table
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.identity.tables import (
    Account,
    AccountLink,
    EmailDomain,
    FederatedIdentity,
    Issuer,
    Membership,
    PageSession,
)
from server.kit import Keyring, NotFound, field_name

# Tables of the floor above, of which only ids and names are needed here.
_ORGANIZATION = table("organization", column("id", Uuid), column("name", String))
_CLINIC = table("clinic", column("id", Uuid), column("organization_id", Uuid))


@dataclass(frozen=True, slots=True)
class Choice:
    """An issuer as the sign-in page offers it."""

    id: UUID
    label: str


async def enabled_issuer(session: AsyncSession, issuer_id: UUID | None) -> Issuer:
    """Give an issuer that signs in. Raises NotFound."""
    issuer = await session.get(Issuer, issuer_id) if issuer_id else None
    if issuer is None or issuer.disabled_at is not None:
        raise NotFound
    return issuer


async def issuer_choices(session: AsyncSession, most: int) -> Sequence[Choice]:
    """Give the enabled issuers by label, at most so many."""
    query = select(Issuer.id, Issuer.label).where(col(Issuer.disabled_at).is_(None))
    return [
        Choice(*row) for row in (await session.exec(query.order_by(Issuer.label, col(Issuer.id)).limit(most))).all()
    ]


async def issuers_by_domain(session: AsyncSession, domain: str) -> Sequence[Choice]:
    """Give the enabled issuers for which the operator has proved an e-mail domain."""
    query = select(Issuer.id, Issuer.label).join(EmailDomain, col(EmailDomain.issuer_id) == Issuer.id)
    query = query.where(
        EmailDomain.domain == domain, col(EmailDomain.proved_at).is_not(None), col(Issuer.disabled_at).is_(None)
    )
    return [Choice(*row) for row in (await session.exec(query.order_by(Issuer.label))).all()]


async def issuers_of(session: AsyncSession, actor: Actor) -> Sequence[Issuer]:
    """Give the issuers of the actor's organization, those that sign in first."""
    require(actor, Action.MANAGE_ISSUERS, Record(actor.organization_id))
    query = select(Issuer).where(Issuer.organization_id == actor.organization_id)
    rows = (await session.exec(query.order_by(Issuer.label, col(Issuer.id)))).all()
    return sorted(rows, key=lambda row: row.disabled_at is not None)


async def issuer_by_id(session: AsyncSession, actor: Actor, issuer_id: UUID | None) -> Issuer:
    """Give one issuer of the actor's organization. Raises NotFound."""
    issuer = await session.get(Issuer, issuer_id) if issuer_id else None
    if issuer is None:
        raise NotFound
    require(actor, Action.MANAGE_ISSUERS, Record(issuer.organization_id))
    return issuer


async def domains_of(session: AsyncSession, issuer_id: UUID) -> Sequence[EmailDomain]:
    """Give an issuer's e-mail domains by name."""
    query = select(EmailDomain).where(EmailDomain.issuer_id == issuer_id)
    return (await session.exec(query.order_by(EmailDomain.domain))).all()


async def domain_is_proved(session: AsyncSession, issuer_id: UUID, domain: str) -> bool:
    """Tell whether the operator has proved that the issuer speaks for an e-mail domain."""
    query = select(EmailDomain.id).where(EmailDomain.issuer_id == issuer_id, EmailDomain.domain == domain)
    return (await session.exec(query.where(col(EmailDomain.proved_at).is_not(None)))).first() is not None


async def account_by_subject(session: AsyncSession, issuer_id: UUID, subject: str) -> Account | None:
    """Find the account that an issuer knows under a subject, also a disabled one."""
    query = select(Account).join(FederatedIdentity, col(FederatedIdentity.account_id) == Account.id)
    query = query.where(FederatedIdentity.issuer_id == issuer_id, FederatedIdentity.subject == subject)
    return (await session.exec(query)).first()


async def is_linked(session: AsyncSession, issuer_id: UUID, account_id: UUID) -> bool:
    """Tell whether an issuer knows an account already."""
    query = select(FederatedIdentity.id).where(FederatedIdentity.issuer_id == issuer_id)
    return (await session.exec(query.where(FederatedIdentity.account_id == account_id))).first() is not None


async def is_shut_out(session: AsyncSession, issuer: Issuer, account_id: UUID) -> bool:
    """Tell whether an administrator of the issuer's organization has disabled an account there."""
    query = select(Membership.id).where(
        Membership.account_id == account_id,
        Membership.organization_id == issuer.organization_id,
        col(Membership.disabled_at).is_not(None),
    )
    return (await session.exec(query)).first() is not None


async def account_by_index(session: AsyncSession, index: bytes) -> Account | None:
    """Find an account by the keyed hash of its e-mail, also a disabled one."""
    return (await session.exec(select(Account).where(Account.email_index == index))).first()


async def invitation_by_hash(
    session: AsyncSession, issuer: Issuer, token_hash: bytes, now: datetime, *, lock: bool = False
) -> AccountLink | None:
    """Find an open invitation to the issuer's organization; `lock` holds it for change."""
    query = select(AccountLink).where(
        AccountLink.token_hash == token_hash,
        AccountLink.purpose == "invitation",
        AccountLink.organization_id == issuer.organization_id,
        col(AccountLink.used_at).is_(None),
        col(AccountLink.revoked_at).is_(None),
        AccountLink.ends_at > now,
    )
    return (await session.exec(query.with_for_update() if lock else query)).first()


async def issuer_of_session(session: AsyncSession, actor: Actor) -> Issuer | None:
    """Give the issuer that signed the actor in, also a disabled one; None for a password or a passkey of our own."""
    query = select(Issuer).join(PageSession, col(PageSession.issuer_id) == Issuer.id)
    return (await session.exec(query.where(PageSession.id == actor.session_id))).first()


async def sessions_of_issuer(
    session: AsyncSession, issuer_id: UUID, *, sid: str = "", subject: str = ""
) -> Sequence[PageSession]:
    """Give the open sessions that came from an issuer: of one session there, or of one person."""
    query = select(PageSession).where(PageSession.issuer_id == issuer_id, col(PageSession.ended_at).is_(None))
    if sid:
        query = query.where(PageSession.issuer_session == sid)
    if subject:
        query = query.where(PageSession.issuer_subject == subject)
    return (await session.exec(query)).all()


async def sessions_to_refresh(
    session: AsyncSession, now: datetime, idle: timedelta, most: int
) -> Sequence[tuple[PageSession, Issuer]]:
    """Give live sessions whose issuer is to be asked again, with their issuers, the longest due first."""
    query = select(PageSession, Issuer).join(Issuer, col(Issuer.id) == PageSession.issuer_id)
    query = query.where(
        col(PageSession.refresh_at) <= now,
        col(PageSession.ended_at).is_(None),
        PageSession.ends_at > now,
        PageSession.seen_at > now - idle,
    )
    return (await session.exec(query.order_by(col(PageSession.refresh_at)).limit(most))).all()


async def organization_by_name(session: AsyncSession, name: str) -> UUID | None:
    """Find an organization by its name, in whatever case."""
    query = select(_ORGANIZATION.c.id).where(func.lower(_ORGANIZATION.c.name) == name.strip().lower())
    return (await session.exec(query)).first()


async def organization_names(session: AsyncSession) -> dict[UUID, str]:
    """Give all organizations' names, for the operator."""
    query = select(_ORGANIZATION.c.id, _ORGANIZATION.c.name).order_by(_ORGANIZATION.c.name)
    return dict((await session.exec(query)).all())


async def clinic_ids(session: AsyncSession, organization_id: UUID) -> Sequence[UUID]:
    """Give the clinics of an organization, all of which a provisioned member covers."""
    query = select(_CLINIC.c.id).where(_CLINIC.c.organization_id == organization_id)
    return (await session.exec(query)).all()


async def all_domains(session: AsyncSession) -> Sequence[tuple[EmailDomain, Issuer]]:
    """Give every e-mail domain with its issuer, for the operator."""
    query = select(EmailDomain, Issuer).join(Issuer, col(Issuer.id) == EmailDomain.issuer_id)
    return (await session.exec(query.order_by(EmailDomain.domain, Issuer.label))).all()


async def all_issuers(session: AsyncSession) -> Sequence[Issuer]:
    """Give the issuers of all organizations, for the operator."""
    return (await session.exec(select(Issuer))).all()


def client_secret(keyring: Keyring, issuer: Issuer) -> str:
    """Open an issuer's client secret; empty when it has none."""
    sealed = issuer.client_secret
    return keyring.open(sealed, field_name("issuer", issuer.id, "client_secret")) if sealed else ""


def keep_client_secret(keyring: Keyring, issuer: Issuer, secret: str) -> None:
    """Seal an issuer's client secret into its row."""
    issuer.client_secret = keyring.seal(secret, field_name("issuer", issuer.id, "client_secret")) if secret else None
