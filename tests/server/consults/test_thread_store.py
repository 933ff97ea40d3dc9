"""What was written in a case is read with its files but without their contents, and sealed in the database."""

import pytest
from sqlalchemy import inspect
from sqlmodel import select

from server.access import Action
from server.consults.answer_tables import ConsultAttachment, ConsultMessage
from server.consults.attachment_rules import Sent
from server.consults.case_store import case_by_id
from server.consults.thread_actions import NewMessage, write_message
from server.consults.thread_store import attachment_by_id, count_attachments, message_by_id, seal_body, thread_of
from server.kit import NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults.written_cases import PDF, SECRET, taken

pytestmark = pytest.mark.anyio


async def test_a_thread_tells_of_its_files_without_reading_them(world: World) -> None:
    consult_id, key = await taken(world), new_id()
    new = NewMessage(key, SECRET, [Sent("letter.pdf", PDF)])
    await write_message(world.deps, world.live, world.actors["pcp"], consult_id, new)
    async with world.deps.database.read() as session:
        case = await case_by_id(session, world.actors["psychiatrist"], Action.READ_CONSULT, consult_id)
        (entry,) = await thread_of(session, world.deps.keyring, case)
        rows = [row for row in session.identity_map.values() if isinstance(row, ConsultAttachment)]
        assert all("content" in inspect(row).unloaded for row in rows)
        assert await count_attachments(session, consult_id) == 1
        assert await message_by_id(session, key) is not None
        found = await attachment_by_id(session, world.deps.keyring, case, entry.files[0].id)
        with pytest.raises(NotFound):
            await attachment_by_id(session, world.deps.keyring, case, new_id())
    assert (entry.body, entry.files[0].size, found.content, found.name) == (SECRET, len(PDF), PDF, "letter.pdf")


async def test_what_was_written_and_sent_is_sealed(world: World) -> None:
    consult_id = await taken(world)
    new = NewMessage(new_id(), SECRET, [Sent("letter.pdf", PDF)])
    await write_message(world.deps, world.live, world.actors["pcp"], consult_id, new)
    async with world.deps.database.read() as session:
        message = (await session.exec(select(ConsultMessage))).one()
        file = (await session.exec(select(ConsultAttachment))).one()
    assert SECRET.encode() not in (message.body or b"")
    assert b"letter" not in file.name
    assert b"%PDF" not in file.content


async def test_nothing_is_sealed_of_a_message_without_words(site: World) -> None:
    assert seal_body(site.deps.keyring, new_id(), "") is None
