"""Keeping in which order a service is rung: its escalation paths, each with its steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.consults.coverage_actions import require_known
from server.consults.service_actions import changed_service, require_services
from server.consults.service_rules import MOST_PATHS, OnDecline, OnNobody, Place, Step
from server.consults.service_store import kept_paths
from server.consults.service_tables import ConsultService, EscalationPath, EscalationStep
from server.kit import N_, Conflict, NotFound
from server.kit.ids import new_id
from server.web import Deps

ENOUGH = N_("A service has at most five paths. Take one away first.")


@dataclass(frozen=True, slots=True)
class PathTerms:
    """What a path is, as `EscalationPath` says it; `position` is its place among the paths, from 1."""

    name: str
    urgencies: tuple[str, ...]
    position: int
    restarts: int
    on_decline: OnDecline
    on_nobody: OnNobody
    steps: tuple[Step, ...]


async def keep_path(
    deps: Deps, actor: Actor, service_id: UUID | None, path_id: UUID | None, terms: PathTerms, version: int
) -> UUID:
    """Write a path of a service, a new one where no id is given, and put it in its place; gives its id.

    `version` is the service's. Raises NotFound, and Conflict when somebody else saved or there are enough paths.
    """
    require_services(actor)
    async with deps.database.write() as session:
        service = await changed_service(session, actor, service_id, version)
        await require_known(session, actor, [Place(step.practitioner_id, step.group_id) for step in terms.steps])
        others, row = await _found(session, actor, service, path_id)
        if len(others) >= MOST_PATHS:
            raise Conflict(ENOUGH)
        row.name, row.urgencies, row.restarts = terms.name, list(terms.urgencies), terms.restarts
        row.on_decline, row.on_nobody = terms.on_decline.value, terms.on_nobody.value
        others.insert(terms.position - 1, row)
        _number(session, others)
        await session.flush()
        await _put_steps(session, row, terms.steps)
        note(session, deps.now(), actor, "update", Subject("HealthcareService", service.id))
    return row.id


async def drop_path(deps: Deps, actor: Actor, service_id: UUID | None, path_id: UUID | None, version: int) -> None:
    """Take a path away; those behind it move up. Raises NotFound, and Conflict when somebody else saved."""
    require_services(actor)
    async with deps.database.write() as session:
        service = await changed_service(session, actor, service_id, version)
        if path_id is None:
            raise NotFound
        others, row = await _found(session, actor, service, path_id)
        await session.exec(delete(EscalationStep).where(col(EscalationStep.path_id) == row.id))
        await session.delete(row)
        _number(session, others)
        note(session, deps.now(), actor, "update", Subject("HealthcareService", service.id))


async def _found(
    session: AsyncSession, actor: Actor, service: ConsultService, path_id: UUID | None
) -> tuple[list[EscalationPath], EscalationPath]:
    """Give the other paths of a service in their order, and the one that is meant: a new one without an id."""
    paths = {path.id: path for path, _ in await kept_paths(session, actor.organization_id, service.id)}
    if path_id is None:
        row = EscalationPath(
            id=new_id(), organization_id=actor.organization_id, service_id=service.id, name="", position=MOST_PATHS
        )
    elif (kept := paths.pop(path_id, None)) is not None:
        row = kept
    else:
        raise NotFound
    return list(paths.values()), row


def _number(session: AsyncSession, paths: Sequence[EscalationPath]) -> None:
    for position, path in enumerate(paths, 1):
        path.position = position
        session.add(path)


async def _put_steps(session: AsyncSession, path: EscalationPath, steps: Sequence[Step]) -> None:
    await session.exec(delete(EscalationStep).where(col(EscalationStep.path_id) == path.id))
    session.add_all(
        EscalationStep(
            id=new_id(),
            organization_id=path.organization_id,
            path_id=path.id,
            position=position,
            kind=step.kind.value,
            practitioner_id=step.practitioner_id,
            group_id=step.group_id,
            seconds=step.seconds,
        )
        for position, step in enumerate(steps, 1)
    )
