"""What is open in an emergency, to whom, and who hears of it."""

from dataclasses import replace

import pytest

from server.directory.emergency_actions import close_emergency
from server.directory.emergency_store import (
    emergency_for,
    open_emergencies,
    opened_reason,
)
from server.directory.store import organization_of, privacy_contact
from server.kit import field_name
from tests.cast import World
from tests.server.directory.emergencies import LOCUM, REASON, hire_locum, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def emergency(world: World) -> World:
    await hire_locum(world)
    await opened(world)
    return world


async def count(world: World, who: str) -> int:
    async with world.deps.database.read() as session:
        return len(await open_emergencies(session, world.actors[who], world.clock.now))


async def test_it_is_open_to_who_opened_it_and_to_nobody_else(emergency: World) -> None:
    assert [await count(emergency, who) for who in (LOCUM, "pcp", "admin", "outsider")] == [1, 0, 0, 0]


async def test_it_is_open_in_the_organization_only_in_which_it_was_opened(emergency: World) -> None:
    outsider = emergency.actors["outsider"]
    elsewhere = replace(emergency.actors[LOCUM], organization_id=outsider.organization_id)
    async with emergency.deps.database.read() as session:
        assert await open_emergencies(session, elsewhere, emergency.clock.now) == []


async def test_it_ends_by_itself_to_the_second(emergency: World) -> None:
    emergency.clock.pass_(minutes=59, seconds=59)
    assert await count(emergency, LOCUM) == 1
    emergency.clock.pass_(seconds=1)
    assert await count(emergency, LOCUM) == 0


async def test_what_was_closed_is_not_open(emergency: World) -> None:
    row = await opened(emergency)
    await close_emergency(emergency.deps, emergency.actors[LOCUM], row.id)
    assert await count(emergency, LOCUM) == 0


async def test_an_emergency_is_one_patient_s(emergency: World) -> None:
    who, now = emergency.actors[LOCUM], emergency.clock.now
    async with emergency.deps.database.read() as session:
        found = await emergency_for(session, who, emergency.patient.id, now)
        assert found is not None
        assert opened_reason(emergency.deps.keyring, found) == REASON
        assert await emergency_for(session, who, emergency.outside_patient.id, now) is None


async def test_the_reason_is_stored_sealed(emergency: World) -> None:
    assert REASON.encode() not in (await opened(emergency)).reason


async def test_the_privacy_contact_is_opened_or_empty(site: World) -> None:
    keyring = site.deps.keyring
    async with site.deps.database.write() as session:
        organization = await organization_of(session, site.actors["admin"])
        assert privacy_contact(keyring, organization) == ""
        name = field_name("organization", organization.id, "privacy_contact")
        organization.privacy_contact = keyring.seal("privacy@example.org", name)
        assert privacy_contact(keyring, organization) == "privacy@example.org"
