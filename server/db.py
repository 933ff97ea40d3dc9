"""Engines and transactions: SQLite by default, PostgreSQL with the same code.

`read()` is a snapshot. `write()` is one transaction that commits when its block ends; on SQLite it starts with BEGIN
IMMEDIATE on the only writing connection, whose pool of one is the in-process writer queue. Hashing, mail, HTTP and
rendering stay outside of it. `after_commit` registers a wake-up that runs only once the rows are durable.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import DateTime, Dialect, ForeignKey, LargeBinary, MetaData, TypeDecorator, Uuid, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from server.kit.faults import places
from server.sqlite import DRIVER

Wake = Callable[[], Awaitable[None]]

_log = structlog.get_logger("curbside.db")

READY_SECONDS = 2.0
_ALONE = 0x63757262  # the number of the lock within a PostgreSQL database: any will do that nobody else there uses

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


# Rows come from the database or from our own code, never from outside: nothing checks them, so no checks are built.
SQLModel.model_config["defer_build"] = True


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: refuses naive values, stores UTC, gives aware UTC back on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time and turn any other into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given where a moment is needed")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC time; SQLite keeps no zone."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def id_field(**extra: Any) -> Any:
    """Primary key column of a UUIDv7."""
    return Field(primary_key=True, sa_type=Uuid, **extra)


def ref_field(target: str, *, optional: bool = False, **extra: Any) -> Any:
    """Column that refers to another table's id, like `ref_field("patient.id")`, indexed.

    The reference is checked at commit: without relationships the order of inserts within a transaction is free.
    """
    if optional:
        extra.setdefault("default", None)
    reference = ForeignKey(target, deferrable=True, initially="DEFERRED")
    index = extra.pop("index", True)
    return Field(sa_type=Uuid, index=index, nullable=optional, sa_column_args=[reference], **extra)


def moment_field(*, optional: bool = False, **extra: Any) -> Any:
    """Column of a moment in UTC."""
    if optional:
        extra.setdefault("default", None)
    return Field(sa_type=UtcDateTime, nullable=optional, **extra)


def sealed_field(*, optional: bool = False, **extra: Any) -> Any:
    """Column of a value sealed by `kit.seal` under its table, row and own name; `sealed_columns` finds them all."""
    if optional:
        extra.setdefault("default", None)
    return Field(sa_type=LargeBinary, nullable=optional, sa_column_kwargs={"info": {"sealed": True}}, **extra)


def sealed_columns() -> list[tuple[str, str]]:
    """Give table and column of every sealed value, for the rotation of keys."""
    tables = SQLModel.metadata.sorted_tables
    return [(table.name, column.name) for table in tables for column in table.columns if column.info.get("sealed")]


class Database:
    """The engines of one database. Open one per process."""

    def __init__(self, reader: AsyncEngine, writer: AsyncEngine, asker: AsyncEngine) -> None:
        """Take the engine for snapshots and the engine for writes; on PostgreSQL they share a pool.

        By `asker`, of one connection, is asked whether the database answers: also while all others are in use.
        """
        self._reader, self.writer, self._asker = reader, writer, asker

    @classmethod
    def open(cls, address: str) -> "Database":
        """Open `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…`. Connects on first use."""
        if make_url(address).get_backend_name() == "sqlite":
            reader, asker = (_sqlite(address, size, "BEGIN", "query_only=ON") for size in (8, 1))
            return cls(reader, _sqlite(address, 1, "BEGIN IMMEDIATE"), asker)
        engine, asker = (
            create_async_engine(address, pool_size=size, max_overflow=0, pool_pre_ping=True, hide_parameters=True)
            for size in (20, 1)  # none on top of them: to open one for each in a rush costs more than what it asks
        )
        reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return cls(reader, engine, asker)

    @staticmethod
    def is_missing(address: str) -> bool:
        """Tell whether the address is of a SQLite file that is not there; opening it would make an empty one."""
        url = make_url(address)
        return url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()

    @property
    def is_sqlite(self) -> bool:
        """Tell which of the two databases this is."""
        return self.writer.dialect.name == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a snapshot for reading."""
        async with AsyncSession(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction: commits at the end of the block, rolls back on an error, then runs the wake-ups."""
        async with AsyncSession(self.writer, expire_on_commit=False) as session, session.begin():
            yield session
        for wake in session.info.get("wakes", ()):
            await _wake(wake)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Be the only process in such a block for its length; others wait. SQLite is used by one server only."""
        if self.is_sqlite:
            yield
            return
        async with self.writer.begin() as connection:  # a lock that goes with whoever holds it, however that ends
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ALONE})")
            yield

    async def ready(self) -> bool:
        """Tell whether the database answers. Raises TimeoutError when it takes long, or what the driver raises."""
        async with asyncio.timeout(READY_SECONDS), self._asker.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
        return True

    async def close(self) -> None:
        """Close all connections."""
        for engine in (self._reader, self.writer, self._asker):
            await engine.dispose()


def after_commit(session: AsyncSession, wake: Wake) -> None:
    """Have `wake` awaited once this transaction is durable; never when it is rolled back."""
    session.info.setdefault("wakes", []).append(wake)


async def _wake(wake: Wake) -> None:
    try:
        await wake()
    except Exception as error:  # noqa: BLE001 - the rows are durable: what was done must not look as if it had failed
        _log.error("wake-up failed", kind=type(error).__name__, places=places(error))


def _sqlite(address: str, size: int, begin: str, *pragmas: str) -> AsyncEngine:
    engine = create_async_engine(address, module=DRIVER, pool_size=size, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver opens no transaction of its own
        chosen = ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", *pragmas)
        script = "".join(f"PRAGMA {pragma};" for pragma in chosen)  # at once: each way to the driver's thread costs
        connection.run_async(lambda driver: driver.executescript(script))

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
