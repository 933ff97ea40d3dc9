"""Queries of patients' own accounts, and of the links by which they come to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.identity.store import memberships_of
from server.identity.tables import Account, PatientAccount


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an e-mail address is: its account, if there is one, and whether somebody uses it.

    An account that belongs to nobody any more is free to be taken up by whoever proves its address.
    """

    account: Account | None
    in_use: bool


async def patients_of_account(session: AsyncSession, account_id: UUID) -> Sequence[PatientAccount]:
    """Give the patients whose own account this is, the oldest tie first."""
    query = select(PatientAccount).where(PatientAccount.account_id == account_id)
    return (await session.exec(query.order_by(col(PatientAccount.id)))).all()


async def has_own_account(session: AsyncSession, actor: Actor, patient_id: UUID) -> bool:
    """Tell whether a patient of the actor's organization has an account."""
    query = select(PatientAccount.id).where(
        PatientAccount.patient_id == patient_id, PatientAccount.organization_id == actor.organization_id
    )
    return (await session.exec(query.limit(1))).first() is not None


async def holder_of(session: AsyncSession, email_index: bytes | None, *, lock: bool = False) -> Holder:
    """Find whose an address is by its keyed hash; `lock` holds the account for change."""
    query = select(Account).where(Account.email_index == email_index)
    account = (await session.exec(query.with_for_update() if lock else query)).first()
    if account is None:
        return Holder(None, in_use=False)
    belongs = await memberships_of(session, account.id) or await patients_of_account(session, account.id)
    return Holder(account, in_use=bool(belongs) or account.disabled_at is not None)
