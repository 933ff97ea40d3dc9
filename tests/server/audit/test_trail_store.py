"""What a patient may know of the audit trail."""

from datetime import timedelta
from typing import Any

import pytest

from server.access import Actor, Role
from server.audit import AuditEvent, looks_at_patient
from server.kit import NotFound
from server.kit.ids import new_id
from tests.cast import World

pytestmark = pytest.mark.anyio


async def noted(world: World, minutes_ago: int = 0, **changes: Any) -> AuditEvent:
    event = AuditEvent(
        **{
            "id": new_id(),
            "recorded_at": world.clock.now - timedelta(minutes=minutes_ago),
            "organization_id": world.patient.organization_id,
            "account_id": world.accounts["pcp"].id,
            "roles": "pcp",
            "action": "read",
            "entity": "Patient",
            "patient_id": world.patient.id,
            "outcome": "success",
            "why": "",
            "address": "",
            **changes,
        }
    )
    async with world.deps.database.write() as session:
        session.add(event)
    return event


def maria(world: World) -> Actor:
    return Actor(frozenset({Role.PATIENT}), world.patient.organization_id, new_id(), patient_id=world.patient.id)


async def seen(world: World, **how: Any) -> list[Any]:
    async with world.deps.database.read() as session:
        return [event.id for event in await looks_at_patient(session, maria(world), **how)]


async def test_a_patient_sees_what_was_done_with_the_record_newest_first(world: World) -> None:
    older, newer = await noted(world, 5), await noted(world, 1)
    assert await seen(world) == [newer.id, older.id]


async def test_nothing_of_other_patients_other_organizations_or_refusals_is_seen(world: World) -> None:
    await noted(world, patient_id=world.outside_patient.id)
    await noted(world, patient_id=None)
    await noted(world, organization_id=world.outside_patient.organization_id)
    await noted(world, outcome="denied")
    assert await seen(world) == []


async def test_a_page_holds_so_many_and_the_next_goes_on_before_a_moment(site: World) -> None:
    events = [await noted(site, minutes) for minutes in range(5)]
    assert await seen(site, limit=2) == [events[0].id, events[1].id]
    assert await seen(site, before=events[1].recorded_at, limit=2) == [events[2].id, events[3].id]


async def test_who_is_no_patient_asks_in_vain(site: World) -> None:
    async with site.deps.database.read() as session:
        with pytest.raises(NotFound):
            await looks_at_patient(session, site.actors["admin"])
