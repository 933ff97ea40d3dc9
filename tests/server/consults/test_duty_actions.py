"""A specialist puts themselves on duty and off it, an administrator anybody; nobody else."""

from datetime import timedelta

import pytest

from server.consults.duty_actions import Limits, keep_limits, may_set_duty, set_duty
from server.consults.service_rules import Duty
from server.consults.service_tables import SpecialistProfile
from server.kit import Forbidden, NotFound
from tests.cast import TEN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

SOON = TEN + timedelta(hours=4)


async def test_duty_is_kept_until_a_time_and_audited(world: World) -> None:
    lena = world.practitioners["psychiatrist"].id
    await set_duty(world.deps, world.actors["psychiatrist"], lena, Duty.ON, SOON)
    (row,) = await journey.rows(world, SpecialistProfile)
    assert (row.practitioner_id, row.duty, row.duty_until, row.capacity) == (lena, "on", SOON, 5)
    (event,) = await journey.audited(world, "update")
    assert (event.entity, event.entity_id, event.why) == ("PractitionerRole", lena, "duty on")


async def test_going_by_the_hours_again_knows_no_end(world: World) -> None:
    lena = world.practitioners["psychiatrist"].id
    for duty in (Duty.OFF, Duty.HOURS):
        await set_duty(world.deps, world.actors["admin"], lena, duty, SOON)
    (row,) = await journey.rows(world, SpecialistProfile)
    assert (row.duty, row.duty_until) == ("hours", None)


async def test_limits_leave_the_duty_as_it_is(world: World) -> None:
    lena = world.practitioners["psychiatrist"].id
    await set_duty(world.deps, world.actors["psychiatrist"], lena, Duty.ON, None)
    await keep_limits(world.deps, world.actors["psychiatrist"], lena, Limits(2, 18, 65))
    (row,) = await journey.rows(world, SpecialistProfile)
    assert (row.duty, row.capacity, row.min_age, row.max_age) == ("on", 2, 18, 65)


async def test_nobody_else_says_somebodys_duty(world: World) -> None:
    lena = world.practitioners["psychiatrist"]
    for who in ("pcp", "frontdesk"):
        with pytest.raises(Forbidden):
            await set_duty(world.deps, world.actors[who], lena.id, Duty.OFF, None)
        with pytest.raises(Forbidden):
            await keep_limits(world.deps, world.actors[who], lena.id, Limits())
    with pytest.raises(NotFound):
        await set_duty(world.deps, world.actors["outsider"], lena.id, Duty.OFF, None)
    with pytest.raises(NotFound):
        await set_duty(world.deps, world.actors["admin"], None, Duty.OFF, None)
    assert await journey.rows(world, SpecialistProfile) == []
    assert [who for who in ("psychiatrist", "pcp", "admin", "outsider") if may_set_duty(world.actors[who], lena)] == [
        "psychiatrist",
        "admin",
    ]


async def test_for_somebody_without_an_account_only_an_administrator_says_it(world: World) -> None:
    lena = world.practitioners["psychiatrist"]
    async with world.deps.database.write() as session:
        (await session.merge(lena)).account_id = None
    with pytest.raises(Forbidden):
        await set_duty(world.deps, world.actors["psychiatrist"], lena.id, Duty.ON, None)
    await set_duty(world.deps, world.actors["admin"], lena.id, Duty.ON, None)
