"""Alembic migrations, run from code: `upgrade`, `downgrade` and what tables and migrations differ in."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from server import audit, calls, directory, identity, outbox, scheduling, visits
from server.db import Database

# Tables register themselves when their feature is imported.
TABLES = (audit, calls, directory, identity, outbox, scheduling, visits)


async def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database up to a revision."""
    async with database.writer.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), revision))


async def downgrade(database: Database, revision: str = "base") -> None:
    """Take the database down to a revision."""
    async with database.writer.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(_config(sync), revision))


async def differences(connection: AsyncConnection) -> list[Any]:
    """Give what autogenerate would still change: nothing when tables and migrations agree."""
    return await connection.run_sync(
        lambda sync: list(
            compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), SQLModel.metadata)
        )
    )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
