"""The database: moments in UTC, snapshots, transactions that queue, wake-ups after the commit. On both kinds."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import anyio
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import SQLModel, col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from structlog.testing import capture_logs

from server.db import Database, after_commit
from server.directory import Clinic, Organization
from server.identity import Account, new_account
from server.kit import Keyring
from server.kit.ids import new_id

pytestmark = pytest.mark.anyio

KEYS = Keyring({"k1": bytes(32)}, "k1", bytes(32))
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def account(created_at: datetime = NOON, email: str = "pcp@demo.test") -> Account:
    return new_account(KEYS, email, "Dr. Rose Okafor", created_at)


def organization(name: str = "Cedar Creek Health") -> Organization:
    return Organization(id=new_id(), name=name)


async def save(database: Database, *rows: SQLModel) -> None:
    async with database.write() as session:
        session.add_all(rows)


async def count(database: Database) -> int:
    async with database.read() as session:
        return (await session.exec(select(func.count()).select_from(Organization))).one()


sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_a_moment_comes_back_aware_and_in_utc(database: Database) -> None:
    row = account()
    await save(database, row)
    async with database.read() as session:
        found = await session.get_one(Account, row.id)
    assert found.created_at == NOON
    assert found.created_at.utcoffset() == timedelta(0)


async def test_a_moment_of_another_zone_is_stored_as_the_same_moment(database: Database) -> None:
    row = account(NOON.astimezone(timezone(timedelta(hours=-7))))
    await save(database, row)
    async with database.read() as session:
        found = await session.exec(select(Account).where(col(Account.created_at) == NOON))
        assert found.one().created_at.tzinfo is not None


async def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        await save(database, account(NOON.replace(tzinfo=None)))


async def test_a_moment_that_is_not_known_stays_so(database: Database) -> None:
    row = account()
    await save(database, row)
    async with database.read() as session:
        assert (await session.get_one(Account, row.id)).disabled_at is None


async def test_a_transaction_commits_at_the_end_of_its_block(database: Database) -> None:
    await save(database, organization())
    assert await count(database) == 1


async def test_an_error_takes_everything_back(database: Database) -> None:
    async def change_and_break() -> None:
        async with database.write() as session:
            session.add(organization())
            await session.flush()
            raise RuntimeError("the page broke")

    with pytest.raises(RuntimeError):
        await change_and_break()
    assert await count(database) == 0


async def test_a_cancelled_request_takes_everything_back(database: Database) -> None:
    with anyio.CancelScope() as request:
        async with database.write() as session:
            session.add(organization())
            await session.flush()
            request.cancel()
            await anyio.lowlevel.checkpoint()
    assert await count(database) == 0
    await save(database, organization())  # and the writer is free again
    assert await count(database) == 1


async def test_a_wake_up_finds_the_rows_committed(database: Database) -> None:
    seen: list[int] = []

    async def wake() -> None:
        seen.append(await count(database))

    async with database.write() as session:
        session.add(organization())
        after_commit(session, wake)
        assert seen == []
    assert seen == [1]


async def test_wake_ups_come_in_the_order_they_were_asked_for(database: Database) -> None:
    seen: list[str] = []

    async def wake(name: str) -> None:
        seen.append(name)

    async with database.write() as session:
        after_commit(session, lambda: wake("first"))
        after_commit(session, lambda: wake("second"))
    assert seen == ["first", "second"]


async def test_nobody_is_woken_for_what_was_taken_back(database: Database) -> None:
    woken: list[bool] = []

    async def wake() -> None:
        woken.append(True)

    async def change_and_break() -> None:
        async with database.write() as session:
            after_commit(session, wake)
            raise RuntimeError("the page broke")

    with pytest.raises(RuntimeError):
        await change_and_break()
    await save(database, organization())
    assert woken == []


async def test_nobody_is_woken_when_the_commit_itself_is_refused(database: Database) -> None:
    woken: list[bool] = []

    async def wake() -> None:
        woken.append(True)

    async def commit_a_stray_row() -> None:
        async with database.write() as session:
            session.add(clinic_of(new_id()))
            after_commit(session, wake)

    with pytest.raises(IntegrityError):
        await commit_a_stray_row()
    assert woken == []


async def test_a_broken_wake_up_neither_undoes_the_change_nor_stops_the_next_one(database: Database) -> None:
    woken: list[bool] = []

    async def breaks() -> None:
        raise ConnectionError("the socket is gone")

    async def wake() -> None:
        woken.append(True)

    with capture_logs() as logs:
        async with database.write() as session:
            session.add(organization())
            after_commit(session, breaks)
            after_commit(session, wake)
    assert (await count(database), woken) == (1, [True])
    assert [line["kind"] for line in logs] == ["ConnectionError"]


async def test_a_read_is_a_snapshot(database: Database) -> None:
    async with database.read() as session:
        before = (await session.exec(select(func.count()).select_from(Organization))).one()
        await save(database, organization())
        after = (await session.exec(select(func.count()).select_from(Organization))).one()
    assert (before, after, await count(database)) == (0, 0, 1)


async def test_nothing_is_written_while_reading(database: Database) -> None:
    async with database.read() as session:
        session.add(organization())
        with pytest.raises(DBAPIError, match=r"read-?only"):
            await session.flush()


async def test_a_writer_does_not_wait_for_readers(database: Database) -> None:
    async with database.read() as session:
        await session.exec(select(Organization))
        with anyio.fail_after(2):
            await save(database, organization())
            assert await count(database) == 1


async def test_a_reader_does_not_wait_for_the_writer(database: Database) -> None:
    async with database.write() as session:
        session.add(organization())
        await session.flush()
        with anyio.fail_after(2):
            assert await count(database) == 0


async def test_writers_queue_and_none_is_turned_away(database: Database) -> None:
    async def add_one(number: int) -> None:
        async with database.write() as session:
            known = (await session.exec(select(func.count()).select_from(Organization))).one()
            session.add(organization(f"{number} after {known}"))
            await session.flush()
            await asyncio.sleep(0)  # let everybody else try in the middle of it

    async with anyio.create_task_group() as group:
        for number in range(40):
            group.start_soon(add_one, number)
    assert await count(database) == 40


@sqlite_only
async def test_on_sqlite_each_writer_sees_what_the_one_before_wrote(database: Database) -> None:
    async def add_one() -> None:
        async with database.write() as session:
            known = (await session.exec(select(func.count()).select_from(Organization))).one()
            await asyncio.sleep(0)
            session.add(organization(str(known)))

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(add_one)
    async with database.read() as session:
        names = (await session.exec(select(Organization.name))).all()
    assert sorted(names) == [str(number) for number in range(10)]


@sqlite_only
async def test_on_sqlite_a_writer_holds_the_lock_before_it_reads(database: Database, database_url: str) -> None:
    other = sqlite3.connect(database_url.partition("///")[2], timeout=0, isolation_level=None)
    async with database.write() as session:
        await session.exec(select(Organization))
        with pytest.raises(sqlite3.OperationalError, match="locked"):  # else both read, and one of them could not write
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


@sqlite_only
async def test_on_sqlite_a_writer_of_another_process_is_waited_for(database: Database, database_url: str) -> None:
    other = Database.open(database_url)
    waiting = asyncio.Event()

    async def write_too() -> None:
        waiting.set()
        await save(other, organization())

    async with anyio.create_task_group() as group, database.write() as session:
        session.add(organization())
        await session.flush()
        group.start_soon(write_too)
        await waiting.wait()
        assert await count(database) == 0
    await other.close()
    assert await count(database) == 2


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
async def test_on_sqlite_what_is_committed_survives_a_power_cut(sqlite_url: str, pragma: str, value: str | int) -> None:
    opened = Database.open(sqlite_url)  # as a server does: what the other tests share need not survive
    async with opened.write() as session:
        connection = await session.connection()
        found = (await connection.execute(text(f"PRAGMA {pragma}"))).scalar()
    await opened.close()
    assert found == value


def clinic_of(organization_id: UUID) -> Clinic:
    return Clinic(
        id=new_id(),
        organization_id=organization_id,
        name="Cedar Creek",
        phone="406-555-0142",
        time_zone="America/Denver",
    )


async def test_within_a_transaction_the_order_of_rows_is_free(database: Database) -> None:
    home = organization()
    async with database.write() as session:
        session.add(clinic_of(home.id))
        await session.flush()
        session.add(home)
    assert await count(database) == 1


async def test_a_reference_to_nothing_is_refused_at_the_commit(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await save(database, clinic_of(new_id()))


async def test_a_row_that_is_referred_to_cannot_be_deleted(database: Database) -> None:
    home = organization()
    await save(database, home, clinic_of(home.id))

    async def delete_it() -> None:
        async with database.write() as session:
            await session.exec(delete(Organization).where(col(Organization.id) == home.id))

    with pytest.raises(IntegrityError):
        await delete_it()


async def test_an_error_does_not_repeat_what_was_to_be_stored(database: Database) -> None:
    await save(database, account())
    with pytest.raises(IntegrityError) as raised:
        await save(database, account())
    assert "Okafor" not in str(raised.value)


async def test_a_database_that_answers_is_ready(database: Database) -> None:
    assert await database.ready() is True


async def test_a_database_all_of_whose_connections_are_in_use_is_ready(database: Database) -> None:
    many = [*[database.read] * 8, database.write] if database.is_sqlite else [database.write] * 20
    async with AsyncExitStack() as stack:
        for begun in many:
            session = await stack.enter_async_context(begun())
            await session.exec(select(Organization))
        assert await database.ready() is True


async def test_a_database_that_is_not_there_is_not_ready(tmp_path_factory: pytest.TempPathFactory) -> None:
    nowhere = Database.open(f"postgresql+asyncpg://nobody@/curbside?host={tmp_path_factory.mktemp('empty')}")
    with pytest.raises(FileNotFoundError):
        await nowhere.ready()
    await nowhere.close()


async def _is_waited(session: AsyncSession) -> bool:
    found = (await (await session.connection()).exec_driver_sql("SELECT 1 FROM pg_locks WHERE NOT granted")).first()
    await session.rollback()
    return found is not None


async def test_only_one_process_at_a_time_is_alone_with_the_database(postgres_url: str) -> None:
    entered = asyncio.Event()
    async with AsyncExitStack() as stack:
        one, other = Database.open(postgres_url), Database.open(postgres_url)
        stack.push_async_callback(one.close)
        stack.push_async_callback(other.close)

        async def enter() -> None:
            async with other.alone():
                entered.set()

        async with asyncio.timeout(10), one.read() as session, asyncio.TaskGroup() as tasks, one.alone():
            tasks.create_task(enter())
            while not await _is_waited(session):
                assert not entered.is_set()
        assert entered.is_set()


async def test_what_a_rush_opened_serves_the_next_one(postgres_url: str) -> None:
    database = Database.open(postgres_url)
    try:
        assert await rush(database) == await rush(database)
    finally:
        await database.close()


async def rush(database: Database) -> set[int]:
    """Have twenty connections in use at once; gives by which processes of PostgreSQL they are served."""
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(database.read()) for _ in range(20)]
        return {
            (await (await session.connection()).execute(text("SELECT pg_backend_pid()"))).scalar_one()
            for session in sessions
        }
