"""Keeping which services there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.audit import Subject, note
from server.consults.service_rules import Kind
from server.consults.service_store import service_by_id
from server.consults.service_tables import ConsultService, SpecialistGroup
from server.directory import Organization
from server.kit import N_, Conflict
from server.kit.ids import new_id
from server.web import Deps

CHANGED = N_("Somebody else changed this in the meantime. Look at it again before you save.")
NAME_TAKEN = N_("There is one of this name already. Choose another.")


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """What a service is, as `ConsultService` says it."""

    name: str
    kind: Kind
    professions: tuple[str, ...]
    modes: tuple[str, ...]
    questions: tuple[str, ...]
    target_minutes: int
    due_hours: int
    active: bool


async def keep_service(deps: Deps, actor: Actor, service_id: UUID | None, terms: ServiceTerms, version: int) -> UUID:
    """Write a service, a new one where no id is given; gives its id.

    `version` is the one that the person saw. Raises NotFound, and Conflict when somebody else saved meanwhile or the
    name is taken.
    """
    require_services(actor)
    async with deps.database.write() as session:
        await one_by_one(session, actor)
        if service_id is None:
            row = ConsultService(
                id=new_id(),
                organization_id=actor.organization_id,
                name="",
                kind="",
                direction="",
                changed_at=deps.now(),
            )
        else:
            row = await changed_service(session, actor, service_id, version)
        await require_free_name(session, actor, ConsultService, row.id, terms.name)
        for column, value in _columns(terms).items():
            setattr(row, column, value)
        row.changed_at = deps.now()
        session.add(row)
        note(session, deps.now(), actor, "update" if service_id else "create", Subject("HealthcareService", row.id))
    return row.id


async def changed_service(session: AsyncSession, actor: Actor, service_id: UUID | None, version: int) -> ConsultService:
    """Lock a service whose coverage or paths are about to change, and count the change.

    Raises NotFound, and Conflict when `version` is not the one that is kept.
    """
    await one_by_one(session, actor)
    row = await service_by_id(session, actor, service_id, lock=True)
    if row.version != version:
        raise Conflict(CHANGED)
    row.version += 1
    session.add(row)
    return row


def require_services(actor: Actor) -> None:
    """Make sure that somebody looks after services. Raises Forbidden."""
    require(actor, Action.MANAGE_SERVICES, Record(actor.organization_id))


async def one_by_one(session: AsyncSession, actor: Actor) -> None:
    """Let an organization's administrators write one after the other: no name is given twice, no group goes in use."""
    query = select(Organization.id).where(Organization.id == actor.organization_id)
    await session.exec(query.with_for_update(key_share=True))


async def require_free_name(
    session: AsyncSession, actor: Actor, table: type[ConsultService | SpecialistGroup], own_id: UUID, name: str
) -> None:
    """Make sure that no other row of the organization is called so, however it is spelled. Raises Conflict."""
    query = select(table.name).where(table.organization_id == actor.organization_id, col(table.id) != own_id)
    names: Sequence[str] = (await session.exec(query)).all()
    if name.casefold() in {other.casefold() for other in names}:
        raise Conflict(NAME_TAKEN)


def _columns(terms: ServiceTerms) -> dict[str, Any]:
    return {
        "name": terms.name,
        "kind": terms.kind.value,
        "direction": terms.kind.direction.value,
        "template": terms.kind.value,
        "professions": list(terms.professions),
        "modes": list(terms.modes),
        "questions": list(terms.questions),
        "target_minutes": terms.target_minutes,
        "due_hours": terms.due_hours,
        "active": terms.active,
    }
