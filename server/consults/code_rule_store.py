"""The rules on billing codes that an organization keeps itself, as rows and as rules."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.consults.code_rules import SHIPPED, CodeRule
from server.consults.code_tables import BillingRule


async def own_codes(session: AsyncSession, organization_id: UUID) -> Sequence[BillingRule]:
    """Give the organization's own rules by code, the newest first."""
    query = select(BillingRule).where(
        BillingRule.organization_id == organization_id, col(BillingRule.code).in_(SHIPPED)
    )
    return (await session.exec(query.order_by(BillingRule.code, col(BillingRule.valid_from).desc()))).all()


def as_code(row: BillingRule) -> CodeRule:
    """Read a rule from its row; what the row does not say is as it was shipped."""
    return replace(
        SHIPPED[row.code],
        own=True,
        general=False,
        used=row.used,
        least=row.least,
        most=row.most,
        needs_written=row.needs_written,
        needs_verbal=row.needs_verbal,
        discussion_share=None if row.discussion_percent is None else row.discussion_percent / 100,
        once_per_days=row.once_per_days,
        seen_before=row.seen_before,
        seen_after=row.seen_after,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
    )


def as_row(rule: CodeRule, id_: UUID, organization_id: UUID) -> BillingRule:
    """Write a rule as a row of an organization's."""
    share = rule.discussion_share
    return BillingRule(
        id=id_,
        organization_id=organization_id,
        code=rule.code,
        used=rule.used,
        least=rule.least,
        most=rule.most,
        needs_written=rule.needs_written,
        needs_verbal=rule.needs_verbal,
        discussion_percent=None if share is None else round(share * 100),
        once_per_days=rule.once_per_days,
        seen_before=rule.seen_before,
        seen_after=rule.seen_after,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        source=rule.source,
    )
