"""The rules that an organization keeps itself, on billing codes and on licences, as rows and as rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.consults.code_rules import SHIPPED, CodeRule
from server.consults.code_tables import BillingRule
from server.consults.service_rules import LicenceRule, Situation
from server.consults.service_tables import ConsultationRule
from server.directory import clinics_of
from server.kit.ids import new_id

OwnRow = BillingRule | ConsultationRule


async def own_codes(session: AsyncSession, organization_id: UUID) -> Sequence[BillingRule]:
    """Give the organization's own rules by code, the newest first."""
    query = select(BillingRule).where(
        BillingRule.organization_id == organization_id, col(BillingRule.code).in_(SHIPPED)
    )
    return (await session.exec(query.order_by(BillingRule.code, col(BillingRule.valid_from).desc()))).all()


async def kept_rules(session: AsyncSession, organization_id: UUID) -> Sequence[ConsultationRule]:
    """Give the organization's own rules and those that came with Curbside, by state and profession, newest first."""
    own = col(ConsultationRule.organization_id)
    query = select(ConsultationRule).where(or_(own.is_(None), own == organization_id))
    order = (
        ConsultationRule.situation,
        ConsultationRule.state,
        ConsultationRule.profession,
        col(ConsultationRule.valid_from).desc(),
        col(ConsultationRule.id),
    )
    return (await session.exec(query.order_by(*order))).all()


async def furthest_day(session: AsyncSession, actor: Actor, now: datetime) -> date:
    """Give the day that it is where the actor's organization sees it first: a rule that begins on it holds there."""
    zones = [ZoneInfo(clinic.time_zone) for clinic in await clinics_of(session, actor)]
    return max((now.astimezone(zone).date() for zone in zones), default=now.astimezone(UTC).date())


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


def as_rule(row: ConsultationRule) -> LicenceRule:
    """Read a rule from its row."""
    return LicenceRule(
        row.state,
        row.profession,
        Situation(row.situation),
        row.licence_required,
        row.valid_from,
        row.valid_to,
        row.source,
        own=row.organization_id is not None,
    )


def as_row(rule: CodeRule | LicenceRule, organization_id: UUID) -> OwnRow:
    """Write a rule as a new row of an organization's."""
    return _code_row(rule, organization_id) if isinstance(rule, CodeRule) else _licence_row(rule, organization_id)


def _code_row(rule: CodeRule, organization_id: UUID) -> BillingRule:
    share = rule.discussion_share
    return BillingRule(
        id=new_id(),
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


def _licence_row(rule: LicenceRule, organization_id: UUID) -> ConsultationRule:
    return ConsultationRule(
        id=new_id(),
        organization_id=organization_id,
        state=rule.state,
        profession=rule.profession,
        situation=rule.situation,
        licence_required=rule.licence_required,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        source=rule.source,
    )
