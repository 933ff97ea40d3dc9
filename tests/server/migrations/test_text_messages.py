"""Migration 0007 over mail that is queued: it stays mail, and when it goes back no text message becomes one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import DateTime, LargeBinary, String, Uuid, column, select, table
from sqlalchemy.sql.expression import TableClause

from server.db import Database
from server.kit.ids import new_id
from server.migrations import downgrade, upgrade

pytestmark = pytest.mark.anyio

HOME = new_id()
THEN = datetime(2026, 11, 1, 10, tzinfo=UTC)
ORGANIZATION = table("organization", column("id", Uuid()), column("name", String()), column("language", String()))
BEFORE = table(
    "outbox_message",
    column("id", Uuid()),
    column("organization_id", Uuid()),
    column("about_id", Uuid()),
    column("recipient", LargeBinary()),
    column("status", String()),
    column("attempts"),
    column("queued_at", DateTime(timezone=True)),
    column("due_at", DateTime(timezone=True)),
)
AFTER = table("outbox_message", *(column(each.name, each.type) for each in BEFORE.columns), column("channel", String()))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database of either kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"


async def keep(database: Database, into: TableClause, **more: object) -> None:
    values = {"id": new_id(), "organization_id": HOME, "about_id": HOME, "recipient": b"-", "status": "queued"}
    async with database.writer.begin() as connection:
        await connection.execute(into.insert().values(**values, attempts=0, queued_at=THEN, due_at=THEN, **more))


async def test_queued_mail_stays_mail_and_texts_do_not_become_it(url: str) -> None:
    database = Database.open(url)
    await upgrade(database, "0006")
    async with database.writer.begin() as connection:
        await connection.execute(ORGANIZATION.insert().values(id=HOME, name="Cedar Creek Health", language="en"))
    await keep(database, BEFORE)
    await upgrade(database, "0007")
    await keep(database, AFTER, channel="text")
    async with database.writer.begin() as connection:
        assert sorted((await connection.scalars(select(AFTER.c.channel))).all()) == ["mail", "text"]
    await downgrade(database, "0006")
    async with database.writer.begin() as connection:
        assert len((await connection.scalars(select(BEFORE.c.id))).all()) == 1
    await database.close()
