"""Steps of signing in: kept sealed, for ten minutes, taken once, tried five times."""

import asyncio

import pytest
from sqlmodel import select

from server.identity.ceremony_actions import (
    LIFETIME,
    MOST_TRIES,
    begin_step,
    count_try,
    finish_step,
    look_at_step,
    take_step,
)
from server.identity.tables import Ceremony
from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_a_step_gives_back_what_was_kept_for_whom(world: World) -> None:
    pcp = world.accounts["pcp"].id
    secret = await begin_step(world.deps, "otp", {"next": "/today"}, account_id=pcp)
    step = await take_step(world.deps, "otp", secret.text)
    assert step is not None
    assert (step.account_id, step.data) == (pcp, {"next": "/today"})


async def test_what_is_kept_is_sealed(site: World) -> None:
    await begin_step(site.deps, "oidc", {"verifier": "plain-verifier"})
    async with site.deps.database.read() as session:
        assert b"plain-verifier" not in (await session.exec(select(Ceremony))).one().data


async def test_of_many_answers_at_once_one_takes_the_step(world: World) -> None:
    secret = await begin_step(world.deps, "otp", {})
    answers = await asyncio.gather(*(take_step(world.deps, "otp", secret.text) for _ in range(10)))
    assert len([step for step in answers if step]) == 1


async def test_a_step_of_another_kind_or_an_unknown_one_is_none(site: World) -> None:
    secret = await begin_step(site.deps, "otp", {})
    assert await take_step(site.deps, "oidc", secret.text) is None
    assert await take_step(site.deps, "otp", "guess") is None


async def test_a_step_is_over_after_its_time(site: World) -> None:
    secret = await begin_step(site.deps, "otp", {})
    site.clock.now += LIFETIME
    assert await look_at_step(site.deps, "otp", secret.text) is None


async def test_looking_takes_nothing(site: World) -> None:
    secret = await begin_step(site.deps, "otp", {})
    assert await look_at_step(site.deps, "otp", secret.text) is not None
    assert await take_step(site.deps, "otp", secret.text) is not None
    assert await look_at_step(site.deps, "otp", secret.text) is None


async def test_the_fifth_wrong_answer_ends_the_step(site: World) -> None:
    secret = await begin_step(site.deps, "otp", {})
    for _ in range(MOST_TRIES):
        step = await look_at_step(site.deps, "otp", secret.text)
        assert step is not None
        await count_try(site.deps, step)
    assert await take_step(site.deps, "otp", secret.text) is None


async def test_a_secret_that_exists_already_names_the_step(site: World) -> None:
    await begin_step(site.deps, "oidc", {"n": 1}, token="state-of-the-request")
    step = await take_step(site.deps, "oidc", "state-of-the-request")
    assert step is not None
    assert step.data == {"n": 1}


async def test_steps_that_are_over_are_swept_away_by_the_next_one(site: World) -> None:
    await begin_step(site.deps, "otp", {})
    site.clock.now += LIFETIME
    await begin_step(site.deps, "otp", {})
    async with site.deps.database.read() as session:
        assert len((await session.exec(select(Ceremony))).all()) == 1


async def test_of_many_answers_at_once_five_are_counted(world: World) -> None:
    secret = await begin_step(world.deps, "otp", {})
    step = await look_at_step(world.deps, "otp", secret.text)
    assert step is not None
    counted = await asyncio.gather(*(count_try(world.deps, step) for _ in range(20)))
    assert counted.count(True) == MOST_TRIES


async def test_the_last_answer_that_counts_may_finish_the_step_once(world: World) -> None:
    secret = await begin_step(world.deps, "otp", {})
    step = await look_at_step(world.deps, "otp", secret.text)
    assert step is not None
    for _ in range(MOST_TRIES):
        await count_try(world.deps, step)
    finished = await asyncio.gather(*(finish_step(world.deps, step) for _ in range(5)))
    assert finished.count(True) == 1
