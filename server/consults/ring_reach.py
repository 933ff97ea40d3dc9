"""How a ring, or a word about a case, reaches somebody who has no page open: here alone are the ways known."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults.case_tables import Consult
from server.directory import Organization
from server.kit.ids import OrganizationId
from server.outbox import (
    Mail,
    Ring,
    can_send,
    language_of,
    queue_mail,
    queue_notice,
    queue_ring,
    queue_ring_over,
    reachable,
)
from server.web import Deps, speaking

TOLD_FOR = timedelta(hours=24)


async def reach(session: AsyncSession, deps: Deps, consult: Consult, until: Mapping[UUID, datetime]) -> None:
    """Have accounts reached on their devices, each until a moment, in the caller's transaction."""
    for account_id in await reachable(session, until):
        await queue_ring(session, deps, _ring(account_id, consult, until[account_id]))


async def reach_no_more(session: AsyncSession, deps: Deps, consult: Consult, accounts: Collection[UUID]) -> None:
    """Take it back on the devices of accounts, in the caller's transaction."""
    for account_id in await reachable(session, accounts):
        await queue_ring_over(session, deps, _ring(account_id, consult, deps.now()))


async def tell(
    session: AsyncSession,
    deps: Deps,
    consult: Consult,
    account_id: UUID,
    email: str,
    words: str,
    *,
    part: str = "thread",
) -> None:
    """Tell somebody of a case by mail and on their devices, in their language, in the caller's transaction.

    `words` are ours, a message id: they say what is to be done, and nothing of the case. They lead to a part of it.
    """
    path = f"/consults/{consult.id}/{part}"
    organization_id = OrganizationId(consult.organization_id)
    if can_send(deps.settings):
        language = await language_of(session, account_id)
        with speaking(language or (await session.get_one(Organization, organization_id)).language):
            written = deps.templates.mail("notice", words=words, url=f"{deps.settings.public_url}{path}")
        queue_mail(session, deps, Mail(organization_id, consult.id, email, *written))
    await queue_notice(session, deps, _ring(account_id, consult, deps.now() + TOLD_FOR), words, path)


def _ring(account_id: UUID, consult: Consult, until: datetime) -> Ring:
    return Ring(OrganizationId(consult.organization_id), account_id, consult.id, until)
