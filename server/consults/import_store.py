"""Queries for tables of coverage and specialists: what an organization has by name, and the tables as they are kept."""

from collections import defaultdict
from collections.abc import AsyncIterator
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.consults.import_rules import HEADINGS, Known, Sheet
from server.consults.service_store import groups_of, members_of_groups, profiles_of, services_of
from server.consults.service_tables import ServiceCoverage, SpecialistProfile
from server.directory import Practitioner, clinics_of, practitioners_of
from server.identity import members_of
from server.kit import Keyring
from server.kit.csv_rows import UTF8_MARK, csv_row


async def known_names(session: AsyncSession, actor: Actor, keyring: Keyring) -> Known:
    """Give what a table may name of the actor's organization."""
    addresses = await _addresses(session, actor, keyring)
    people = await practitioners_of(session, actor)
    return Known(
        services={row.name.casefold(): row.id for row in await services_of(session, actor)},
        people={
            addresses[one.account_id].casefold(): one.id
            for one in people
            if one.account_id and one.account_id in addresses
        },
        groups={row.name.casefold(): row.id for row in await groups_of(session, actor)},
        clinics={row.name.casefold(): row.id for row in await clinics_of(session, actor)},
    )


async def sheet_text(session: AsyncSession, actor: Actor, keyring: Keyring, sheet: Sheet) -> str:
    """Write a table as it is kept, so that it can be changed and imported again."""
    addresses = await _addresses(session, actor, keyring)
    people = {
        one.id: addresses[one.account_id]
        for one in await practitioners_of(session, actor)
        if one.account_id and one.account_id in addresses
    }
    write = _coverage if sheet is Sheet.COVERAGE else _specialists
    rows = [row async for row in write(session, actor, people)]
    return UTF8_MARK + csv_row(*HEADINGS[sheet]) + "".join(rows)


async def _coverage(session: AsyncSession, actor: Actor, people: dict[UUID, str]) -> AsyncIterator[str]:
    services = {row.id: row.name for row in await services_of(session, actor)}
    groups = {row.id: row.name for row in await groups_of(session, actor)}
    clinics = {row.id: row.name for row in await clinics_of(session, actor)}
    query = select(ServiceCoverage).where(
        ServiceCoverage.organization_id == actor.organization_id, col(ServiceCoverage.active).is_(True)
    )
    order = (col(ServiceCoverage.service_id), col(ServiceCoverage.tier), col(ServiceCoverage.id))
    for row in (await session.exec(query.order_by(*order))).all():
        if row.practitioner_id and row.practitioner_id not in people:
            continue  # nobody can be named who does not sign in
        yield csv_row(
            services[row.service_id],
            people[row.practitioner_id] if row.practitioner_id else "",
            groups[row.group_id] if row.group_id else "",
            clinics[row.clinic_id] if row.clinic_id else "",
            row.tier,
        )


async def _specialists(session: AsyncSession, actor: Actor, people: dict[UUID, str]) -> AsyncIterator[str]:
    groups = {row.id: row.name for row in await groups_of(session, actor)}
    belongs: dict[UUID, list[str]] = defaultdict(list)
    for group_id, members in (await members_of_groups(session, actor.organization_id, list(groups))).items():
        for member in members:
            belongs[member].append(groups[group_id])
    everybody: list[Practitioner] = [one for one in await practitioners_of(session, actor) if one.id in people]
    profiles = await profiles_of(session, everybody)
    for one in everybody:
        profile = profiles.get(one.id)
        ages = (profile.min_age, profile.max_age) if profile else (None, None)
        capacity = profile.capacity if profile else SpecialistProfile.model_fields["capacity"].default
        yield csv_row(people[one.id], capacity, *ages, ";".join(sorted(belongs[one.id])))


async def _addresses(session: AsyncSession, actor: Actor, keyring: Keyring) -> dict[UUID, str]:
    return {member.account_id: member.email for member in await members_of(session, actor, keyring)}
