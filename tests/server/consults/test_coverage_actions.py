"""An administrator says who covers a service for which clinic, and who belongs to a group."""

import pytest

from server.consults.coverage_actions import drop_group, keep_coverage, keep_group
from server.consults.service_rules import Place
from server.consults.service_tables import ServiceCoverage, SpecialistGroup, SpecialistGroupMember
from server.kit import Conflict, Forbidden, NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults.consult_services import covered, elsewhere, grouped, offered, tiers, version
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_coverage_is_written_as_a_whole_and_what_stays_keeps_its_row(world: World) -> None:
    service_id, group_id = await offered(world), await grouped(world, "caremanager")
    psychiatrist, pcp = world.practitioners["psychiatrist"].id, world.practitioners["pcp"].id
    await covered(world, service_id, psychiatrist=1, pcp=3)
    before = {row.practitioner_id: row.id for row in await journey.rows(world, ServiceCoverage)}
    wanted = {Place(psychiatrist): 2, Place(None, group_id, world.clinic.id): 1}
    await keep_coverage(world.deps, world.actors["admin"], service_id, wanted, 2)
    assert await tiers(world) == wanted
    after = {row.practitioner_id: row.id for row in await journey.rows(world, ServiceCoverage)}
    assert after[psychiatrist] == before[psychiatrist]
    assert pcp not in after


async def test_two_who_change_coverage_at_once_do_not_write_over_each_other(world: World) -> None:
    service_id = await offered(world)
    await covered(world, service_id, psychiatrist=1)
    with pytest.raises(Conflict, match="Somebody else changed this"):
        await keep_coverage(world.deps, world.actors["admin"], service_id, {}, 1)
    assert len(await tiers(world)) == 1
    assert await version(world, service_id) == 2


async def test_nobody_and_no_clinic_of_another_organization_is_named(world: World) -> None:
    service_id = await offered(world)
    far = await world.second_clinic("Far", elsewhere(world).organization_id)
    pcp = world.practitioners["pcp"].id
    for place in (Place(world.practitioners["outsider"].id), Place(None, new_id()), Place(pcp, clinic_id=far.id)):
        with pytest.raises(NotFound):
            await keep_coverage(world.deps, world.actors["admin"], service_id, {place: 1}, 1)
    with pytest.raises(NotFound):
        await keep_coverage(world.deps, elsewhere(world), service_id, {}, 1)
    with pytest.raises(Forbidden):
        await keep_coverage(world.deps, world.actors["pcp"], service_id, {}, 1)
    assert await tiers(world) == {}


async def test_a_group_is_renamed_and_its_members_change(world: World) -> None:
    group_id = await grouped(world, "psychiatrist", "pcp")
    stays, comes = world.practitioners["psychiatrist"].id, world.practitioners["caremanager"].id
    before = {row.practitioner_id: row.id for row in await journey.rows(world, SpecialistGroupMember)}
    await keep_group(world.deps, world.actors["admin"], group_id, "Nights", frozenset({stays, comes}), 1)
    (group,) = await journey.rows(world, SpecialistGroup)
    after = {row.practitioner_id: row.id for row in await journey.rows(world, SpecialistGroupMember)}
    assert (group.name, group.version, set(after)) == ("Nights", 2, {stays, comes})
    assert after[stays] == before[stays]


async def test_a_group_of_a_taken_name_an_unseen_change_or_a_stranger_is_refused(world: World) -> None:
    admin, group_id = world.actors["admin"], await grouped(world, "psychiatrist")
    with pytest.raises(Conflict, match="of this name already"):
        await grouped(world, name="team")
    with pytest.raises(Conflict, match="Somebody else changed this"):
        await keep_group(world.deps, admin, group_id, "Team", frozenset(), 7)
    with pytest.raises(NotFound):
        await keep_group(world.deps, admin, group_id, "Team", frozenset({world.practitioners["outsider"].id}), 1)
    with pytest.raises(NotFound):
        await keep_group(world.deps, elsewhere(world), group_id, "Team", frozenset(), 1)


async def test_a_group_goes_once_nothing_uses_it(world: World) -> None:
    admin, group_id, service_id = world.actors["admin"], await grouped(world, "psychiatrist"), await offered(world)
    await keep_coverage(world.deps, admin, service_id, {Place(None, group_id): 1}, 1)
    with pytest.raises(Conflict, match="covers a service"):
        await drop_group(world.deps, admin, group_id)
    await keep_coverage(world.deps, admin, service_id, {}, 2)
    with pytest.raises(NotFound):
        await drop_group(world.deps, elsewhere(world), group_id)
    await drop_group(world.deps, admin, group_id)
    assert await journey.rows(world, SpecialistGroup) == []
    assert await journey.rows(world, SpecialistGroupMember) == []
