"""Queries over sealed values: counted by key, found in batches, replaced only where they are unchanged."""

from uuid import UUID

import pytest
from sqlmodel import SQLModel

from server.db import Database, sealed_columns
from server.keys import count_by_key, stragglers
from server.keys.store import any_sealed, batch_of, known_keys, replace_value
from tests.server.keys.sealed import BOTH, OLD, keep_messages, rows

pytestmark = pytest.mark.anyio
PLACE = ("outbox_message", "recipient")


@pytest.mark.parametrize("place", sealed_columns(), ids=".".join)
def test_every_sealed_column_is_in_a_table_that_is_walked_by_its_id(place: tuple[str, str]) -> None:
    assert SQLModel.metadata.tables[place[0]].c.id.type.python_type is UUID


async def test_values_are_counted_by_the_key_that_wrapped_them(database: Database) -> None:
    await keep_messages(database, OLD, 2)
    await keep_messages(database, BOTH, 3)
    async with database.read() as session:
        assert await count_by_key(session, ["k2", "k1"]) == {"k2": 3, "k1": 2, "": 0}
        assert await count_by_key(session, ["k2"]) == {"k2": 3, "": 2}
        assert await stragglers(session, "k2") == 2


async def test_a_key_whose_name_begins_like_another_is_another(database: Database) -> None:
    await keep_messages(database, OLD, 1)
    async with database.read() as session:
        assert await count_by_key(session, ["k", "k11"]) == {"k": 0, "k11": 0, "": 1}


async def test_an_empty_database_holds_nothing_sealed(database: Database) -> None:
    async with database.read() as session:
        assert await any_sealed(session) is None
        assert await known_keys(session) == []


async def test_a_database_without_tables_knows_no_keys(sqlite_url: str) -> None:
    empty = Database.open(sqlite_url)
    async with empty.read() as session:
        assert await known_keys(session) == ()
        assert await any_sealed(session) is None
    await empty.close()


async def test_some_sealed_value_is_found(database: Database) -> None:
    await keep_messages(database, OLD, 1)
    async with database.read() as session:
        found = await any_sealed(session)
    stored = (await rows(database))[0]
    assert found == (PLACE, stored.id, stored.recipient)


async def test_a_batch_goes_on_after_the_last_id(database: Database) -> None:
    await keep_messages(database, OLD, 3)
    first, second, third = [(row.id, row.recipient) for row in await rows(database)]
    async with database.read() as session:
        assert await batch_of(session, PLACE, "k2", None, 2) == [first, second]
        assert await batch_of(session, PLACE, "k2", second[0], 2) == [third]
        assert await batch_of(session, PLACE, "k1", None, 2) == []


async def test_a_value_is_replaced_only_where_it_is_still_the_one_that_was_read(database: Database) -> None:
    await keep_messages(database, OLD, 1)
    stored = (await rows(database))[0]
    async with database.write() as session:
        assert not await replace_value(session, PLACE, stored.id, b"something else", b"new")
        assert await replace_value(session, PLACE, stored.id, stored.recipient, b"new")
    assert (await rows(database))[0].recipient == b"new"
