"""Adding to a care team and ending that: by who has a tie, once, and noted."""

import asyncio
from uuid import UUID

import pytest

from server.access import Role
from server.directory import CareTeamParticipant
from server.kit import Forbidden, Invalid, NotFound
from server.kit.ids import new_id
from server.visits.care_team_actions import add_to_care_team, end_participation
from tests.cast import World
from tests.server.directory.emergencies import LOCUM, hire_locum, opened
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def add(world: World, who: str, whom: str) -> None:
    await add_to_care_team(world.deps, world.actors[who], world.patient.id, world.accounts[whom].id)


async def team(world: World) -> list[CareTeamParticipant]:
    return [row for row in await journey.rows(world, CareTeamParticipant) if row.ended_at is None]


async def test_who_has_a_tie_adds_somebody_who_has_none_and_now_reads_the_record(world: World) -> None:
    visit_id, _ = await world.visit()
    await hire_locum(world)
    locum = await world.signed_in(LOCUM)
    assert (await locum.get(f"/visits/{visit_id}")).status_code == 403
    await add(world, "pcp", LOCUM)
    assert (await locum.get(f"/visits/{visit_id}")).status_code == 200
    (event,) = await journey.audited(world, "add_to_care_team")
    assert (event.patient_id, event.why, event.entity) == (world.patient.id, "participant", "CareTeam")


async def test_who_has_no_tie_adds_nobody_and_not_themselves(world: World) -> None:
    await world.visit()
    await hire_locum(world)
    with pytest.raises(Forbidden):
        await add(world, LOCUM, LOCUM)
    with pytest.raises(NotFound):
        await add(world, "outsider", "outsider")
    assert await team(world) == []


async def test_an_emergency_makes_nobody_a_part_of_the_care_team(site: World) -> None:
    await hire_locum(site)
    await opened(site)
    locum = await site.signed_in(LOCUM)
    typed = {"account": str(site.accounts[LOCUM].id)}
    assert (await locum.post(f"/patients/{site.patient.id}/care-team", data=typed)).status_code == 403
    assert await team(site) == []


async def test_twenty_who_add_the_same_person_at_once_add_them_once(world: World) -> None:
    await world.visit()
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(add(world, "pcp", "caremanager"))
    assert len(await team(world)) == 1
    assert len(await journey.audited(world, "add_to_care_team")) == 1


@pytest.mark.parametrize("whom", ["admin", "outsider", "unknown", "nobody"])
async def test_who_cannot_be_in_a_care_team_is_not_added(world: World, whom: str) -> None:
    await world.visit()
    wanted = {"unknown": new_id(), "nobody": None, **{name: row.id for name, row in world.accounts.items()}}[whom]
    with pytest.raises(Invalid):
        await add_to_care_team(world.deps, world.actors["pcp"], world.patient.id, wanted)
    assert await team(world) == []


async def test_who_leaves_reads_the_record_no_more(world: World) -> None:
    north = await world.second_clinic()
    await world.hire("northerner", Role.CARE_MANAGER, north)
    visit_id, _ = await world.visit()
    await add(world, "pcp", "northerner")
    (row,) = await team(world)
    for _ in range(2):
        await _end(world, "pcp", row.id)
    assert await team(world) == []
    assert len(await journey.audited(world, "end_participation")) == 1
    assert (await (await world.signed_in("northerner")).get(f"/visits/{visit_id}")).status_code == 403
    await add(world, "pcp", "northerner")
    assert len(await team(world)) == 1


async def test_nobody_without_a_tie_ends_it(world: World) -> None:
    await world.visit()
    await add(world, "pcp", "caremanager")
    (row,) = await team(world)
    await hire_locum(world)
    with pytest.raises(Forbidden):
        await _end(world, LOCUM, row.id)
    with pytest.raises(NotFound):
        await _end(world, "outsider", row.id)
    with pytest.raises(NotFound):
        await _end(world, "pcp", new_id())
    assert len(await team(world)) == 1


async def _end(world: World, who: str, participant_id: UUID) -> None:
    await end_participation(world.deps, world.actors[who], world.patient.id, participant_id)
