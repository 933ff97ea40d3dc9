"""Denials are in the trail before their answer leaves; noise is not."""

from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.kit.ids import new_id

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


async def denials(world: "World") -> list[AuditEvent]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(AuditEvent).where(AuditEvent.outcome == "denied"))).all())


async def test_a_page_that_a_role_may_not_open(world: "World") -> None:
    pcp = await world.signed_in("pcp")
    assert (await pcp.get("/admin")).status_code == 403
    (event,) = await denials(world)
    actor = world.actors["pcp"]
    assert (event.account_id, event.organization_id, event.roles) == (actor.account_id, actor.organization_id, "pcp")
    assert (event.action, event.why, event.address) == ("manage_organization", "role: GET /admin", "192.0.2.7")


async def test_a_visit_of_another_organization_is_a_404_and_a_denial(world: "World") -> None:
    visit, _ = await world.visit()
    outsider = await world.signed_in("outsider")
    assert (await outsider.get(f"/visits/{visit}")).status_code == 404
    (event,) = await denials(world)
    assert (event.entity, event.entity_id) == ("Encounter", visit)
    assert event.organization_id == world.actors["outsider"].organization_id
    assert event.why == "another organization: GET /visits/{encounter_id}"
    assert str(visit) not in event.why


async def test_a_script_that_is_refused(site: "World") -> None:
    visit, _ = await site.visit()
    desk = await site.signed_in("frontdesk", Accept="application/json")
    assert (await desk.post(f"/visits/{visit}/ticket")).status_code == 403
    assert [event.why for event in await denials(site)] == ["role: POST /visits/{encounter_id}/ticket"]


async def test_an_address_that_does_not_exist_is_no_denial(site: "World") -> None:
    pcp = await site.signed_in("pcp")
    assert (await pcp.get("/nowhere")).status_code == 404
    assert (await pcp.get(f"/visits/{new_id()}")).status_code == 404
    assert await denials(site) == []


async def test_whoever_is_not_signed_in_is_no_denial(site: "World") -> None:
    assert (await site.browser().get("/today")).status_code == 303
    assert await denials(site) == []


async def test_what_is_allowed_is_no_denial(site: "World") -> None:
    assert (await (await site.signed_in("pcp")).get("/today")).status_code == 200
    assert await denials(site) == []


async def test_a_denial_that_cannot_be_written_is_not_answered_as_one(site: "World") -> None:
    pcp = await site.signed_in("pcp")
    async with site.deps.database.writer.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    assert (await pcp.get("/admin")).status_code == 500
