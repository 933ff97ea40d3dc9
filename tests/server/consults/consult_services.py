"""Services for tests: what a service is, who covers it, a group, a path, and a second specialist."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from server.access import Actor, Role
from server.consults.code_rules import SHIPPED
from server.consults.code_tables import BillingRule
from server.consults.coverage_actions import keep_coverage, keep_group
from server.consults.own_rule_actions import keep_rule
from server.consults.own_rule_store import OwnRow
from server.consults.path_actions import PathTerms, keep_path
from server.consults.service_actions import ServiceTerms, keep_service
from server.consults.service_rules import (
    Kind,
    LicenceRule,
    Mode,
    OnDecline,
    OnNobody,
    Place,
    Situation,
    Step,
    StepKind,
    Urgency,
)
from server.consults.service_tables import ConsultationRule, ConsultService, ServiceCoverage
from server.kit.ids import new_id
from tests.cast import World
from tests.server.visits import journey

PSYCHIATRY = ServiceTerms(
    "Adult psychiatry", Kind.ADULT_PSYCHIATRY, ("physician",), (Mode.VIDEO, Mode.WRITTEN), ("QTc?",), 5, 24, active=True
)
EVERYONE = Step(StepKind.EVERYONE, 60)
RIGHT_AWAY = PathTerms("Right away", (Urgency.NOW,), 1, 1, OnDecline.NEXT, OnNobody.WRITTEN, (EVERYONE,))


def service(world: World, **changes: Any) -> ConsultService:
    """A service of the cast's organization, not saved yet."""
    words: dict[str, Any] = {"name": "Psychiatry", "kind": "adult_psychiatry", "direction": "behavioral"}
    at = {"id": new_id(), "organization_id": world.clinic.organization_id, "changed_at": world.clock.now}
    return ConsultService(**{**words, **at, "modes": ["video"], **changes})


async def offered(world: World, terms: ServiceTerms = PSYCHIATRY, **changes: Any) -> UUID:
    """Have the administrator offer a service; gives its id."""
    return await keep_service(world.deps, world.actors["admin"], None, replace(terms, **changes), 0)


async def covered(world: World, service_id: UUID, **tiers: int) -> None:
    """Have practitioners cover a service for every clinic, by name: `covered(world, id, psychiatrist=1)`."""
    places = {Place(world.practitioners[name].id): tier for name, tier in tiers.items()}
    await keep_coverage(world.deps, world.actors["admin"], service_id, places, await version(world, service_id))


async def tiers(world: World) -> dict[Place, int]:
    """Read who covers services, and in which tier."""
    rows = await journey.rows(world, ServiceCoverage)
    return {Place(row.practitioner_id, row.group_id, row.clinic_id): row.tier for row in rows}


async def grouped(world: World, *names: str, name: str = "Team") -> UUID:
    """Have the administrator make a group of practitioners; gives its id."""
    members = frozenset(world.practitioners[one].id for one in names)
    return await keep_group(world.deps, world.actors["admin"], None, name, members, 0)


async def rung(world: World, service_id: UUID, terms: PathTerms = RIGHT_AWAY, **changes: Any) -> UUID:
    """Have the administrator add a path to a service; gives its id."""
    seen = await version(world, service_id)
    return await keep_path(world.deps, world.actors["admin"], service_id, None, replace(terms, **changes), seen)


async def version(world: World, service_id: UUID) -> int:
    """Give the version of a service as it is kept."""
    async with world.deps.database.read() as session:
        return (await session.exec(select(ConsultService.version).where(col(ConsultService.id) == service_id))).one()


def elsewhere(world: World) -> Actor:
    """An administrator of the other organization."""
    return replace(world.actors["outsider"], roles=frozenset({Role.ADMINISTRATOR}))


async def own_rules(world: World, table: type[OwnRow]) -> list[Any]:
    """Read the rules that organizations keep themselves, as rows by id."""
    return [row for row in await journey.rows(world, table) if row.organization_id]


def makers(world: World) -> dict[str, Callable[[], Awaitable[object]]]:
    """Give what makes the rules behind the addresses of the administrator's pages; none of them holds yet."""
    return {"{rule_id}": partial(_rule_ahead, world), "{billing_rule_id}": partial(_code_ahead, world)}


async def _rule_ahead(world: World) -> UUID:
    day = await _free_day(world, ConsultationRule)
    rule = LicenceRule("", "", Situation.PEER_ONLY, licence_required=True, valid_from=day)
    return await keep_rule(world.deps, world.actors["admin"], rule)


async def _code_ahead(world: World) -> UUID:
    rule = replace(SHIPPED["99446"], valid_from=await _free_day(world, BillingRule))
    return await keep_rule(world.deps, world.actors["admin"], rule)


async def _free_day(world: World, table: type[OwnRow]) -> date:
    """Give a day ahead on which no rule begins yet."""
    return world.clock.now.date() + timedelta(days=1 + len(await journey.rows(world, table)))
