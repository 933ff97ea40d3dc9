"""For whom a visit may be set up: for oneself, and at the clinics that one covers."""

import pytest

from server.access import Role
from server.kit import NotFound
from server.visits import Encounter
from tests.cast import World
from tests.server.visits import journey
from tests.server.visits.test_actions import create, new_visit

pytestmark = pytest.mark.anyio


async def test_a_visit_is_set_up_for_oneself_or_at_a_clinic_that_one_covers(world: World) -> None:
    await world.hire("northerner", Role.PCP, await world.second_clinic(), "MT")
    theirs = world.practitioners["northerner"].id
    with pytest.raises(NotFound):
        await create(world, new_visit(world, practitioner_id=theirs), "frontdesk")
    assert await journey.rows(world, Encounter) == []
    assert await create(world, new_visit(world, practitioner_id=theirs), "northerner")


async def test_a_practitioner_who_covers_no_clinic_sets_up_own_visits(site: World) -> None:
    await site.hire("floater", Role.SPECIALIST, site.clinic, "MT", covers=False)
    assert await create(site, new_visit(site, practitioner_id=site.practitioners["floater"].id), "floater")
