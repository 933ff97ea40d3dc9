"""Keeping an organization's own rules on billing codes: each holds from a day on, and what has held stays."""

from datetime import date
from uuid import UUID

from sqlmodel import select

from server.access import Actor
from server.audit import Subject, note
from server.consults.code_rule_store import as_row
from server.consults.code_rules import CodeRule
from server.consults.code_tables import BillingRule
from server.consults.service_actions import HELD_ALREADY, SAME_DAY, one_by_one, require_services
from server.kit import Conflict, NotFound
from server.kit.ids import new_id
from server.web import Deps


async def keep_code(deps: Deps, actor: Actor, rule: CodeRule) -> UUID:
    """Add a rule of the organization's own; gives its id. Raises Conflict when one begins on the same day."""
    require_services(actor)
    async with deps.database.write() as session:
        await one_by_one(session, actor)
        same = select(BillingRule).where(
            BillingRule.organization_id == actor.organization_id,
            BillingRule.code == rule.code,
            BillingRule.valid_from == rule.valid_from,
        )
        if (await session.exec(same)).first():
            raise Conflict(SAME_DAY)
        row = as_row(rule, new_id(), actor.organization_id)
        session.add(row)
        note(session, deps.now(), actor, "create", Subject("BillingRule", row.id), rule.code)
    return row.id


async def drop_code(deps: Deps, actor: Actor, rule_id: UUID | None, today: date) -> None:
    """Take away a rule that does not hold yet. Raises NotFound, and Conflict for one that does."""
    require_services(actor)
    async with deps.database.write() as session:
        row = await session.get(BillingRule, rule_id) if rule_id else None
        if row is None or row.organization_id != actor.organization_id:
            raise NotFound
        if row.valid_from <= today:
            raise Conflict(HELD_ALREADY)
        await session.delete(row)
        note(session, deps.now(), actor, "update", Subject("BillingRule", row.id), row.code)
