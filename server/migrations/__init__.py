"""Alembic migrations, run from code: `upgrade`, `downgrade` and what tables and migrations differ in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from server import audit, calls, consults, directory, identity, jobs, keys, outbox, scheduling, tasks, visits
from server.db import Database
from server.kit import Keyring

# Tables register themselves when their feature is imported.
TABLES = (audit, calls, consults, directory, identity, jobs, keys, outbox, scheduling, tasks, visits)


async def upgrade(database: Database, revision: str = "head", keyring: Keyring | None = None) -> None:
    """Bring the database up to a revision; a migration that seals what was plain needs the keys."""
    async with _changing(database) as connection:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync, keyring), revision))


async def downgrade(database: Database, revision: str = "base", keyring: Keyring | None = None) -> None:
    """Take the database down to a revision."""
    async with _changing(database) as connection:
        await connection.run_sync(lambda sync: command.downgrade(_config(sync, keyring), revision))


@asynccontextmanager
async def _changing(database: Database) -> AsyncIterator[AsyncConnection]:
    """One transaction for a change of shape.

    SQLite changes a table by making it anew, and counts the rows that refer to the old one as lost: there references
    are not enforced meanwhile, and checked before the end. What the old table held is overwritten: it may be what the
    migration seals.
    """
    async with database.writer.connect() as connection:
        if database.is_sqlite:
            await connection.exec_driver_sql("PRAGMA secure_delete=ON")
            await connection.rollback()
            await _enforce_references(connection, on=False)
        try:
            async with connection.begin():
                yield connection
                if database.is_sqlite and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first():
                    raise RuntimeError("a migration left rows that refer to nothing")
        finally:
            if database.is_sqlite:
                await _enforce_references(connection, on=True)


async def _enforce_references(connection: AsyncConnection, *, on: bool) -> None:
    """Switch on the driver's own connection: within a transaction SQLite ignores it."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


async def differences(connection: AsyncConnection) -> list[Any]:
    """Give what autogenerate would still change: nothing when tables and migrations agree."""
    return await connection.run_sync(
        lambda sync: list(
            compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), SQLModel.metadata)
        )
    )


def _config(connection: Connection, keyring: Keyring | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    config.attributes["keyring"] = keyring
    return config
