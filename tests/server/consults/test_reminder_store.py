"""Which written cases wait for whom, and that a reminder is claimed once."""

import anyio
import pytest

from server.consults.reminder_store import claim_reminder, emails_of, waiting_case, waiting_cases
from tests.cast import World
from tests.server.consults.written_cases import asked, kept, taken

pytestmark = pytest.mark.anyio


async def test_a_case_waits_for_all_who_may_take_it_and_then_for_who_has_it(world: World) -> None:
    open_id, taken_id = await asked(world), await taken(world)
    await asked(world, status="answered")
    async with world.deps.database.read() as session:
        people = {one.consult.id: one.people for one in await waiting_cases(session)}
    brandt, rivera = (world.accounts[name].id for name in ("psychiatrist", "rivera"))
    assert people == {open_id: {brandt, rivera}, taken_id: {brandt}}


async def test_a_case_that_was_answered_meanwhile_waits_no_more(world: World) -> None:
    consult_id = await asked(world, status="answered")
    async with world.deps.database.write() as session:
        assert await waiting_case(session, consult_id) is None


async def test_of_many_who_claim_a_reminder_one_does(world: World) -> None:
    consult, me = await kept(world, await taken(world)), world.accounts["psychiatrist"].id
    won: list[bool] = []

    async def claim() -> None:
        async with world.deps.database.write() as session:
            won.append(await claim_reminder(session, consult, me, "new", world.clock.now))

    async with anyio.create_task_group() as all_of_them:
        for _ in range(5):
            all_of_them.start_soon(claim)
    assert sorted(won) == [False] * 4 + [True]
    async with world.deps.database.write() as session:
        waiting = await waiting_case(session, consult.id)
        assert waiting is not None
        assert waiting.told == {me: {"new"}}


async def test_addresses_are_those_of_the_case_s_own_organization(world: World) -> None:
    async with world.deps.database.read() as session:
        found = await emails_of(session, world.deps.keyring, world.clinic.organization_id)
    assert found[world.accounts["pcp"].id] == "pcp@demo.test"
    assert world.accounts["outsider"].id not in found
