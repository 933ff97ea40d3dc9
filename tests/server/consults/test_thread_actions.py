"""Messages of a case are written once, by the two whom it is between, with files that are what they say."""

from uuid import UUID

import anyio
import pytest

from server.access import Action
from server.consults.attachment_rules import Sent
from server.consults.case_store import Case, case_by_id
from server.consults.thread_actions import NewMessage, write_message
from server.consults.thread_store import Entry, attachment_by_id, thread_of
from server.kit import Forbidden, Gone, Invalid, NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults.written_cases import PDF, PNG, SECRET, asked, noted, taken

pytestmark = pytest.mark.anyio


async def entries(world: World, consult_id: UUID, who: str = "pcp") -> tuple[Case, list[Entry]]:
    async with world.deps.database.read() as session:
        case = await case_by_id(session, world.actors[who], Action.READ_CONSULT, consult_id)
        return case, await thread_of(session, world.deps.keyring, case)


async def test_both_write_and_each_reads_who_wrote_what(world: World) -> None:
    consult_id = await taken(world)
    await write_message(world.deps, world.live, world.actors["pcp"], consult_id, NewMessage(new_id(), SECRET))
    world.clock.pass_(minutes=3)
    await write_message(world.deps, world.live, world.actors["psychiatrist"], consult_id, NewMessage(new_id(), "ECG?"))
    _, read = await entries(world, consult_id)
    assert [(one.author, one.is_own, one.body) for one in read] == [
        ("Dr. R. Okafor", True, SECRET),
        ("Dr. L. Brandt", False, "ECG?"),
    ]
    assert await noted(world, "write_in_case") == ["write_in_case"] * 2


async def test_the_same_form_twice_writes_once(world: World) -> None:
    consult_id, new = await taken(world), NewMessage(new_id(), SECRET, [Sent("a.png", PNG)])
    for _ in range(2):
        await write_message(world.deps, world.live, world.actors["pcp"], consult_id, new)
    _, read = await entries(world, consult_id)
    assert [len(one.files) for one in read] == [1]
    with pytest.raises(NotFound):
        await write_message(world.deps, world.live, world.actors["psychiatrist"], consult_id, new)


async def test_the_same_form_several_times_at_once_writes_once(world: World) -> None:
    consult_id, new = await taken(world), NewMessage(new_id(), SECRET, [Sent("a.png", PNG)])
    async with anyio.create_task_group() as hasty:
        for _ in range(4):
            hasty.start_soon(write_message, world.deps, world.live, world.actors["pcp"], consult_id, new)
    _, read = await entries(world, consult_id)
    assert [(one.body, len(one.files)) for one in read] == [(SECRET, 1)]
    assert await noted(world, "write_in_case") == ["write_in_case"]


async def test_a_file_comes_back_as_it_was_sent_and_of_no_other_case(world: World) -> None:
    consult_id, other_id = await taken(world), await taken(world)
    new = NewMessage(new_id(), "", [Sent("scan.png", PNG), Sent("letter", PDF)])
    await write_message(world.deps, world.live, world.actors["pcp"], consult_id, new)
    case, read = await entries(world, consult_id, "psychiatrist")
    assert [(one.name, one.media_type) for one in read[0].files] == [
        ("scan.png", "image/png"),
        ("letter.pdf", "application/pdf"),
    ]
    async with world.deps.database.read() as session:
        found = await attachment_by_id(session, world.deps.keyring, case, read[0].files[0].id)
        assert found.content == PNG
        other, _ = await entries(world, other_id)
        with pytest.raises(NotFound):
            await attachment_by_id(session, world.deps.keyring, other, read[0].files[0].id)


async def test_nothing_is_kept_of_a_message_that_is_empty_or_brings_what_is_not_wanted(world: World) -> None:
    consult_id = await taken(world)
    for new in (NewMessage(new_id(), ""), NewMessage(new_id(), SECRET, [Sent("a.png", b"<html>")])):
        with pytest.raises(Invalid):
            await write_message(world.deps, world.live, world.actors["pcp"], consult_id, new)
    assert (await entries(world, consult_id))[1] == []


async def test_only_who_asked_and_who_took_it_write(world: World) -> None:
    consult_id = await asked(world)
    for who, error in (("psychiatrist", Forbidden), ("caremanager", Forbidden), ("outsider", NotFound)):
        with pytest.raises(error):
            await write_message(world.deps, world.live, world.actors[who], consult_id, NewMessage(new_id(), "Hm"))


async def test_nobody_writes_in_a_case_that_was_taken_back(world: World) -> None:
    consult_id = await asked(world, status="closed")
    with pytest.raises(Gone):
        await write_message(world.deps, world.live, world.actors["pcp"], consult_id, NewMessage(new_id(), "Hm"))
