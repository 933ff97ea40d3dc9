"""Queries of authenticators, recovery codes and what organizations ask for: always of one account or organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Role
from server.identity.authenticator_rules import PENDING, Part, Ways
from server.identity.tables import (
    Account,
    Authenticator,
    FederatedIdentity,
    Issuer,
    Membership,
    PatientAccount,
    RecoveryCode,
    SignInPolicy,
)
from server.kit import Keyring, NotFound, field_name


async def account_by_id(session: AsyncSession, account_id: UUID | None, *, lock: bool = False) -> Account:
    """Give an enabled account; `lock` holds it, so that what is counted of it stays true. Raises NotFound."""
    query = select(Account).where(Account.id == account_id, col(Account.disabled_at).is_(None))
    account = (await session.exec(query.with_for_update() if lock else query)).first()
    if account is None:
        raise NotFound
    return account


async def authenticators_of(session: AsyncSession, account_id: UUID | None) -> Sequence[Authenticator]:
    """Give the passkeys and apps that count, oldest first."""
    query = select(Authenticator).where(
        Authenticator.account_id == account_id, col(Authenticator.confirmed_at).is_not(None)
    )
    return (await session.exec(query.order_by(col(Authenticator.id)))).all()


async def passkeys_of(session: AsyncSession, account_id: UUID | None) -> Sequence[Authenticator]:
    """Give an account's passkeys."""
    return [row for row in await authenticators_of(session, account_id) if row.kind == Part.PASSKEY]


async def apps_of(session: AsyncSession, account_id: UUID | None) -> Sequence[Authenticator]:
    """Give an account's authenticator apps that count."""
    return [row for row in await authenticators_of(session, account_id) if row.kind == Part.APP]


async def pending_app(
    session: AsyncSession, account_id: UUID | None, now: datetime, *, lock: bool = False
) -> Authenticator | None:
    """Give the app that was begun last and waits for its first code; None when there is none, or it waited too long."""
    query = select(Authenticator).where(
        Authenticator.account_id == account_id,
        Authenticator.kind == Part.APP,
        col(Authenticator.confirmed_at).is_(None),
        Authenticator.created_at > now - PENDING,
    )
    query = query.order_by(col(Authenticator.id).desc()).limit(1)
    return (await session.exec(query.with_for_update() if lock else query)).first()


async def authenticator_by_id(
    session: AsyncSession, account_id: UUID | None, authenticator_id: UUID | None, *, lock: bool = False
) -> Authenticator:
    """Give one authenticator of the account; `lock` holds it for change. Raises NotFound."""
    query = select(Authenticator).where(
        Authenticator.id == authenticator_id,
        Authenticator.account_id == account_id,
        col(Authenticator.confirmed_at).is_not(None),
    )
    row = (await session.exec(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound
    return row


async def passkey_by_credential(session: AsyncSession, credential_id: bytes) -> tuple[Authenticator, Account] | None:
    """Find a passkey and whose it is by the id that the browser gives; None when the account is disabled."""
    query = (
        select(Authenticator, Account)
        .join(Account, col(Account.id) == Authenticator.account_id)
        .where(Authenticator.credential_id == credential_id, col(Account.disabled_at).is_(None))
    )
    return (await session.exec(query)).first()


async def ways_of(session: AsyncSession, account_id: UUID | None) -> Ways:
    """Count what an account can be proved with. Raises NotFound."""
    account = await account_by_id(session, account_id)
    kinds = [row.kind for row in await authenticators_of(session, account.id)]
    return Ways(
        password=account.password_hash is not None,
        passkeys=kinds.count(Part.PASSKEY),
        apps=kinds.count(Part.APP),
        issuers=await _issuers(session, account.id),
        codes=await codes_left(session, account.id),
        needs_second=await needs_second_factor(session, account.id),
    )


async def codes_left(session: AsyncSession, account_id: UUID | None) -> int:
    """Count the recovery codes that were not used."""
    query = select(func.count()).where(RecoveryCode.account_id == account_id, col(RecoveryCode.used_at).is_(None))
    return (await session.exec(query)).one()


async def codes_made_at(session: AsyncSession, account_id: UUID | None) -> datetime | None:
    """Give when the account's recovery codes were made."""
    query = select(RecoveryCode).where(RecoveryCode.account_id == account_id).limit(1)
    row = (await session.exec(query)).first()
    return row.created_at if row else None


async def needs_second_factor(session: AsyncSession, account_id: UUID | None) -> bool:
    """Tell whether any organization of the account asks one of its roles there for a second factor."""
    query = (
        select(Membership.role, SignInPolicy.second_factor_roles)
        .join(SignInPolicy, col(SignInPolicy.organization_id) == Membership.organization_id)
        .where(Membership.account_id == account_id)
    )
    return any(role in roles.split(",") for role, roles in (await session.exec(query)).all())


async def second_factor_roles(session: AsyncSession, organization_id: UUID) -> frozenset[Role]:
    """Give the roles that need a second factor in an organization."""
    policy = await sign_in_policy(session, organization_id)
    words = policy.second_factor_roles.split(",") if policy else []
    return frozenset(Role(word) for word in words if word)


async def sign_in_policy(session: AsyncSession, organization_id: UUID, *, lock: bool = False) -> SignInPolicy | None:
    """Give what an organization asks of those who sign in; None where it never said."""
    query = select(SignInPolicy).where(SignInPolicy.organization_id == organization_id)
    return (await session.exec(query.with_for_update() if lock else query)).first()


@dataclass(frozen=True, slots=True)
class Home:
    """On whose behalf what concerns an account is noted and mailed: an organization, and what it is there."""

    organization_id: UUID
    roles: frozenset[str]


async def home_of(session: AsyncSession, account_id: UUID) -> Home | None:
    """Give the organization that an account joined first, as staff, else as a patient; None without any."""
    mine = select(Membership).where(Membership.account_id == account_id).order_by(col(Membership.id))
    if rows := (await session.exec(mine)).all():
        first = rows[0].organization_id
        return Home(first, frozenset(row.role for row in rows if row.organization_id == first))
    patient = (await session.exec(select(PatientAccount).where(PatientAccount.account_id == account_id))).first()
    return Home(patient.organization_id, frozenset({"patient"})) if patient else None


def seal_secret(keyring: Keyring, authenticator_id: UUID, secret: str) -> bytes:
    """Seal an app's secret for storing."""
    return keyring.seal(secret, field_name("authenticator", authenticator_id, "secret"))


def app_secret(keyring: Keyring, row: Authenticator) -> str:
    """Open an app's secret."""
    return keyring.open(row.secret or b"", field_name("authenticator", row.id, "secret"))


async def _issuers(session: AsyncSession, account_id: UUID) -> int:
    query = (
        select(func.count())
        .select_from(FederatedIdentity)
        .join(Issuer, col(Issuer.id) == FederatedIdentity.issuer_id)
        .where(FederatedIdentity.account_id == account_id, col(Issuer.disabled_at).is_(None))
    )
    return (await session.exec(query)).one()
