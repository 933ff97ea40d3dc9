"""What waits for somebody: cases to take and to answer, answers of which they tell or read how it went."""

import pytest

from server.consults.outcome_actions import ask_outcomes, tell_outcome
from server.consults.waiting_store import Waiting, waiting_for
from tests.cast import World
from tests.server.consults.answered_cases import decided, signed
from tests.server.consults.written_cases import asked, taken

pytestmark = pytest.mark.anyio


async def waiting(world: World, who: str) -> Waiting:
    async with world.deps.database.read() as session:
        return await waiting_for(session, world.actors[who])


async def test_a_case_waits_to_be_taken_and_then_for_its_answer(world: World) -> None:
    open_id, taken_id = await asked(world), await taken(world)
    brandt, rivera = await waiting(world, "psychiatrist"), await waiting(world, "rivera")
    assert [one.consult.id for one in brandt.to_take] == [one.consult.id for one in rivera.to_take] == [open_id]
    assert [(one.consult.id, one.requester) for one in brandt.to_answer] == [(taken_id, "Dr. R. Okafor")]
    assert (len(brandt), len(rivera)) == (2, 1)
    for who in ("pcp", "caremanager", "outsider"):
        assert len(await waiting(world, who)) == 0


async def test_a_signed_answer_waits_for_who_asked_until_they_have_decided_about_its_last_item(world: World) -> None:
    consult_id = await signed(world)
    assert [one.consult.id for one in (await waiting(world, "pcp")).to_decide] == [consult_id]
    await decided(world, consult_id, item="1")
    assert len(await waiting(world, "pcp")) == 1
    await decided(world, consult_id, "declined", item="2", reason="Done last week")
    assert len(await waiting(world, "pcp")) == 0


async def test_how_it_went_waits_for_who_asked_once_its_time_has_come_and_then_for_the_specialist(world: World) -> None:
    consult_id = await signed(world)
    for item in ("1", "2"):
        await decided(world, consult_id, item=item)
    assert len(await waiting(world, "pcp")) == 0
    world.clock.pass_(days=28)
    await ask_outcomes(world.deps, world.live)
    assert [one.consult.id for one in (await waiting(world, "pcp")).to_tell] == [consult_id]
    await tell_outcome(world.deps, world.live, world.actors["pcp"], consult_id, "better", "")
    assert len(await waiting(world, "pcp")) == 0
    assert [one.consult.id for one in (await waiting(world, "psychiatrist")).to_read] == [consult_id]
