"""Changing visits by a link: proved like its holder, and not its holder."""

import pytest
from sqlmodel import select

from server.identity import AccessLink
from server.identity.planner_actions import let_plan, prove_planner
from server.identity.rules import PLANNER_LIFETIME
from server.kit import Conflict
from tests.cast import World
from tests.server.identity.links import BORN, WRONG, new_link, stored

pytestmark = pytest.mark.anyio


async def test_who_plans_by_a_link_does_not_hold_it_and_a_second_one_takes_the_first_one_s_place(world: World) -> None:
    secret = await new_link(world)
    first, second = [await prove_planner(world.deps, secret.text, BORN) for _ in range(2)]
    assert first is not None
    assert second is not None
    link = await stored(world, secret)
    assert (link.planner_hash, link.browser_hash) == (second.digest, None)
    assert link.planner_ends_at == world.clock.now + PLANNER_LIFETIME


async def test_wrong_answers_count_and_a_right_one_does_not_forget_them(world: World) -> None:
    secret = await new_link(world)
    for answer in (WRONG, BORN, WRONG):
        await prove_planner(world.deps, secret.text, answer)
    assert (await stored(world, secret)).wrong_answers == 2
    for _ in range(3):
        assert await prove_planner(world.deps, secret.text, WRONG) is None
    with pytest.raises(Conflict):
        await prove_planner(world.deps, secret.text, BORN)


async def test_a_planner_is_let_in_by_who_has_proved_the_patient(world: World) -> None:
    secret = await new_link(world)
    async with world.deps.database.write() as session:
        link = (await session.exec(select(AccessLink))).one()
        planner = let_plan(world.deps, link)
    assert (await stored(world, secret)).planner_hash == planner.digest
