"""An answer is drafted by who has the case, signed once, then stays as it is; later words are added beside it."""

import pytest
from sqlmodel import select

from server.access import Action
from server.consults.answer_actions import NEWER, add_addendum, mark_settled, save_draft, sign_answer
from server.consults.answer_store import digest_of, draft_in, opened, record_of
from server.consults.answer_tables import ConsultAddendum, ConsultOutcome
from server.consults.case_store import case_by_id
from server.kit import Conflict, Forbidden, Gone, Invalid, NotFound, field_name
from server.kit.ids import new_id
from server.outbox import OutboxMessage
from tests.cast import World
from tests.server.consults.answered_cases import ADVICE, SECRET_ADVICE, answer, signed
from tests.server.consults.written_cases import asked, kept, noted, taken
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_a_draft_is_kept_whole_or_not_and_its_version_counts(world: World) -> None:
    consult_id, brandt = await taken(world), world.actors["psychiatrist"]
    await save_draft(world.deps, brandt, consult_id, {"impression": "Perhaps"}, 0)
    await save_draft(world.deps, brandt, consult_id, ADVICE, 1)
    row = await answer(world, consult_id)
    assert (row.version, row.status, draft_in(world.deps.keyring, row)) == (2, "preliminary", ADVICE)
    assert await noted(world, "save_answer") == ["save_answer"] * 2


async def test_a_tab_that_saw_an_older_draft_is_told_and_overwrites_nothing(world: World) -> None:
    consult_id, brandt = await taken(world), world.actors["psychiatrist"]
    await save_draft(world.deps, brandt, consult_id, ADVICE, 0)
    with pytest.raises(Conflict, match="newer draft"):
        await save_draft(world.deps, brandt, consult_id, {"impression": "Other"}, 0)
    with pytest.raises(Conflict) as told:
        await sign_answer(world.deps, world.live, brandt, consult_id, {"impression": "Other"}, 0)
    assert told.value.message == NEWER
    assert draft_in(world.deps.keyring, await answer(world, consult_id)) == ADVICE


async def test_a_signed_answer_answers_the_case_and_can_be_proved(world: World) -> None:
    consult_id = await signed(world)
    row, consult, brandt = (
        await answer(world, consult_id),
        await kept(world, consult_id),
        world.accounts["psychiatrist"],
    )
    assert (row.status, row.signed_by, consult.status, consult.answered_at) == (
        "final",
        brandt.id,
        "answered",
        world.clock.now,
    )
    text = opened(world.deps.keyring, "consult_answer", row.id, row.content, "content")
    assert SECRET_ADVICE in text
    assert row.digest == digest_of(consult_id, brandt.id, world.clock.now, text)
    assert await noted(world, "sign_answer") == ["sign_answer"]


async def test_nothing_is_signed_that_must_be_mended_and_each_thing_is_named(world: World) -> None:
    consult_id = await taken(world)
    half = {**ADVICE, "impression": "", "1.dose": "", "2.days": "soon"}
    with pytest.raises(Invalid) as wrong:
        await sign_answer(world.deps, world.live, world.actors["psychiatrist"], consult_id, half, 0)
    assert set(wrong.value.errors) == {"impression", "1.dose", "2.days"}
    assert (await kept(world, consult_id)).status == "written"


async def test_a_signed_answer_never_changes(world: World) -> None:
    consult_id, brandt = await signed(world), world.actors["psychiatrist"]
    before = await answer(world, consult_id)
    with pytest.raises(Gone):
        await save_draft(world.deps, brandt, consult_id, {"impression": "Other"}, 1)
    with pytest.raises(Gone):
        await sign_answer(world.deps, world.live, brandt, consult_id, {**ADVICE, "impression": "Other"}, 1)
    assert (await answer(world, consult_id)).content == before.content


@pytest.mark.parametrize(
    ("who", "error"), [("pcp", Forbidden), ("rivera", Forbidden), ("caremanager", Forbidden), ("outsider", NotFound)]
)
async def test_nobody_answers_who_has_not_the_case(world: World, who: str, error: type[Exception]) -> None:
    consult_id = await taken(world)
    with pytest.raises(error):
        await sign_answer(world.deps, world.live, world.actors[who], consult_id, ADVICE, 0)


async def test_who_could_take_the_case_answers_only_once_they_have_taken_it(world: World) -> None:
    consult_id = await asked(world)
    with pytest.raises(Forbidden):
        await save_draft(world.deps, world.actors["psychiatrist"], consult_id, ADVICE, 0)


async def test_a_case_that_was_taken_back_is_not_answered(world: World) -> None:
    consult_id = await asked(world, status="closed", accepted_by=world.accounts["psychiatrist"].id)
    with pytest.raises(Gone):
        await save_draft(world.deps, world.actors["psychiatrist"], consult_id, ADVICE, 0)


async def test_words_are_added_once_to_a_signed_answer_by_its_specialist(world: World) -> None:
    consult_id, key, brandt = await signed(world), new_id(), world.actors["psychiatrist"]
    for _ in range(2):
        await add_addendum(world.deps, world.live, brandt, consult_id, key, "Check sodium too")
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(ConsultAddendum))).all()
        case = await case_by_id(session, world.actors["pcp"], Action.READ_CONSULT, consult_id)
        document = await record_of(session, world.deps.keyring, case.actor, consult_id)
    assert len(rows) == 1
    assert document is not None
    assert [(one.author, one.body) for one in document.added] == [("Dr. L. Brandt", "Check sodium too")]
    with pytest.raises(Invalid):
        await add_addendum(world.deps, world.live, brandt, consult_id, new_id(), "  ")
    with pytest.raises(Forbidden):
        await add_addendum(world.deps, world.live, world.actors["pcp"], consult_id, new_id(), "Me too")


async def test_nothing_is_added_before_there_is_a_signed_answer(world: World) -> None:
    consult_id = await taken(world)
    with pytest.raises(Conflict):
        await add_addendum(world.deps, world.live, world.actors["psychiatrist"], consult_id, new_id(), "Early")


async def test_how_it_went_is_to_be_asked_after_the_days_that_are_set(world: World) -> None:
    await signed(world)
    async with world.deps.database.read() as session:
        row = (await session.exec(select(ConsultOutcome))).one()
    assert (row.due_at - world.clock.now).days == world.deps.settings.consult_outcome_days == 28


async def test_who_asked_is_told_that_the_answer_is_there_and_nothing_of_it(mailing: World) -> None:
    consult_id = await signed(mailing)
    *_, told = await journey.rows(mailing, OutboxMessage)
    text = mailing.deps.keyring.open(told.body or b"", field_name("outbox_message", told.id, "body"))
    assert text.startswith("A consult of yours was answered.")
    assert (f"/consults/{consult_id}/answer" in text, SECRET_ADVICE in text) == (True, False)


async def test_an_answer_without_items_waits_until_who_asked_has_read_it(world: World) -> None:
    consult_id, settled = await taken(world), []
    only = {"impression": "Go on as you do", "items": ""}
    await sign_answer(world.deps, world.live, world.actors["psychiatrist"], consult_id, only, 0)
    for who in ("psychiatrist", "pcp"):
        async with world.deps.database.read() as session:
            case = await case_by_id(session, world.actors[who], Action.READ_CONSULT, consult_id)
            document = await record_of(session, world.deps.keyring, case.actor, consult_id)
        await mark_settled(world.deps, case, document)
        settled.append((await answer(world, consult_id)).settled_at)
    assert settled == [None, world.clock.now]
