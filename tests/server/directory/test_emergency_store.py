"""What is open in an emergency, to whom, and who hears of it."""

from dataclasses import replace

import pytest

from server.directory import Patient, add_patient
from server.directory.emergency_actions import close_emergency, open_in_emergency
from server.directory.emergency_store import (
    emergency_for,
    open_emergencies,
    opened_reason,
    seal_reason,
)
from server.kit import SealBroken
from server.kit.ids import new_id
from tests.cast import World
from tests.server.directory.emergencies import LOCUM, REASON, hire_locum, opened
from tests.server.directory.people import SAMIR

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


async def test_a_second_patient_s_emergency_is_found_beside_the_first(emergency: World) -> None:
    second = await add_patient(emergency.deps, emergency.actors["pcp"], SAMIR, anyway=True)
    assert isinstance(second, Patient)
    await open_in_emergency(emergency.deps, emergency.actors[LOCUM], second.id, "No history known")
    who, now = emergency.actors[LOCUM], emergency.clock.now
    async with emergency.deps.database.read() as session:
        found = await emergency_for(session, who, second.id, now)
    assert found is not None
    assert found.patient_id == second.id


async def test_a_reason_sealed_for_one_access_does_not_open_for_another(emergency: World) -> None:
    keyring, row = emergency.deps.keyring, await opened(emergency)
    row.reason = seal_reason(keyring, row.id, "Another reason")
    assert opened_reason(keyring, row) == "Another reason"
    row.reason = seal_reason(keyring, new_id(), "Another reason")
    with pytest.raises(SealBroken):
        opened_reason(keyring, row)
