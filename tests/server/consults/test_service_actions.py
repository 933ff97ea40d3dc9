"""An administrator keeps services; nobody writes over what somebody else saved meanwhile."""

from dataclasses import replace

import pytest

from server.consults.service_actions import keep_service
from server.consults.service_rules import Kind
from server.consults.service_tables import ConsultService
from server.kit import Conflict, Forbidden, NotFound
from tests.cast import World
from tests.server.consults.consult_services import PSYCHIATRY, elsewhere, offered
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_a_new_service_is_kept_with_everything_said_and_audited(world: World) -> None:
    await offered(world)
    (row,) = await journey.rows(world, ConsultService)
    assert (row.name, row.kind, row.direction, row.version) == ("Adult psychiatry", "adult_psychiatry", "behavioral", 1)
    assert (row.professions, row.modes, row.questions) == (["physician"], ["video", "written"], ["QTc?"])
    assert (row.target_minutes, row.due_hours, row.active) == (5, 24, True)
    assert [event.entity for event in await journey.audited(world, "create")] == ["HealthcareService"]


async def test_a_change_counts_and_one_over_an_unseen_change_is_refused(world: World) -> None:
    service_id = await offered(world)
    changed = replace(PSYCHIATRY, kind=Kind.PRIMARY_CARE)
    await keep_service(world.deps, world.actors["admin"], service_id, changed, 1)
    with pytest.raises(Conflict, match="Somebody else changed this"):
        await keep_service(world.deps, world.actors["admin"], service_id, PSYCHIATRY, 1)
    (row,) = await journey.rows(world, ConsultService)
    assert (row.direction, row.version) == ("medical", 2)


async def test_a_name_is_given_once_however_it_is_spelled(world: World) -> None:
    first = await offered(world)
    with pytest.raises(Conflict, match="of this name already"):
        await offered(world, name="ADULT Psychiatry")
    await keep_service(world.deps, world.actors["admin"], first, replace(PSYCHIATRY, due_hours=8), 1)
    await keep_service(world.deps, elsewhere(world), None, PSYCHIATRY, 0)
    assert len(await journey.rows(world, ConsultService)) == 2


async def test_nobody_but_an_administrator_of_the_organization_keeps_it(world: World) -> None:
    service_id = await offered(world)
    with pytest.raises(Forbidden):
        await keep_service(world.deps, world.actors["psychiatrist"], service_id, PSYCHIATRY, 1)
    with pytest.raises(NotFound):
        await keep_service(world.deps, elsewhere(world), service_id, PSYCHIATRY, 1)
