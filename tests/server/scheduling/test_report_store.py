"""What reports are reckoned from, on both databases: whose, which appointments, and with how many queries."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from server.scheduling import CancelReason, add_practitioner, cancel
from server.scheduling.report_rules import Planned
from server.scheduling.report_store import Material, material, reported
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked, moved
from tests.server.scheduling.schedules import works

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def found(world: World, who: str = "admin") -> Material:
    async with world.deps.database.read() as session:
        people = await reported(session, world.actors[who])
        return await material(session, world.actors[who], people, TEN - DAY, TEN + 7 * DAY, TEN)


async def planned(world: World, name: str = "pcp") -> list[Planned]:
    return (await found(world)).planned.get(world.practitioners[name].id, [])


async def test_administrators_see_everybody_and_clinicians_themselves(site: World) -> None:
    names = {}
    for who in ("admin", "pcp", "frontdesk", "outsider"):
        async with site.deps.database.read() as session:
            names[who] = [one.family_name for one in await reported(session, site.actors[who])]
    assert names == {"admin": ["Brandt", "Okafor", "Reyes"], "pcp": ["Okafor"], "frontdesk": [], "outsider": ["Farouk"]}


async def test_appointments_are_given_in_minutes_with_their_lead_time(world: World) -> None:
    row = await booked(world, TEN + DAY)
    (one,) = await planned(world)
    assert (one.id, one.status, one.end - one.start, one.lead) == (row.id, "booked", 20, 24 * 60)


async def test_a_joint_visit_is_each_ones_and_who_was_only_asked_in_does_not_have_it(world: World) -> None:
    row = await booked(world, TEN, "pcp", "psychiatrist")
    async with world.deps.database.write() as session:
        add_practitioner(session, row, world.practitioners["caremanager"].id)
    assert [len(await planned(world, name)) for name in ("pcp", "psychiatrist", "caremanager")] == [1, 1, 0]


async def test_what_was_cancelled_is_there_with_its_reason(world: World) -> None:
    row = await booked(world, TEN)
    async with world.deps.database.write() as session:
        await cancel(session, world.deps, world.actors["frontdesk"], row.id, CancelReason.PROVIDER_ILL)
    assert [(one.status, one.reason) for one in await planned(world)] == [("cancelled", "prov-pers")]


async def test_what_was_moved_counts_where_it_is_now(site: World) -> None:
    await moved(site, await booked(site, TEN), TEN + 30 * DAY)
    assert await planned(site) == []


async def test_appointments_of_another_organization_are_not_given(site: World) -> None:
    await booked(site, TEN)
    assert (await found(site, "outsider")).planned == {}


async def test_what_lies_ahead_is_busy(site: World) -> None:
    await works(site, "pcp")
    await booked(site, TEN + DAY)
    assert len((await found(site)).busy[site.practitioners["pcp"].id]) == 1


async def test_more_practitioners_cost_no_more_queries(site: World) -> None:
    statements: list[str] = []
    event.listen(
        site.deps.database._reader.sync_engine, "before_cursor_execute", lambda *words: statements.append(words[2])
    )
    await works(site, "pcp")
    await found(site, "pcp")
    few = len(statements)
    for name in ("psychiatrist", "caremanager"):
        await works(site, name)
    statements.clear()
    await found(site, "admin")
    assert len(statements) == few <= 12
