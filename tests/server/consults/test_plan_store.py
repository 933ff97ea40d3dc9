"""By which paths a case rings, and who is on duty."""

import pytest

from server.consults.plan_store import PLAIN, on_duty_of, plan_of
from server.consults.service_rules import OnNobody, StepKind, Urgency
from server.kit.ids import AccountId
from tests.cast import World
from tests.server.consults import asking

pytestmark = pytest.mark.anyio


async def test_a_plan_has_the_accounts_behind_the_steps(world: World) -> None:
    await asking.specialists(world, "second")
    steps = (("person", ("psychiatrist",), 20), ("group", ("psychiatrist", "second"), 30))
    service = await asking.service(world, "psychiatrist", "second", steps=steps, on_nobody="next_path", restarts=2)
    first, second = (AccountId(world.accounts[name].id) for name in ("psychiatrist", "second"))
    async with world.deps.database.read() as session:
        plan = await plan_of(session, world.actors["pcp"], service.id, Urgency.NOW, [first])
    (path,) = plan.paths
    assert (path.restarts, path.on_nobody) == (2, OnNobody.NEXT_PATH)
    assert [(step.whom, step.people, step.seconds) for step in path.steps] == [
        (StepKind.PERSON, (first,), 20),
        (StepKind.GROUP, (first, second), 30),
    ]


async def test_what_is_needed_at_once_rings_everyone_where_no_path_is_kept_for_it(world: World) -> None:
    service = await asking.service(world, urgencies=("today",))
    async with world.deps.database.read() as session:
        plans = [
            (await plan_of(session, world.actors["pcp"], service.id, urgency, [])).paths
            for urgency in (Urgency.NOW, Urgency.WEEK)
        ]
    assert plans == [(PLAIN,), ()]


async def test_those_on_duty_are_found_by_account(world: World) -> None:
    await asking.service(world)
    accounts = [AccountId(world.accounts[name].id) for name in ("psychiatrist", "caremanager")]
    async with world.deps.database.read() as session:
        found = await on_duty_of(session, world.clinic.organization_id, accounts, world.clock.now)
    assert found == {accounts[0]}
