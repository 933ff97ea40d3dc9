"""A table is imported as a whole or not at all, and leaves alone what it does not name."""

import pytest

from server.consults.import_actions import import_table
from server.consults.service_rules import Place
from server.consults.service_tables import (
    ServiceCoverage,
    SpecialistGroup,
    SpecialistGroupMember,
    SpecialistProfile,
)
from server.kit import Forbidden
from tests.cast import World
from tests.server.consults.consult_services import covered, grouped, offered, version
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

COVERAGE = "service,specialist,group,clinic,tier\nAdult psychiatry,psychiatrist@demo.test,,,2\n"
MORE = f"{COVERAGE}Adult psychiatry,,Team,Cedar Creek Clinic,1\n"


async def imported(world: World, text: str, *, confirmed: bool = True) -> bool:
    return (await import_table(world.deps, world.actors["admin"], text, confirmed=confirmed)).is_right


async def tiers(world: World) -> dict[Place, int]:
    rows = await journey.rows(world, ServiceCoverage)
    return {Place(row.practitioner_id, row.group_id, row.clinic_id): row.tier for row in rows}


async def test_coverage_changes_and_adds_what_it_names_and_leaves_the_rest(world: World) -> None:
    service_id, group_id = await offered(world), await grouped(world, "caremanager")
    await covered(world, service_id, psychiatrist=1, pcp=1)
    assert await imported(world, MORE)
    lena, pcp = world.practitioners["psychiatrist"].id, world.practitioners["pcp"].id
    assert await tiers(world) == {Place(lena): 2, Place(pcp): 1, Place(None, group_id, world.clinic.id): 1}
    assert await version(world, service_id) == 3
    (event,) = await journey.audited(world, "import")
    assert (event.entity, event.why) == ("HealthcareService", "2 lines")


async def test_a_table_twice_is_as_good_as_once(world: World) -> None:
    await offered(world)
    for _ in range(2):
        assert await imported(world, COVERAGE)
    assert len(await tiers(world)) == 1


async def test_nothing_is_imported_when_one_line_is_wrong_or_nobody_confirmed(world: World) -> None:
    await offered(world)
    assert not await imported(world, f"{COVERAGE}Adult psychiatry,,Nobody,,1\n")
    assert await imported(world, COVERAGE, confirmed=False)
    assert await tiers(world) == {}
    assert await journey.audited(world, "import") == []


async def test_specialists_get_limits_and_exactly_the_groups_that_are_named(world: World) -> None:
    team, nights = await grouped(world, "psychiatrist", "pcp"), await grouped(world, name="Nights")
    text = "specialist,capacity,min age,max age,groups\n"
    assert await imported(world, f"{text}psychiatrist@demo.test,2,,17,nights\ncaremanager@demo.test,3,,,Nights\n")
    assert await imported(world, f"{text}psychiatrist@demo.test,1,6,17,nights\n")
    rows = {row.practitioner_id: row for row in await journey.rows(world, SpecialistProfile)}
    people = {name: person.id for name, person in world.practitioners.items()}
    lena = rows[people["psychiatrist"]]
    assert (lena.capacity, lena.min_age, lena.max_age, lena.duty) == (1, 6, 17, "hours")
    assert rows[people["caremanager"]].capacity == 3
    members = {(row.group_id, row.practitioner_id) for row in await journey.rows(world, SpecialistGroupMember)}
    assert members == {(team, people["pcp"]), (nights, people["psychiatrist"]), (nights, people["caremanager"])}
    assert {row.id: row.version for row in await journey.rows(world, SpecialistGroup)} == {team: 2, nights: 2}


async def test_only_administrators_import(world: World) -> None:
    with pytest.raises(Forbidden):
        await import_table(world.deps, world.actors["psychiatrist"], COVERAGE, confirmed=True)
