"""Queries of services, who covers them, and their paths, within an organization."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.consults.service_rules import Cover, Duty, Standing, Step, StepKind, is_on_duty
from server.consults.service_tables import (
    ConsultService,
    EscalationPath,
    EscalationStep,
    ServiceCoverage,
    SpecialistGroup,
    SpecialistGroupMember,
    SpecialistProfile,
)
from server.directory import Practitioner
from server.kit import NotFound
from server.scheduling import at_work


async def services_of(session: AsyncSession, actor: Actor) -> Sequence[ConsultService]:
    """Give all services of the actor's organization, those that are not offered any more at the end."""
    query = select(ConsultService).where(ConsultService.organization_id == actor.organization_id)
    return (await session.exec(query.order_by(col(ConsultService.active).desc(), ConsultService.name))).all()


async def service_by_id(
    session: AsyncSession, actor: Actor, service_id: UUID | None, *, lock: bool = False
) -> ConsultService:
    """Give one service; `lock` holds it, with its coverage and paths, for change. Raises NotFound."""
    query = select(ConsultService).where(
        ConsultService.id == service_id, ConsultService.organization_id == actor.organization_id
    )
    row = (await session.exec(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound
    return row


async def offered_at(session: AsyncSession, actor: Actor, clinic_id: UUID) -> frozenset[UUID]:
    """Give the services, by id, that are offered and that somebody covers for a clinic."""
    services = select(ConsultService.id).where(
        ConsultService.organization_id == actor.organization_id, col(ConsultService.active).is_(True)
    )
    query = select(ServiceCoverage.service_id).where(
        col(ServiceCoverage.service_id).in_(services),
        col(ServiceCoverage.active).is_(True),
        or_(
            col(ServiceCoverage.practitioner_id).is_not(None),
            col(ServiceCoverage.group_id).in_(select(SpecialistGroupMember.group_id)),
        ),
        or_(col(ServiceCoverage.clinic_id).is_(None), ServiceCoverage.clinic_id == clinic_id),
    )
    return frozenset((await session.exec(query.distinct())).all())


async def kept_coverage(session: AsyncSession, organization_id: UUID, service_id: UUID) -> Sequence[ServiceCoverage]:
    """Give the coverage of a service as it is kept, groups as such, also what is not in use."""
    query = select(ServiceCoverage).where(
        ServiceCoverage.organization_id == organization_id, ServiceCoverage.service_id == service_id
    )
    return (await session.exec(query.order_by(col(ServiceCoverage.tier), col(ServiceCoverage.id)))).all()


async def coverage_rows(session: AsyncSession, organization_id: UUID, service_id: UUID) -> list[Cover]:
    """Give who covers a service now, person by person, the first tier first; groups are taken apart."""
    rows = [row for row in await kept_coverage(session, organization_id, service_id) if row.active]
    members = await members_of_groups(session, organization_id, [row.group_id for row in rows if row.group_id])
    found = []
    for row in rows:
        people = members[row.group_id] if row.group_id else [row.practitioner_id]
        found += [Cover(person, row.tier, row.clinic_id, row.group_id) for person in people if person]
    return found


async def members_of_groups(
    session: AsyncSession, organization_id: UUID, group_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """Give the practitioners of several groups, by group, in the order in which they joined."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    if not group_ids:
        return found
    query = select(SpecialistGroupMember).where(
        SpecialistGroupMember.organization_id == organization_id, col(SpecialistGroupMember.group_id).in_(group_ids)
    )
    for row in (await session.exec(query.order_by(col(SpecialistGroupMember.id)))).all():
        found[row.group_id].append(row.practitioner_id)
    return found


async def groups_of(session: AsyncSession, actor: Actor) -> Sequence[SpecialistGroup]:
    """Give the groups of the actor's organization by name."""
    query = select(SpecialistGroup).where(SpecialistGroup.organization_id == actor.organization_id)
    return (await session.exec(query.order_by(SpecialistGroup.name))).all()


async def group_by_id(
    session: AsyncSession, actor: Actor, group_id: UUID | None, *, lock: bool = False
) -> SpecialistGroup:
    """Give one group; `lock` holds it for change. Raises NotFound."""
    query = select(SpecialistGroup).where(
        SpecialistGroup.id == group_id, SpecialistGroup.organization_id == actor.organization_id
    )
    row = (await session.exec(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound
    return row


async def is_group_used(session: AsyncSession, group: SpecialistGroup) -> bool:
    """Tell whether a group, found within the organization, covers a service or is rung by a path."""
    for table in (ServiceCoverage, EscalationStep):
        if (await session.exec(select(table.id).where(table.group_id == group.id).limit(1))).first():
            return True
    return False


async def kept_paths(
    session: AsyncSession, organization_id: UUID, service_id: UUID
) -> list[tuple[EscalationPath, list[EscalationStep]]]:
    """Give the paths of a service in their order, each with its steps in theirs."""
    query = select(EscalationPath).where(
        EscalationPath.organization_id == organization_id, EscalationPath.service_id == service_id
    )
    paths = (await session.exec(query.order_by(col(EscalationPath.position), col(EscalationPath.id)))).all()
    steps: dict[UUID, list[EscalationStep]] = defaultdict(list)
    kept = select(EscalationStep).where(col(EscalationStep.path_id).in_([path.id for path in paths]))
    for row in (await session.exec(kept.order_by(col(EscalationStep.position)))).all():
        steps[row.path_id].append(row)
    return [(path, steps[path.id]) for path in paths]


async def paths_of(
    session: AsyncSession, organization_id: UUID, service_id: UUID
) -> list[tuple[EscalationPath, tuple[Step, ...]]]:
    """Give the paths of a service in their order, each with its steps as ringing reads them."""
    kept = await kept_paths(session, organization_id, service_id)
    return [(path, tuple(as_step(row) for row in steps)) for path, steps in kept]


def as_step(row: EscalationStep) -> Step:
    """Read a step from its row."""
    return Step(StepKind(row.kind), row.seconds, row.practitioner_id, row.group_id)


async def profiles_of(session: AsyncSession, practitioners: Collection[Practitioner]) -> dict[UUID, SpecialistProfile]:
    """Give the profiles of practitioners, found within the organization before; who keeps none is left out."""
    ids = [one.id for one in practitioners]
    query = select(SpecialistProfile).where(col(SpecialistProfile.practitioner_id).in_(ids))
    return {row.practitioner_id: row for row in (await session.exec(query)).all()}


def standing_of(profile: SpecialistProfile | None) -> Standing:
    """Read what somebody said of their duty."""
    return Standing(Duty(profile.duty), profile.duty_until) if profile else Standing()


async def on_duty(
    session: AsyncSession,
    practitioners: Collection[Practitioner],
    profiles: Mapping[UUID, SpecialistProfile],
    now: datetime,
) -> frozenset[UUID]:
    """Give those of several practitioners, found within the organization before, who take consults at a moment."""
    said = {one.id: standing_of(profiles.get(one.id)) for one in practitioners}
    working = await at_work(session, [one for one in practitioners if not said[one.id].holds(now)], now)
    return frozenset(id_ for id_, standing in said.items() if is_on_duty(standing, now, at_work=id_ in working))


async def who_covers(session: AsyncSession, organization_id: UUID) -> frozenset[UUID]:
    """Give the practitioners who cover any service that is offered, by name or in a group."""
    query = (
        select(ServiceCoverage.practitioner_id, ServiceCoverage.group_id)
        .join(ConsultService, col(ConsultService.id) == ServiceCoverage.service_id)
        .where(
            ServiceCoverage.organization_id == organization_id,
            col(ServiceCoverage.active).is_(True),
            col(ConsultService.active).is_(True),
        )
    )
    rows = (await session.exec(query)).all()
    members = await members_of_groups(session, organization_id, {group for _, group in rows if group})
    alone = {person for person, _ in rows if person}
    return frozenset(alone.union(*members.values()))
