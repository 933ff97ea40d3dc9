"""What `curbside keys …` does, and the check of the keys before anything is served."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from server.db import Database
from server.keys import (
    check_keys,
    count_by_key,
    forget_key,
    holds_sealed_values,
    is_known,
    remember_keys,
    rewrap_all,
    stragglers,
)
from server.kit import utc_now
from server.kit.keyfile import NAME, KeyTrouble, ServerKeys, add_key, drop_key, load_keys
from server.settings import Settings

Say = Callable[[str], None]
# For how long after a rotation a server may still commit what it sealed with the key before: far more than it takes.
SETTLED = timedelta(seconds=60)


async def usable_keys(settings: Settings, database: Database) -> ServerKeys:
    """Give the keys that this database can be read with; makes them only where nothing needs older ones.

    Raises KeyTrouble, in words for whoever starts the server.
    """
    needed = await holds_sealed_values(database)
    keys = load_keys(settings.data, settings.secret_keys, make=not needed)
    await check_keys(database, keys)
    return keys


async def list_keys(settings: Settings, say: Say) -> None:
    """Say of each key what it is for and how many values it holds."""
    async with _opened(settings) as (database, keys):
        ring = keys.keyring
        async with database.read() as session:
            counts = await count_by_key(session, list(ring.keys))
        for key_id in ring.keys:
            say(f"{key_id}  {'seals now' if key_id == ring.current else 'opens only'}  {_values(counts[key_id])}")
        if counts[""]:
            say(f"{_values(counts[''])} of keys that are not in {keys.source}")


async def rotate_keys(settings: Settings, say: Say) -> None:
    """Make a new key and wrap every sealed value with it, while the service runs.

    A rotation that was interrupted is finished first, with the key it had begun with. Keys of the setting are not
    made here: there the first one is taken, and the values are re-wrapped for it.
    """
    async with _opened(settings) as (database, keys):
        ring = keys.keyring
        async with database.read() as session:
            waiting = await stragglers(session, ring.current)
        if not waiting and not settings.secret_keys:
            add_key(settings.data)
            ring = load_keys(settings.data, (), make=False).keyring
            async with database.read() as session:
                waiting = await stragglers(session, ring.current)
        await remember_keys(database, ring, utc_now())
        say(f"Wrapping {_values(waiting)} with {ring.current}.")
        done = 0
        while waiting:
            async for step in rewrap_all(database, ring):
                done += step.changed
                say(f"{done} done ({step.place[0]}.{step.place[1]})")
            async with database.read() as session:
                waiting = await stragglers(session, ring.current)
    say(f"Everything is wrapped with {ring.current}. `curbside keys retire` takes an older key away.")


async def retire_key(settings: Settings, key_id: str, say: Say) -> None:
    """Take a key away that nothing is wrapped with any more. Raises KeyTrouble when something may still need it."""
    async with _opened(settings) as (database, keys):
        if key_id not in keys.keyring.keys:
            raise KeyTrouble(f"There is no key {key_id} in {keys.source}.")
        if key_id == keys.keyring.current:
            raise KeyTrouble(f"{key_id} is the key that seals now. Run `curbside keys rotate` first.")
        async with database.read() as session:
            count = (await count_by_key(session, [key_id]))[key_id]
        if count:
            raise KeyTrouble(f"{key_id} still holds {_values(count)}. Run `curbside keys rotate` first.")
        _refuse_unsettled(settings)
        await forget_key(database, key_id)
        if settings.secret_keys:
            say(f"Nothing needs {key_id} any more: take it out of {keys.source} (if it stands last, name it root).")
            return
        drop_key(settings.data, key_id)
    say(f"{key_id} is gone. Backups from before the rotation still need it.")


def _refuse_unsettled(settings: Settings) -> None:
    """A server takes a new key up at its next write; what it sealed just before may be committed just after."""
    if settings.secret_keys:
        return
    changed = (settings.data / NAME).stat().st_mtime
    if utc_now().timestamp() - changed < SETTLED.total_seconds():
        raise KeyTrouble("The keys changed within the last minute. Wait a minute, then try again.")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Database, ServerKeys]]:
    if Database.is_missing(settings.database_address):
        raise KeyTrouble("There is no database yet. Run `curbside migrate` first.")
    database = Database.open(settings.database_address)
    try:
        async with database.read() as session:
            if not await is_known(session):
                raise KeyTrouble("This database has no keys yet. Run `curbside migrate` first.")
        yield database, await usable_keys(settings, database)
    finally:
        await database.close()


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"
