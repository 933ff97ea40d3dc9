"""Importing a table of coverage or of specialists: all of it or nothing."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.consults.coverage_actions import put_cover, put_members, require_known
from server.consults.duty_actions import Limits, profile_for_change, put_limits
from server.consults.import_rules import Covers, Sheet, Table, Takes, read_table
from server.consults.import_store import known_names
from server.consults.service_actions import one_by_one, require_services
from server.consults.service_rules import Place
from server.consults.service_store import groups_of, kept_coverage, members_of_groups, service_by_id
from server.directory import Practitioner
from server.web import Deps


async def import_table(deps: Deps, actor: Actor, text: str, *, confirmed: bool) -> Table:
    """Check a table and, when it is confirmed and all of it is right, write it; gives what was read.

    A line changes what it names and leaves everything else as it is. Raises Unreadable, and NotFound when what was
    named went away meanwhile.
    """
    require_services(actor)
    async with deps.database.read() as session:
        known = await known_names(session, actor, deps.keyring)
    table = read_table(text, known)
    if not confirmed or not table.is_right:
        return table
    async with deps.database.write() as session:
        await one_by_one(session, actor)
        if table.sheet is Sheet.COVERAGE:
            await _write_coverage(session, deps, actor, [line.covers for line in table.lines if line.covers])
        else:
            await _write_specialists(session, deps, actor, [line.takes for line in table.lines if line.takes])
        kind = "HealthcareService" if table.sheet is Sheet.COVERAGE else "PractitionerRole"
        note(session, deps.now(), actor, "import", Subject(kind), f"{len(table.lines)} lines")
    return table


async def _write_coverage(session: AsyncSession, deps: Deps, actor: Actor, lines: Sequence[Covers]) -> None:
    await require_known(session, actor, [line.place for line in lines])
    for service_id in sorted({line.service_id for line in lines}):
        service = await service_by_id(session, actor, service_id, lock=True)
        service.version, service.changed_at = service.version + 1, deps.now()
        session.add(service)
        rows = await kept_coverage(session, actor.organization_id, service_id)
        kept = {Place(row.practitioner_id, row.group_id, row.clinic_id): row for row in rows}
        for line in lines:
            if line.service_id == service_id:
                put_cover(session, actor, service_id, line.place, line.tier, kept.get(line.place))


async def _write_specialists(session: AsyncSession, deps: Deps, actor: Actor, lines: Sequence[Takes]) -> None:
    people = await _locked(session, actor, [line.practitioner_id for line in lines])
    for line in lines:
        row = await profile_for_change(session, deps, people[line.practitioner_id])
        put_limits(row, Limits(line.capacity, line.min_age, line.max_age))
        row.changed_at = deps.now()
        session.add(row)
    await _write_groups(session, actor, lines)


async def _write_groups(session: AsyncSession, actor: Actor, lines: Sequence[Takes]) -> None:
    """Put each specialist into exactly the groups that their line names; the others of a group stay in it."""
    groups = await groups_of(session, actor)
    members = await members_of_groups(session, actor.organization_id, [group.id for group in groups])
    for group in groups:
        before = frozenset(members[group.id])
        named = {line.practitioner_id for line in lines}
        after = (before - named) | {line.practitioner_id for line in lines if group.id in line.groups}
        if after != before:
            group.version += 1
            session.add(group)
            await put_members(session, group, frozenset(after))


async def _locked(session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Practitioner]:
    query = select(Practitioner).where(
        col(Practitioner.id).in_(ids), Practitioner.organization_id == actor.organization_id
    )
    rows = (await session.exec(query.order_by(col(Practitioner.id)).with_for_update(key_share=True))).all()
    return {row.id: row for row in rows}
