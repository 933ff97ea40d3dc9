"""What a session that an issuer signed in may not do: an issuer speaks for its own organization, and for nothing else.

Whoever runs an organization's sign-in can sign in as any of its members. So such a session must not reach what else the
person is: a member of another organization, or a patient.
"""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.identity.issuer_store import issuer_of_session
from server.identity.tables import Membership, PatientAccount
from server.kit import Forbidden
from server.web import SIGN_IN_YOURSELF


async def may_change_ways(session: AsyncSession, actor: Actor) -> bool:
    """Tell whether the session may change how its account signs in.

    An issuer's may while the account is a member of the issuer's organization alone: a passkey or a password that was
    planted there would open the person's other organizations, or their own record. Memberships that are disabled count
    too, for they can be enabled again. To be proved anew by the issuer changes nothing about it.
    """
    issuer = await issuer_of_session(session, actor)
    if issuer is None:
        return True
    elsewhere = select(Membership.id).where(
        Membership.account_id == actor.account_id, col(Membership.organization_id) != issuer.organization_id
    )
    own = select(PatientAccount.id).where(PatientAccount.account_id == actor.account_id)
    found = (await session.exec(elsewhere.limit(1))).first() or (await session.exec(own.limit(1))).first()
    return found is None


async def require_own_ways(session: AsyncSession, actor: Actor) -> None:
    """Ask that the session may change how its account signs in. Raises Forbidden.

    Call it in the transaction of the change, while it holds the account: then nothing is joined in between.
    """
    if not await may_change_ways(session, actor):
        raise Forbidden(SIGN_IN_YOURSELF)


async def require_own_proof(session: AsyncSession, actor: Actor) -> None:
    """Ask that the person was proved here, by password or passkey, and not by an issuer. Raises Forbidden."""
    if await issuer_of_session(session, actor) is not None:
        raise Forbidden(SIGN_IN_YOURSELF)
