"""Services for tests: what a service is, who covers it, a group, a path, and a second specialist."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from server.access import Actor, Role
from server.consults.coverage_actions import keep_coverage, keep_group
from server.consults.path_actions import PathTerms, keep_path
from server.consults.service_actions import ServiceTerms, keep_service
from server.consults.service_rules import Kind, Mode, OnDecline, OnNobody, Place, Step, StepKind, Urgency
from server.consults.service_tables import ConsultService
from server.kit.ids import new_id
from tests.cast import World

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
