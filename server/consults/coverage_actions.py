"""Keeping who covers a service for which clinic, and the groups of specialists that cover together."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from server.access import Actor
from server.audit import Subject, note
from server.consults.service_actions import (
    CHANGED,
    changed_service,
    one_by_one,
    require_free_name,
    require_services,
)
from server.consults.service_rules import Place
from server.consults.service_store import group_by_id, groups_of, is_group_used, kept_coverage
from server.consults.service_tables import ServiceCoverage, SpecialistGroup, SpecialistGroupMember
from server.directory import clinics_of, practitioners_by_ids
from server.kit import N_, Conflict, NotFound
from server.kit.ids import new_id
from server.web import Deps

IN_USE = N_("This group covers a service or is rung by a path. Take it out there first.")


async def keep_coverage(
    deps: Deps, actor: Actor, service_id: UUID | None, tiers: Mapping[Place, int], version: int
) -> None:
    """Write who covers a service as a whole: what is not in `tiers` does not cover it any more.

    Raises NotFound, also for somebody or a clinic of another organization, and Conflict when somebody else saved.
    """
    require_services(actor)
    async with deps.database.write() as session:
        service = await changed_service(session, actor, service_id, version)
        await require_known(session, actor, tiers)
        kept = {_place(row): row for row in await kept_coverage(session, actor.organization_id, service.id)}
        gone = [row.id for place, row in kept.items() if place not in tiers]
        await session.exec(delete(ServiceCoverage).where(col(ServiceCoverage.id).in_(gone)))
        for place, tier in tiers.items():
            put_cover(session, actor, service.id, place, tier, kept.get(place))
        note(session, deps.now(), actor, "update", Subject("HealthcareService", service.id))


def put_cover(
    session: AsyncSession, actor: Actor, service_id: UUID, place: Place, tier: int, row: ServiceCoverage | None = None
) -> None:
    """Write one line of coverage: the `row` that is there, or a new one."""
    if row is None:
        row = ServiceCoverage(
            id=new_id(),
            organization_id=actor.organization_id,
            service_id=service_id,
            practitioner_id=place.practitioner_id,
            group_id=place.group_id,
            clinic_id=place.clinic_id,
        )
    row.tier, row.active = tier, True
    session.add(row)


async def require_known(session: AsyncSession, actor: Actor, places: Iterable[Place]) -> None:
    """Make sure that everybody and every clinic that is named is the organization's. Raises NotFound."""
    people = {place.practitioner_id for place in places if place.practitioner_id}
    known: set[UUID] = {*await practitioners_by_ids(session, actor, people)}
    known |= {row.id for row in await groups_of(session, actor)}
    known |= {row.id for row in await clinics_of(session, actor)}
    named = {id_ for place in places for id_ in (place.practitioner_id, place.group_id, place.clinic_id) if id_}
    if not named <= known:
        raise NotFound


async def keep_group(
    deps: Deps, actor: Actor, group_id: UUID | None, name: str, members: frozenset[UUID], version: int
) -> UUID:
    """Write a group and who belongs to it, a new one where no id is given; gives its id.

    Raises NotFound, and Conflict when somebody else saved meanwhile or the name is taken.
    """
    require_services(actor)
    async with deps.database.write() as session:
        await one_by_one(session, actor)
        if len(await practitioners_by_ids(session, actor, members)) < len(members):
            raise NotFound
        row = SpecialistGroup(id=new_id(), organization_id=actor.organization_id, name=name, version=version)
        if group_id is not None:
            row = await group_by_id(session, actor, group_id, lock=True)
        if row.version != version:
            raise Conflict(CHANGED)
        await require_free_name(session, actor, SpecialistGroup, row.id, name)
        row.name, row.version = name, version + 1
        session.add(row)
        await session.flush()
        await put_members(session, row, members)
        note(session, deps.now(), actor, "update" if group_id else "create", Subject("Group", row.id))
    return row.id


async def put_members(session: AsyncSession, group: SpecialistGroup, members: frozenset[UUID]) -> None:
    """Write who belongs to a group; who stays keeps their place in the order of it."""
    mine = col(SpecialistGroupMember.group_id) == group.id
    await session.exec(
        delete(SpecialistGroupMember).where(mine, col(SpecialistGroupMember.practitioner_id).not_in(members))
    )
    stayed = set((await session.exec(_members_of(group))).all())
    session.add_all(
        SpecialistGroupMember(
            id=new_id(), organization_id=group.organization_id, group_id=group.id, practitioner_id=practitioner_id
        )
        for practitioner_id in sorted(members - stayed)
    )


async def drop_group(deps: Deps, actor: Actor, group_id: UUID | None) -> None:
    """Take a group away. Raises NotFound, and Conflict while something uses it."""
    require_services(actor)
    async with deps.database.write() as session:
        await one_by_one(session, actor)
        row = await group_by_id(session, actor, group_id, lock=True)
        if await is_group_used(session, row):
            raise Conflict(IN_USE)
        await session.exec(delete(SpecialistGroupMember).where(col(SpecialistGroupMember.group_id) == row.id))
        await session.delete(row)
        note(session, deps.now(), actor, "update", Subject("Group", row.id))


def _place(row: ServiceCoverage) -> Place:
    return Place(row.practitioner_id, row.group_id, row.clinic_id)


def _members_of(group: SpecialistGroup) -> SelectOfScalar[UUID]:
    return select(SpecialistGroupMember.practitioner_id).where(SpecialistGroupMember.group_id == group.id)
