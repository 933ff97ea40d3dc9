"""Messages of a case are written once, by the two whom it is between, with files that are what they say."""

from uuid import UUID

import anyio
import pytest
from sqlmodel import select

from server.access import Action
from server.consults.answer_tables import ConsultAttachment, ConsultAttachmentPart
from server.consults.attachment_rules import MOST, PART, Sent
from server.consults.case_store import Case, case_by_id
from server.consults.thread_actions import NewMessage, drop_loose_parts, write_message
from server.consults.thread_store import Entry, attachment_by_id, thread_of
from server.kit import Forbidden, Gone, Invalid, NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults.written_cases import PDF, PNG, SECRET, asked, noted, taken

pytestmark = pytest.mark.anyio
LARGE = PNG + bytes(number % 251 for number in range(3 * PART))


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


async def parts(world: World) -> list[ConsultAttachmentPart]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(ConsultAttachmentPart))).all())


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


async def test_a_large_file_is_written_in_parts_and_comes_back_whole(world: World) -> None:
    consult_id = await taken(world)
    new = NewMessage(new_id(), "", [Sent("scan.png", LARGE), Sent("small.png", PNG)])
    await write_message(world.deps, world.live, world.actors["pcp"], consult_id, new)
    case, (entry,) = await entries(world, consult_id)
    async with world.deps.database.read() as session:
        found = [await attachment_by_id(session, world.deps.keyring, case, one.id) for one in entry.files]
        firsts = (await session.exec(select(ConsultAttachment.content))).all()
    assert [(one.name, one.content) for one in found] == [("scan.png", LARGE), ("small.png", PNG)]
    kept = [part.content for part in await parts(world)]
    assert len(kept) == 3
    assert max(map(len, [*kept, *firsts])) < 1.4 * PART


async def test_parts_whose_file_was_refused_are_dropped_an_hour_later(world: World) -> None:
    consult_id, key = await taken(world), new_id()
    pcp = world.actors["pcp"]
    await write_message(world.deps, world.live, pcp, consult_id, NewMessage(key, "", [Sent("a.png", LARGE)]))
    with pytest.raises(NotFound):  # the key of another's message is met only when the parts are written
        await write_message(
            world.deps,
            world.live,
            world.actors["psychiatrist"],
            consult_id,
            NewMessage(key, "", [Sent("b.png", LARGE)]),
        )
    await drop_loose_parts(world.deps)
    assert len(await parts(world)) == 6
    world.clock.pass_(minutes=61)
    await drop_loose_parts(world.deps)
    (whole,) = (await entries(world, consult_id))[1][0].files
    assert {part.attachment_id for part in await parts(world)} == {whole.id}
    assert len(await parts(world)) == 3


async def test_more_files_than_a_case_may_have_are_refused_before_any_is_written(world: World) -> None:
    consult_id = await taken(world)
    files = [Sent("a.png", LARGE)] * (MOST + 1)
    with pytest.raises(Invalid):
        await write_message(world.deps, world.live, world.actors["pcp"], consult_id, NewMessage(new_id(), "", files))
    assert await parts(world) == []
