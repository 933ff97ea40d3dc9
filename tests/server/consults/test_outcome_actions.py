"""Who asked is asked once how it went, tells it once, and the specialist reads it."""

import pytest
from sqlmodel import select

from server.access import Action
from server.consults.answer_store import outcome_of, outcome_words
from server.consults.answer_tables import ConsultOutcome
from server.consults.case_store import case_by_id
from server.consults.outcome_actions import ask_outcomes, mark_read, tell_outcome
from server.kit import Conflict, Forbidden, Invalid
from tests.cast import World
from tests.server.consults.answered_cases import signed
from tests.server.consults.written_cases import noted, taken

pytestmark = pytest.mark.anyio


async def outcome(world: World) -> ConsultOutcome:
    async with world.deps.database.read() as session:
        return (await session.exec(select(ConsultOutcome))).one()


async def test_it_is_asked_once_when_its_time_has_come(world: World) -> None:
    await signed(world)
    assert not await ask_outcomes(world.deps, world.live)
    world.clock.pass_(days=28)
    assert await ask_outcomes(world.deps, world.live)
    asked_at = (await outcome(world)).asked_at
    world.clock.pass_(days=1)
    assert not await ask_outcomes(world.deps, world.live)
    assert (await outcome(world)).asked_at == asked_at
    assert await noted(world, "remind") == ["remind"]


async def test_who_told_it_before_is_not_asked(world: World) -> None:
    consult_id = await signed(world)
    await tell_outcome(world.deps, world.live, world.actors["pcp"], consult_id, "better", "PHQ-9 from 19 to 8")
    world.clock.pass_(days=40)
    assert not await ask_outcomes(world.deps, world.live)
    row = await outcome(world)
    assert (row.course, outcome_words(world.deps.keyring, row)) == ("better", "PHQ-9 from 19 to 8")


async def test_it_is_told_once_and_nothing_else_afterwards(world: World) -> None:
    consult_id, pcp = await signed(world), world.actors["pcp"]
    for _ in range(2):
        await tell_outcome(world.deps, world.live, pcp, consult_id, "same", "")
    with pytest.raises(Conflict):
        await tell_outcome(world.deps, world.live, pcp, consult_id, "worse", "")
    assert await noted(world, "tell_outcome") == ["tell_outcome"]


async def test_what_is_told_must_be_one_of_the_words_and_come_from_who_asked(world: World) -> None:
    consult_id = await signed(world)
    for course, body in (("fine", ""), ("better", "a" * 2001)):
        with pytest.raises(Invalid):
            await tell_outcome(world.deps, world.live, world.actors["pcp"], consult_id, course, body)
    with pytest.raises(Forbidden):
        await tell_outcome(world.deps, world.live, world.actors["psychiatrist"], consult_id, "better", "")


async def test_nothing_is_told_before_there_is_an_answer(world: World) -> None:
    consult_id = await taken(world)
    with pytest.raises(Conflict):
        await tell_outcome(world.deps, world.live, world.actors["pcp"], consult_id, "better", "")


async def test_that_it_was_read_counts_once_and_only_for_the_specialist(world: World) -> None:
    consult_id = await signed(world)
    await tell_outcome(world.deps, world.live, world.actors["pcp"], consult_id, "better", "")
    for who in ("pcp", "psychiatrist", "psychiatrist"):
        async with world.deps.database.read() as session:
            case = await case_by_id(session, world.actors[who], Action.READ_CONSULT, consult_id)
            row = await outcome_of(session, consult_id)
        await mark_read(world.deps, case, row)
        assert ((await outcome(world)).read_at is not None) == (who == "psychiatrist")
