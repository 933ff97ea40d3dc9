"""A new organization has its first clinic."""

import pytest

from server.directory import Clinic, NewOrganization, Organization, make_organization
from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_an_organization_begins_with_a_clinic(world: World) -> None:
    new = NewOrganization("Juniper Health", "es", "Juniper Clinic", "406-555-0111", "America/Denver")
    async with world.deps.database.write() as session:
        organization, clinic = make_organization(session, new)
    async with world.deps.database.read() as session:
        kept, place = await session.get_one(Organization, organization.id), await session.get_one(Clinic, clinic.id)
    assert (kept.name, kept.language) == ("Juniper Health", "es")
    assert (place.organization_id, place.name, place.phone) == (organization.id, "Juniper Clinic", "406-555-0111")
