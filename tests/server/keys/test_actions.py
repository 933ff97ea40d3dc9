"""Keys: a wrong or missing one is noticed before anything is served, and re-wrapping loses nothing."""

from typing import Any

import pytest
from sqlmodel import update

from server.db import Database
from server.keys import actions, check_keys, forget_key, holds_sealed_values, is_known, remember_keys, rewrap_all
from server.keys.store import batch_of, known_keys
from server.kit import Keyring, SealBroken, field_name
from server.kit.keyfile import KeyTrouble, ServerKeys
from server.outbox import OutboxMessage
from tests.server.keys.sealed import BOTH, NEW, OLD, TEN, keep_messages, keys_in_use, recipients, rows

pytestmark = pytest.mark.anyio


def served_with(ring: Keyring) -> ServerKeys:
    return ServerKeys(ring, b"t" * 32, b"a" * 32, b"p" * 32, "keys.json")


async def rewrap(database: Database, ring: Keyring, size: int = 100) -> int:
    return sum([step.changed async for step in rewrap_all(database, ring, size)])


async def written_down(database: Database) -> list[dict[str, Any]]:
    async with database.read() as session:
        return [row.model_dump() for row in await known_keys(session)]


async def test_an_empty_database_needs_no_keys_and_takes_any(database: Database) -> None:
    assert not await holds_sealed_values(database)
    await check_keys(database, served_with(NEW))


async def test_a_database_with_sealed_values_needs_its_keys(database: Database) -> None:
    await keep_messages(database, OLD, 1)
    assert await holds_sealed_values(database)


async def test_keys_that_were_written_down_are_asked_for_though_nothing_is_sealed_yet(database: Database) -> None:
    await remember_keys(database, OLD, TEN)
    assert await holds_sealed_values(database)
    await check_keys(database, served_with(OLD))


async def test_writing_them_down_twice_changes_nothing(database: Database) -> None:
    await remember_keys(database, OLD, TEN)
    once = await written_down(database)
    await remember_keys(database, OLD, TEN)
    assert await written_down(database) == once


async def test_a_missing_key_is_named_with_the_place_it_is_missing_from(database: Database) -> None:
    await remember_keys(database, OLD, TEN)
    with pytest.raises(KeyTrouble, match=r"key k1 is not in keys\.json"):
        await check_keys(database, served_with(NEW))


async def test_a_key_that_older_values_may_need_is_missed_though_the_newest_is_there(database: Database) -> None:
    await remember_keys(database, BOTH, TEN)
    with pytest.raises(KeyTrouble, match="key k1"):
        await check_keys(database, served_with(NEW))


async def test_a_wrong_key_of_the_right_name_is_noticed(database: Database) -> None:
    await remember_keys(database, OLD, TEN)
    with pytest.raises(KeyTrouble, match=r"key k1 in keys\.json is not the one"):
        await check_keys(database, served_with(Keyring({"k1": b"x" * 32}, "k1", b"i" * 32)))


async def test_a_key_of_lookups_that_does_not_fit_is_noticed(database: Database) -> None:
    await remember_keys(database, OLD, TEN)
    with pytest.raises(KeyTrouble, match="last key"):
        await check_keys(database, served_with(Keyring({"k1": b"o" * 32}, "k1", b"x" * 32)))


async def test_a_database_from_before_keys_were_written_down_is_tried_with_one_of_its_values(
    database: Database,
) -> None:
    await keep_messages(database, OLD, 1)
    await check_keys(database, served_with(OLD))
    with pytest.raises(KeyTrouble, match="key k1 is not in"):
        await check_keys(database, served_with(NEW))
    with pytest.raises(KeyTrouble, match="is not the one"):
        await check_keys(database, served_with(Keyring({"k1": b"x" * 32}, "k1", b"i" * 32)))


async def test_a_key_that_was_forgotten_is_not_asked_for(database: Database) -> None:
    await remember_keys(database, BOTH, TEN)
    await forget_key(database, "k1")
    await check_keys(database, served_with(NEW))
    async with database.read() as session:
        assert await is_known(session)


async def test_everything_is_wrapped_with_the_new_key_and_reads_as_before(database: Database) -> None:
    await keep_messages(database, OLD, 7)
    before = await recipients(database, OLD)
    assert await rewrap(database, BOTH, size=3) == 7
    assert await recipients(database, NEW) == before


async def test_what_is_wrapped_with_it_already_stays_as_it_is(database: Database) -> None:
    await keep_messages(database, BOTH, 3)
    before = [row.recipient for row in await rows(database)]
    assert await rewrap(database, BOTH) == 0
    assert [row.recipient for row in await rows(database)] == before


async def test_a_stop_in_the_middle_leaves_all_readable_and_the_next_run_finishes(database: Database) -> None:
    await keep_messages(database, OLD, 5)
    steps = rewrap_all(database, BOTH, 2)
    assert (await anext(steps)).changed == 2
    await steps.aclose()
    assert await keys_in_use(database) == {"k1", "k2"}
    assert len(await recipients(database, BOTH)) == 5
    assert await rewrap(database, BOTH) == 3
    assert await keys_in_use(database) == {"k2"}


async def test_a_value_that_somebody_changes_meanwhile_is_theirs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep_messages(database, OLD, 1)
    row = (await rows(database))[0]
    theirs = BOTH.seal("new@example.org", field_name("outbox_message", row.id, "recipient"))

    async def read_and_then_another_writes(*arguments: Any) -> Any:
        found = await batch_of(*arguments)
        async with database.write() as session:
            await session.exec(update(OutboxMessage).values(recipient=theirs))
        return found

    monkeypatch.setattr(actions, "batch_of", read_and_then_another_writes)
    assert await rewrap(database, BOTH) == 0
    assert await recipients(database, BOTH) == ["new@example.org"]


async def test_a_value_that_does_not_open_stops_it_and_stays(database: Database) -> None:
    await keep_messages(database, Keyring({"k1": b"x" * 32}, "k1", b"i" * 32), 1)
    with pytest.raises(SealBroken):
        await rewrap(database, BOTH)
    assert await keys_in_use(database) == {"k1"}


async def test_large_values_are_rewrapped_a_few_in_a_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep_messages(database, OLD, 5)
    size = len((await rows(database))[0].recipient)
    monkeypatch.setattr(actions, "BATCH_BYTES", 2 * size)
    steps = [step.changed async for step in rewrap_all(database, BOTH)]
    assert steps == [2, 2, 1]
    assert await keys_in_use(database) == {"k2"}
