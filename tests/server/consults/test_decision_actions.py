"""Who asked decides about each item once; what they accept or change becomes a task, what they decline does not."""

from datetime import date
from typing import Any
from uuid import UUID

import anyio
import pytest

from server.access import Action
from server.consults.answer_rules import Choice
from server.consults.answer_store import record_of
from server.consults.case_store import case_by_id
from server.consults.decision_actions import Wish, decide_item
from server.kit import Conflict, Forbidden, Invalid, NotFound
from server.tasks import Found, Source, tasks_of_source
from tests.cast import World
from tests.server.consults.answered_cases import decided, signed
from tests.server.consults.written_cases import noted, taken

pytestmark = pytest.mark.anyio


async def tasks(world: World, consult_id: UUID) -> list[Found]:
    async with world.deps.database.read() as session:
        source = Source("consult", consult_id)
        return list(await tasks_of_source(session, world.deps, world.actors["pcp"], source))


async def test_an_accepted_item_becomes_a_task_of_who_asked_due_as_it_was_advised(world: World) -> None:
    consult_id = await signed(world)
    await decided(world, consult_id)
    await decided(world, consult_id, item="2")
    found = await tasks(world, consult_id)
    assert [(one.words.title, one.task.due_on, one.task.owner_id) for one in found] == [
        ("Medication: Bupropion XL 150 mg, every morning", date(2026, 11, 25), world.accounts["pcp"].id),
        ("Follow-up: PHQ-9", date(2026, 12, 22), world.accounts["pcp"].id),
    ]
    assert await noted(world, "decide_item") == ["decide_item"] * 2


async def test_a_modified_item_becomes_a_task_of_what_is_done_instead_for_whom_was_chosen(world: World) -> None:
    consult_id, reyes = await signed(world), world.accounts["caremanager"].id
    more: dict[str, Any] = {
        "reason": "Seizures",
        "change": "Mirtazapine 15 mg",
        "owner_id": reyes,
        "due_on": date(2026, 12, 1),
    }
    await decided(world, consult_id, "modified", **more)
    (one,) = await tasks(world, consult_id)
    assert (one.words.title, one.task.owner_id, one.task.due_on) == (
        "Medication: Mirtazapine 15 mg",
        reyes,
        date(2026, 12, 1),
    )


async def test_a_declined_item_becomes_no_task_and_keeps_its_reason(world: World) -> None:
    consult_id = await signed(world)
    await decided(world, consult_id, "declined", reason="Seizures")
    async with world.deps.database.read() as session:
        case = await case_by_id(session, world.actors["psychiatrist"], Action.READ_CONSULT, consult_id)
        document = await record_of(session, world.deps.keyring, case.actor, consult_id)
    assert document is not None
    assert (document.decided["1"].choice, document.decided["1"].reason) == ("declined", "Seizures")
    assert await tasks(world, consult_id) == []


async def test_a_decision_without_what_it_needs_is_named_and_makes_nothing(world: World) -> None:
    consult_id = await signed(world)
    for choice, more, wrong in (
        ("declined", {}, {"reason"}),
        ("modified", {"reason": "Seizures"}, {"change"}),
        ("accepted", {"due_on": date(2026, 11, 1)}, {"due_on"}),
        ("accepted", {"due_on": date(2030, 1, 1)}, {"due_on"}),
        ("accepted", {"owner_id": world.accounts["outsider"].id}, {"owner"}),
        ("accepted", {"item": "9"}, {"item"}),
    ):
        with pytest.raises(Invalid) as error:
            await decided(world, consult_id, choice, **more)
        assert set(error.value.errors) == wrong
    assert await tasks(world, consult_id) == []


async def test_of_two_decisions_about_an_item_at_once_one_counts_and_one_task_is_made(world: World) -> None:
    consult_id = await signed(world)
    refused: list[str] = []

    async def decide() -> None:
        try:
            await decided(world, consult_id)
        except Conflict as error:
            refused.append(error.message)

    async with anyio.create_task_group() as both:
        for _ in range(2):
            both.start_soon(decide)
    assert refused == ["This recommendation is decided already."]
    assert len(await tasks(world, consult_id)) == 1


async def test_about_somebody_who_is_not_named_the_task_is_the_requesters_own(world: World) -> None:
    consult_id = await signed(world, anonymous=True)
    await decided(world, consult_id)
    (one,) = await tasks(world, consult_id)
    assert (one.patient, one.task.owner_id, one.task.patient_id) == (None, world.accounts["pcp"].id, None)


async def test_about_somebody_who_is_not_named_nobody_else_is_given_a_task(world: World) -> None:
    consult_id = await signed(world, anonymous=True)
    with pytest.raises(Invalid):
        await decided(world, consult_id, owner_id=world.accounts["caremanager"].id)
    assert await tasks(world, consult_id) == []


@pytest.mark.parametrize(
    ("who", "error"), [("psychiatrist", Forbidden), ("caremanager", Forbidden), ("outsider", NotFound)]
)
async def test_nobody_decides_but_who_asked(world: World, who: str, error: type[Exception]) -> None:
    consult_id = await signed(world)
    with pytest.raises(error):
        await decide_item(world.deps, world.live, world.actors[who], consult_id, Wish("1", Choice.ACCEPTED))


async def test_nothing_is_decided_before_there_is_a_signed_answer(world: World) -> None:
    consult_id = await taken(world)
    with pytest.raises(Conflict):
        await decided(world, consult_id)


async def test_what_does_not_fit_into_a_title_stands_in_the_detail(world: World) -> None:
    consult_id = await signed(world)
    await decided(world, consult_id, "modified", reason="Seizures", change="Mirtazapine " * 20)
    (one,) = await tasks(world, consult_id)
    assert (len(one.words.title), one.words.detail.count("Mirtazapine")) == (120, 20)
