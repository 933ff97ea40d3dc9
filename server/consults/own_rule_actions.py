"""Keeping an organization's own rules, on billing codes and on licences: what has held stays."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.consults.code_rules import CodeRule
from server.consults.code_tables import BillingRule
from server.consults.own_rule_store import OwnRow, as_row, furthest_day
from server.consults.service_actions import one_by_one, require_services
from server.consults.service_rules import LicenceRule
from server.consults.service_tables import ConsultationRule
from server.kit import N_, Conflict, NotFound
from server.web import Deps

SAME_DAY = N_("There is a rule for the same from this day on. Choose another day.")
HELD_ALREADY = N_("This rule holds already, and consults were matched by it. Add a newer one instead.")
ABOUT: dict[type[OwnRow], tuple[str, ...]] = {
    BillingRule: ("code",),
    ConsultationRule: ("state", "profession", "situation"),
}
"""What a rule is for: of those for the same, one begins on a day."""


async def keep_rule(deps: Deps, actor: Actor, rule: CodeRule | LicenceRule) -> UUID:
    """Add a rule of the organization's own; gives its id. Raises Conflict when one begins on the same day."""
    require_services(actor)
    row = as_row(rule, actor.organization_id)
    table = type(row)
    alike = ("organization_id", "valid_from", *ABOUT[table])
    async with deps.database.write() as session:
        await one_by_one(session, actor)
        same = select(table.id).where(*(getattr(table, column) == getattr(row, column) for column in alike))
        if (await session.exec(same)).first():
            raise Conflict(SAME_DAY)
        session.add(row)
        _note(session, deps, actor, "create", row)
    return row.id


async def drop_rule(deps: Deps, actor: Actor, table: type[OwnRow], rule_id: UUID | None) -> None:
    """Take away a rule that does not hold yet. Raises NotFound, and Conflict for one that does."""
    require_services(actor)
    async with deps.database.write() as session:
        row = await session.get(table, rule_id) if rule_id else None
        if not isinstance(row, table) or row.organization_id != actor.organization_id:
            raise NotFound
        if row.valid_from <= await furthest_day(session, actor, deps.now()):
            raise Conflict(HELD_ALREADY)
        await session.delete(row)
        _note(session, deps, actor, "update", row)


def _note(session: AsyncSession, deps: Deps, actor: Actor, action: str, row: OwnRow) -> None:
    code = row.code if isinstance(row, BillingRule) else ""
    note(session, deps.now(), actor, action, Subject(type(row).__name__, row.id), code)
