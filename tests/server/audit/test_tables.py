"""The database itself refuses to change the trail, and to remove more of it than a checkpoint allows."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.audit import AuditCheckpoint
from server.kit.ids import new_id
from tests.cast import World
from tests.server.audit.trail import chain_of, event_ids, record, seal_all, seals, stored

pytestmark = pytest.mark.anyio

TABLES = ("audit_event", "audit_seal", "audit_head", "audit_checkpoint")
KEPT = "the audit trail is append-only"


@pytest.fixture
async def trail(world: World) -> World:
    """Three sealed events, and a checkpoint that lets the first two go if they were older than it says."""
    await record(world, 3)
    await seal_all(world)
    await allow(world, 2, seconds=-1)
    return world


async def allow(world: World, until: int, *, seconds: int) -> None:
    """Write a checkpoint: up to a number, for what was recorded before some seconds from now."""
    now = world.clock.now
    async with world.deps.database.write() as session:
        session.add(
            AuditCheckpoint(
                id=new_id(),
                chain=chain_of(world),
                sequence=until,
                hash=bytes(32),
                expired_before=now + timedelta(seconds=seconds),
                signed_at=now,
                signature=b"",
            )
        )


async def run(world: World, statement: str, **values: object) -> None:
    async with world.deps.database.writer.begin() as connection:
        await connection.execute(text(statement), values)


@pytest.mark.parametrize("table", TABLES)
async def test_no_row_is_changed(trail: World, table: str) -> None:
    with pytest.raises(DBAPIError, match=KEPT):
        await run(trail, f"UPDATE {table} SET id = id")


@pytest.mark.parametrize("table", TABLES)
async def test_no_row_is_removed(trail: World, table: str) -> None:
    with pytest.raises(DBAPIError, match=KEPT):
        await run(trail, f"DELETE FROM {table}")


@pytest.mark.parametrize("table", TABLES)
async def test_no_table_is_emptied(trail: World, table: str) -> None:
    # SQLite has no TRUNCATE; a DELETE without WHERE asks the triggers too
    emptied = f"DELETE FROM {table} WHERE TRUE" if trail.deps.database.is_sqlite else f"TRUNCATE {table}"
    with pytest.raises(DBAPIError, match=KEPT):
        await run(trail, emptied)


@pytest.mark.parametrize("table", TABLES)
async def test_no_row_is_replaced(trail: World, table: str) -> None:
    again = f"INSERT INTO {table} SELECT * FROM {table} WHERE TRUE ON CONFLICT (id) DO UPDATE SET id = excluded.id"
    replaced = f"REPLACE INTO {table} SELECT * FROM {table}" if trail.deps.database.is_sqlite else again
    with pytest.raises(DBAPIError, match=KEPT):
        await run(trail, replaced)


async def test_an_event_below_a_checkpoint_that_has_not_expired_stays(trail: World) -> None:
    first = stored(trail, (await event_ids(trail))[0])
    with pytest.raises(DBAPIError, match=KEPT):
        await run(trail, "DELETE FROM audit_event WHERE id = :id", id=first)


async def test_an_expired_event_below_a_checkpoint_goes_and_then_its_link_and_head(trail: World) -> None:
    await allow(trail, 3, seconds=1)
    third = stored(trail, (await event_ids(trail))[2])
    await run(trail, "DELETE FROM audit_event WHERE id = :id", id=third)
    await run(trail, "DELETE FROM audit_seal WHERE sequence = 3")
    await run(trail, "DELETE FROM audit_head WHERE sequence = 3")
    assert [row.sequence for row in await seals(trail)] == [1, 2]


async def test_an_expired_event_above_the_checkpoint_stays(world: World) -> None:
    await record(world, 2)
    await seal_all(world)
    await allow(world, 1, seconds=1)
    second = stored(world, (await event_ids(world))[1])
    with pytest.raises(DBAPIError, match=KEPT):
        await run(world, "DELETE FROM audit_event WHERE id = :id", id=second)


async def test_an_event_that_is_not_sealed_stays(world: World) -> None:
    await allow(world, 5, seconds=1)
    await record(world)
    with pytest.raises(DBAPIError, match=KEPT):
        await run(world, "DELETE FROM audit_event")


async def test_a_checkpoint_of_one_chain_lets_nothing_of_another_go(world: World) -> None:
    await record(world, 1, "outsider")
    await seal_all(world)
    await allow(world, 5, seconds=1)
    with pytest.raises(DBAPIError, match=KEPT):
        await run(world, "DELETE FROM audit_event")


async def test_a_link_stays_as_long_as_its_event_does(trail: World) -> None:
    with pytest.raises(DBAPIError, match=KEPT):
        await run(trail, "DELETE FROM audit_seal WHERE sequence = 1")


async def test_a_head_above_the_checkpoint_stays(trail: World) -> None:
    with pytest.raises(DBAPIError, match=KEPT):
        await run(trail, "DELETE FROM audit_head WHERE sequence = 3")


async def test_a_checkpoint_stays_even_when_all_that_it_allowed_is_gone(trail: World) -> None:
    await allow(trail, 3, seconds=1)
    for table in ("audit_event", "audit_seal", "audit_head"):
        await run(trail, f"DELETE FROM {table}")
    with pytest.raises(DBAPIError, match=KEPT):
        await run(trail, "DELETE FROM audit_checkpoint")
