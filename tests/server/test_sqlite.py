"""On SQLite a statement is one errand to its connection's thread, and gives what it gave as four."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from server.sqlite import DRIVER

pytestmark = pytest.mark.anyio


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'one.sqlite'}", module=DRIVER)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
        await connection.execute(text("INSERT INTO person (name) VALUES (:name)"), [{"name": "pcp"}, {"name": "admin"}])
        yield connection
    await engine.dispose()


async def test_a_statement_wakes_the_thread_once(table: AsyncConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = (await table.get_raw_connection()).driver_connection
    assert driver is not None
    errands, send = list[object](), driver._execute

    async def counted(work: object, *args: object, **kwargs: object) -> object:
        errands.append(work)
        return await send(work, *args, **kwargs)

    monkeypatch.setattr(driver, "_execute", counted)
    assert (await table.execute(text("SELECT name FROM person ORDER BY id"))).scalars().all() == ["pcp", "admin"]
    assert len(errands) == 1


async def test_rows_counts_and_keys_come_back(table: AsyncConnection) -> None:
    assert (await table.execute(text("UPDATE person SET name = name || '!'"))).rowcount == 2
    added = await table.execute(text("INSERT INTO person (name) VALUES ('patient') RETURNING id, name"))
    assert added.one() == (3, "patient")
    gone = await table.execute(text("DELETE FROM person WHERE id = 9"))
    assert (gone.rowcount, gone.returns_rows) == (0, False)
    some = await table.execute(text("SELECT id FROM person ORDER BY id"))
    assert (some.fetchone(), some.fetchmany(1), some.fetchall()) == ((1,), [(2,)], [(3,)])


async def test_what_fails_fails_as_ever_and_the_connection_goes_on(table: AsyncConnection) -> None:
    with pytest.raises(IntegrityError) as twice:
        await table.execute(text("INSERT INTO person (name) VALUES ('pcp')"))
    assert isinstance(twice.value.orig, sqlite3.IntegrityError)
    with pytest.raises(OperationalError, match="no such table"):
        await table.execute(text("SELECT 1 FROM nowhere"))
    assert (await table.execute(text("SELECT count(*) FROM person"))).scalar_one() == 2


async def test_a_result_may_still_be_streamed(table: AsyncConnection) -> None:
    streamed = await table.stream(text("SELECT name FROM person ORDER BY id"))
    assert [row.name async for row in streamed] == ["pcp", "admin"]
