"""Services, coverage, paths and duty as rows, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from server.consults.coverage_actions import keep_coverage
from server.consults.duty_actions import set_duty
from server.consults.service_rules import Cover, Duty, Place, Step, StepKind
from server.consults.service_store import (
    coverage_rows,
    group_by_id,
    groups_of,
    is_group_used,
    kept_coverage,
    members_of_groups,
    offered_at,
    on_duty,
    paths_of,
    profiles_of,
    service_by_id,
    services_of,
    standing_of,
    who_covers,
)
from server.consults.service_tables import ServiceCoverage, SpecialistProfile
from server.kit import NotFound
from server.kit.ids import new_id
from server.scheduling import Schedule, WeeklyRule, keep_schedule
from tests.cast import TEN, ZONE, World
from tests.server.consults.consult_services import covered, elsewhere, grouped, offered, rung, service
from tests.server.scheduling.working import clock

pytestmark = pytest.mark.anyio


async def test_services_stand_by_name_and_those_no_longer_offered_at_the_end(world: World) -> None:
    for name, active in (("Psychology", True), ("Addiction", False), ("Medicine", True)):
        await offered(world, name=name, active=active)
    async with world.deps.database.read() as session:
        found = await services_of(session, world.actors["admin"])
        assert [row.name for row in found] == ["Medicine", "Psychology", "Addiction"]
        assert await services_of(session, elsewhere(world)) == []


async def test_a_service_and_a_group_of_another_organization_are_not_found(world: World) -> None:
    service_id, group_id = await offered(world), await grouped(world, "psychiatrist")
    async with world.deps.database.read() as session:
        assert (await service_by_id(session, world.actors["admin"], service_id)).id == service_id
        assert (await group_by_id(session, world.actors["admin"], group_id)).id == group_id
        for find, id_ in ((service_by_id, service_id), (group_by_id, group_id)):
            with pytest.raises(NotFound):
                await find(session, elsewhere(world), id_)
            with pytest.raises(NotFound):
                await find(session, world.actors["admin"], None)


async def test_a_clinic_can_ask_for_what_somebody_covers_for_it_or_for_all(world: World) -> None:
    north = await world.second_clinic()
    for_all, for_north, for_nobody, over = [
        await offered(world, name=name, active=name != "Over") for name in ("All", "North", "Nobody", "Over")
    ]
    await covered(world, for_all, psychiatrist=1)
    await covered(world, over, psychiatrist=1)
    place = Place(world.practitioners["psychiatrist"].id, clinic_id=north.id)
    await keep_coverage(world.deps, world.actors["admin"], for_north, {place: 1}, 1)
    nobody_in_it = await grouped(world, name="Empty")
    await keep_coverage(world.deps, world.actors["admin"], for_nobody, {Place(None, nobody_in_it): 1}, 1)
    async with world.deps.database.read() as session:
        here, there = [await offered_at(session, world.actors["pcp"], clinic) for clinic in (world.clinic.id, north.id)]
        assert await offered_at(session, world.actors["outsider"], north.id) == frozenset()
    assert (here, there) == (frozenset({for_all}), frozenset({for_all, for_north}))
    assert for_nobody not in there


async def test_a_group_is_taken_apart_into_those_who_cover(world: World) -> None:
    service_id, group_id = await offered(world), await grouped(world, "psychiatrist", "caremanager")
    pcp = world.practitioners["pcp"].id
    places = {Place(None, group_id, world.clinic.id): 2, Place(pcp): 1}
    await keep_coverage(world.deps, world.actors["admin"], service_id, places, 1)
    async with world.deps.database.write() as session:
        for row in await kept_coverage(session, world.clinic.organization_id, service_id):
            row.active = row.practitioner_id is None
    async with world.deps.database.read() as session:
        found = await coverage_rows(session, world.clinic.organization_id, service_id)
        assert await coverage_rows(session, elsewhere(world).organization_id, service_id) == []
        assert {cover.practitioner_id for cover in found} == await who_covers(session, world.clinic.organization_id)
    members = {world.practitioners[name].id for name in ("psychiatrist", "caremanager")}
    assert set(found) == {Cover(id_, 2, world.clinic.id, group_id) for id_ in members}


async def test_a_group_is_used_where_it_covers_or_is_rung(world: World) -> None:
    service_id = await offered(world)
    idle, covering, rings = [await grouped(world, "psychiatrist", name=name) for name in ("A", "B", "C")]
    await keep_coverage(world.deps, world.actors["admin"], service_id, {Place(None, covering): 1}, 1)
    await rung(world, service_id, steps=(Step(StepKind.GROUP, 30, None, rings),))
    async with world.deps.database.read() as session:
        groups = {group.id: group for group in await groups_of(session, world.actors["admin"])}
        used = [await is_group_used(session, groups[id_]) for id_ in (idle, covering, rings)]
        members = await members_of_groups(session, world.clinic.organization_id, [idle])
    assert used == [False, True, True]
    assert members[idle] == [world.practitioners["psychiatrist"].id]


async def test_nobody_covers_the_same_clinic_twice(world: World) -> None:
    row = service(world)
    at: dict[str, Any] = {"organization_id": row.organization_id, "service_id": row.id}
    who: dict[str, Any] = {"practitioner_id": world.practitioners["pcp"].id}
    for clinic_id in (None, world.clinic.id):
        twice = [ServiceCoverage(id=new_id(), clinic_id=clinic_id, tier=tier, **at, **who) for tier in (1, 2)]
        with pytest.raises(IntegrityError):
            async with world.deps.database.write() as session:
                session.add_all([row, *twice])


async def test_nobody_and_two_at_once_are_no_cover(world: World) -> None:
    row, group_id = service(world), await grouped(world)
    for pcp, group in ((None, None), (world.practitioners["pcp"].id, group_id)):
        cover = ServiceCoverage(
            id=new_id(),
            organization_id=row.organization_id,
            service_id=row.id,
            practitioner_id=pcp,
            group_id=group,
        )
        with pytest.raises(IntegrityError, match="one_cover"):
            async with world.deps.database.write() as session:
                session.add_all([row, cover])


async def test_paths_come_in_their_order_with_their_steps(world: World) -> None:
    service_id = await offered(world)
    lena = Step(StepKind.PERSON, 30, world.practitioners["psychiatrist"].id)
    await rung(world, service_id, name="Second")
    await rung(world, service_id, name="First", position=1, steps=(lena, Step(StepKind.EVERYONE, 90)))
    async with world.deps.database.read() as session:
        found = await paths_of(session, world.clinic.organization_id, service_id)
        assert await paths_of(session, elsewhere(world).organization_id, service_id) == []
    assert [(path.name, path.position) for path, _ in found] == [("First", 1), ("Second", 2)]
    assert found[0][1] == (lena, Step(StepKind.EVERYONE, 90))


async def test_who_is_on_duty_said_so_or_works_now(world: World) -> None:
    admin, people = world.actors["admin"], world.practitioners
    morning = Schedule(ZONE, tuple(WeeklyRule(day, clock("9:00"), clock("12:00"), ZONE) for day in range(5)))
    for name in ("pcp", "caremanager"):
        await keep_schedule(world.deps, admin, people[name].id, morning, 0)
    await set_duty(world.deps, admin, people["psychiatrist"].id, Duty.ON, TEN + timedelta(hours=4))
    await set_duty(world.deps, admin, people["caremanager"].id, Duty.OFF, TEN + timedelta(minutes=5))
    expected: tuple[tuple[int, set[str]], ...] = (
        (0, {"pcp", "psychiatrist"}),
        (1, {"pcp", "caremanager", "psychiatrist"}),
        (3, {"psychiatrist"}),
        (4, set()),
    )
    for hours, names in expected:
        async with world.deps.database.read() as session:
            everybody = list(people.values())
            profiles = await profiles_of(session, everybody)
            on = await on_duty(session, everybody, profiles, TEN + timedelta(hours=hours))
        assert {name for name, person in people.items() if person.id in on} == names, hours


async def test_who_has_no_profile_goes_by_their_hours(world: World) -> None:
    assert standing_of(None) == standing_of(
        SpecialistProfile(id=new_id(), organization_id=new_id(), practitioner_id=new_id(), changed_at=world.clock.now)
    )
