"""Fixtures that every part shares: the event loop, and a fresh database of both kinds.

`database` runs a test twice, on SQLite and on PostgreSQL. The migrations run once for each. Every test gets a copy
of the SQLite file, or the PostgreSQL database after all rows were taken out of it: milliseconds either way. Both stay
at one address, so that what SQLAlchemy compiled for one test serves the next: a quarter of the time. A test that
changes the schema takes `sqlite_url` or `postgres_url`.
"""

import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest
from anyio.from_thread import start_blocking_portal
from sqlalchemy import event

from server.db import Database
from server.migrations import upgrade
from tests import coturn as relay
from tests import postgres, redis
from tests.cast import World, opened_world
from tests.contract import leaks

pytest_plugins = ["tests.contract.leak_check", "tests.contract.mirrors", "tests.identity_provider.fixtures"]

BROWSER_TESTS = "tests/e2e/"
BROWSER_SECONDS = 180  # a whole visit between two browsers on a busy machine
CALLED = frozenset({"patient_chromium", "fox", "phone", "chaos_chromium"})
"""What a journey with a call takes: the second side's browser, Firefox, a machine of its own, one browser for all."""

CALLS, PAGES = "calls", ("pages", "more pages")
SMALL_PAGE = 1024  # of the SQLite file, in bytes: with few rows or none in each table it is a third as large
AN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the tests that need a machine for themselves: `make test` runs one before the others, `make soak` all."""
    parser.addoption("--long", action="store_true", help="run also what is marked long")
    parser.addoption("--alone", action="store_true", help="run what is marked alone, and nothing else")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker; those in browsers too, in three groups.

    A call between two browsers needs more than a core, so calls come one after another on the worker that begins with
    them, beside tests without browsers, and both look at pages when the calls are over. (Playwright holds the event
    loop of its thread until its last test.)
    """
    items[:] = [item for item in items if _is_wanted(item, config)]
    items.sort(key=_turn)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
        if _in_browsers(item):
            item.add_marker(pytest.mark.timeout(BROWSER_SECONDS))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a test without the ids that were made for it: both workers must call it the same."""
    return AN_ID.sub("id", str(val)) if isinstance(val, str | UUID) and AN_ID.search(str(val)) else None


def _is_wanted(item: pytest.Item, config: pytest.Config) -> bool:
    if item.get_closest_marker("alone"):
        return bool(config.getoption("alone"))
    return not config.getoption("alone") and (bool(config.getoption("long")) or not item.get_closest_marker("long"))


def _in_browsers(item: pytest.Item) -> bool:
    return item.nodeid.startswith(BROWSER_TESTS)


def _group(item: pytest.Item) -> str:
    if not _in_browsers(item):
        return item.nodeid.partition("::")[0]
    return CALLS if CALLED & set(getattr(item, "fixturenames", ())) else PAGES[crc32(item.path.name.encode()) % 2]


def _turn(item: pytest.Item) -> int:
    group = _group(item)
    if group in PAGES:
        return 2
    if group == CALLS:
        return 0
    return 1 if group.startswith("tests/server/") else 3  # signaling's tests even out who is ready first


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Run async tests on the loop that the server runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Run this worker's PostgreSQL; the first test that needs it waits for it."""
    with postgres.running() as server:
        yield server
        server.execute("CHECKPOINT")
        assert leaks.values_in(server.folder / "data" / "base", "*/*", leaks.MARKERS) == []


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """Address of an empty PostgreSQL database."""
    with postgres_server.database() as name:
        yield postgres_server.address(name)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Address of this worker's Redis; the first test that needs it waits for it. Tests share what is in it."""
    with redis.running() as server:
        yield server.url


@pytest.fixture(scope="session")
def coturn() -> Iterator[relay.Server]:
    """Run this worker's TURN relay; the first test that needs it waits for it."""
    with relay.running() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """Address of a SQLite database that does not exist yet. In its file nothing may be readable that was sealed."""
    yield f"sqlite+aiosqlite:///{tmp_path / 'curbside.db'}"
    assert leaks.values_in(tmp_path, "curbside.db*", [*leaks.MARKERS, *leaks.sealed_here()]) == []


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SQLite file with the schema and no rows."""
    file = tmp_path_factory.mktemp("template") / "curbside.db"
    _make_schema(f"sqlite+aiosqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        for statement in (
            "PRAGMA journal_mode=DELETE",
            f"PRAGMA page_size={SMALL_PAGE}",
            "VACUUM",
            "PRAGMA journal_mode=WAL",
        ):
            connection.execute(statement)
    return file


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: postgres.Server) -> Iterator[tuple[str, Callable[[], object]]]:
    """Address of a PostgreSQL database with the schema, and what takes all rows out of it."""
    with postgres_server.database() as name:
        address = postgres_server.address(name)
        _make_schema(address)
        with postgres.superuser(postgres_server.folder, name) as execute:
            yield address, lambda: execute(postgres.WIPE)


@pytest.fixture(scope="session")
def sqlite_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the SQLite file of the tests lies, one after the other."""
    return tmp_path_factory.mktemp("sqlite")


@pytest.fixture
def sqlite_tables(sqlite_template: Path, sqlite_folder: Path) -> Iterator[str]:
    """Address of a SQLite database with the schema and no rows. In its file nothing may be readable that was sealed."""
    for old in sqlite_folder.glob("curbside.db*"):
        old.unlink()
    shutil.copyfile(sqlite_template, sqlite_folder / "curbside.db")
    yield f"sqlite+aiosqlite:///{sqlite_folder / 'curbside.db'}"
    assert leaks.values_in(sqlite_folder, "curbside.db*", [*leaks.MARKERS, *leaks.sealed_here()]) == []


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a database with the schema and no rows; a test that takes it runs on both kinds."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_tables")
    else:
        address, wipe = request.getfixturevalue("postgres_tables")
        yield address
        wipe()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open a fresh database with the schema; a test that takes it runs on both kinds."""
    opened = _opened(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """Start the application with the cast in it; a test that takes it runs on both kinds of database."""
    async with opened_world(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def sqlite_database(sqlite_tables: str) -> AsyncIterator[Database]:
    """Open a fresh database with the schema on SQLite alone."""
    opened = _opened(sqlite_tables)
    yield opened
    await opened.close()


@pytest.fixture
async def site(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """Start the application with the cast in it on SQLite alone, for tests of pages."""
    async with opened_world(sqlite_database, tmp_path) as opened:
        yield opened


@cache
def _opened(address: str) -> Database:
    """Give this worker's engines of an address. Closing them closes the connections; the next test opens new ones.

    What is in the SQLite file need not outlast the machine: to wait for the disk took longer than the tests.
    """
    database = Database.open(address)
    if database.is_sqlite:
        event.listen(database.writer.sync_engine, "connect", _be_careless)
    return database


def _be_careless(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _make_schema(address: str) -> None:
    with start_blocking_portal() as portal:  # a loop of its own: Playwright may hold a running one in this thread
        portal.call(_migrate, address)


async def _migrate(address: str) -> None:
    database = Database.open(address)
    await upgrade(database)
    await database.close()
