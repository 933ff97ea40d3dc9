"""Answers are read with what became of them, by whoever is tied to the patient, and are sealed in the database."""

import pytest

from server.access import Action
from server.consults.answer_actions import save_draft
from server.consults.answer_store import (
    answer_of,
    answers_of_patient,
    decisions_of,
    draft_in,
    outcome_of,
    outcome_words,
    record_of,
    sealed_or_none,
    signed_in,
)
from server.consults.case_store import case_by_id
from server.consults.outcome_actions import tell_outcome
from server.kit import NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults.answered_cases import ADVICE, SECRET_ADVICE, answer, decided, signed
from tests.server.consults.written_cases import taken

pytestmark = pytest.mark.anyio


async def test_there_is_no_record_before_the_signature_and_a_draft_is_no_signed_answer(world: World) -> None:
    consult_id = await taken(world)
    await save_draft(world.deps, world.actors["psychiatrist"], consult_id, ADVICE, 0)
    async with world.deps.database.read() as session:
        assert await record_of(session, world.deps.keyring, world.actors["pcp"], consult_id) is None
        row = await answer_of(session, consult_id)
        assert await outcome_of(session, consult_id) is None
    assert row is not None
    with pytest.raises(ValueError, match="not signed"):
        signed_in(world.deps.keyring, row)
    assert draft_in(world.deps.keyring, None) == {}


async def test_a_signed_answer_is_read_with_who_signed_and_what_was_decided(world: World) -> None:
    consult_id = await signed(world)
    await decided(world, consult_id, "declined", reason="Seizures")
    async with world.deps.database.read() as session:
        case = await case_by_id(session, world.actors["pcp"], Action.READ_CONSULT, consult_id)
        document = await record_of(session, world.deps.keyring, case.actor, consult_id)
        assert document is not None
        assert len(await decisions_of(session, document.row.id)) == 1
    assert (document.author, document.deciders) == ("Dr. L. Brandt", {"1": "Dr. R. Okafor"})
    assert document.signed.answer.items[0].what == SECRET_ADVICE
    assert (document.decided["1"].reason, document.decided["1"].change) == ("Seizures", "")


async def test_what_was_advised_and_told_is_sealed(world: World) -> None:
    consult_id = await signed(world)
    await tell_outcome(world.deps, world.live, world.actors["pcp"], consult_id, "better", "Sleeps again")
    async with world.deps.database.read() as session:
        row = await outcome_of(session, consult_id)
    assert row is not None
    assert b"Sleeps" not in (row.body or b"")
    assert outcome_words(world.deps.keyring, row) == "Sleeps again"
    assert SECRET_ADVICE.encode() not in (await answer(world, consult_id)).content
    assert sealed_or_none(world.deps.keyring, "consult_outcome", new_id(), "") is None


async def test_a_patient_s_answers_are_listed_newest_first_without_drafts(world: World) -> None:
    first = await signed(world)
    world.clock.pass_(days=1)
    second = await signed(world)
    await save_draft(world.deps, world.actors["psychiatrist"], await taken(world), ADVICE, 0)
    async with world.deps.database.read() as session:
        found = await answers_of_patient(session, world.deps, world.actors["pcp"], world.patient.id)
    assert [one.consult.id for one in found.answers] == [second, first]
    assert {one.author for one in found.answers} == {"Dr. L. Brandt"}


async def test_nobody_without_a_tie_reads_a_patient_s_answers(world: World) -> None:
    await signed(world)
    async with world.deps.database.read() as session:
        found = await answers_of_patient(session, world.deps, world.actors["rivera"], world.patient.id)
        assert (found.decision.allowed, found.answers) == (False, ())
        with pytest.raises(NotFound):
            await answers_of_patient(session, world.deps, world.actors["outsider"], world.patient.id)
