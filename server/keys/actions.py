"""What is done with keys: refuse to start with wrong ones, remember those in use, re-wrap everything for a new one."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete

from server.db import Database, sealed_columns
from server.keys.store import Place, any_sealed, batch_of, known_keys, replace_value
from server.keys.tables import KeyCheck
from server.kit import KeyMissing, Keyring, SealBroken, field_name
from server.kit.ids import new_id
from server.kit.keyfile import KeyTrouble, ServerKeys

_WORD = "curbside"
BATCH = 100  # rows in one transaction: about two milliseconds of SQLite's only writer
BATCH_BYTES = 256 * 1024  # likewise, where they are parts of files


_Value = tuple[UUID, bytes, bytes]
"""A row, its sealed value as it was, and as it is to be."""


@dataclass(frozen=True, slots=True)
class Step:
    """A batch that is done: its column, and how many of its values were changed."""

    place: Place
    changed: int


async def holds_sealed_values(database: Database) -> bool:
    """Tell whether the database needs keys that exist already."""
    async with database.read() as session:
        return bool(await known_keys(session)) or await any_sealed(session) is not None


async def check_keys(database: Database, keys: ServerKeys) -> None:
    """Refuse keys with which this database cannot be read. Raises KeyTrouble, in words for whoever starts the server.

    Every key that sealed values may need must be there, be the right one, and the look-up hashes must fit.
    """
    async with database.read() as session:
        known = await known_keys(session)
        sample = None if known else await any_sealed(session)
    for row in known:
        _open(keys, row.canary, _canary_field(row), row.key_id)
        if row.index_check != _index_check(keys.keyring):
            raise KeyTrouble(_WRONG_ROOT.format(source=keys.source))
    if sample is not None:
        (table, column), row_id, value = sample
        _open(keys, value, field_name(table, row_id, column), "")


async def remember_keys(database: Database, keyring: Keyring, now: datetime) -> None:
    """Write down the keys of the ring that this database does not know yet, so that a later start asks for them."""
    async with database.read() as session:
        known = {row.key_id for row in await known_keys(session)}
    for key_id in keyring.keys.keys() - known:
        row = KeyCheck(id=new_id(), key_id=key_id, canary=b"", index_check=_index_check(keyring), created_at=now)
        alone = Keyring({key_id: keyring.keys[key_id]}, key_id, keyring.index_key)
        row.canary = alone.seal(_WORD, _canary_field(row))
        try:
            async with database.write() as session:
                session.add(row)
        except IntegrityError:
            continue  # another process was first


async def forget_key(database: Database, key_id: str) -> None:
    """Forget a key that nothing is wrapped with any more; the next start does not ask for it."""
    async with database.write() as session:
        await session.exec(delete(KeyCheck).where(col(KeyCheck.key_id) == key_id))


async def rewrap_all(database: Database, keyring: Keyring, size: int = BATCH) -> AsyncGenerator[Step]:
    """Wrap every sealed value with the current key, while others read and write; gives a step for each batch.

    A value that somebody changes meanwhile is left to them: it is replaced only where it is still the one that was
    read. It may be stopped anywhere and begun again: what is done is found by the key's id in the value itself.
    Raises SealBroken for a value that does not open.
    """
    for place in sealed_columns():
        after = None
        while True:
            async with database.read() as session:
                rows = await batch_of(session, place, keyring.current, after, size)
            if not rows:
                break
            new = [(row, old, keyring.rewrap(old, field_name(place[0], row, place[1]))) for row, old in rows]
            for some in _slices(new):
                async with database.write() as session:
                    changed = [await replace_value(session, place, *value) for value in some]
                yield Step(place, sum(changed))
            after = rows[-1][0]


def _slices(values: Iterable[_Value]) -> Iterator[list[_Value]]:
    """Cut what is to be written into transactions."""
    some: list[_Value] = []
    for value in values:
        if some and sum(len(new) for _, _, new in some) + len(value[2]) > BATCH_BYTES:
            yield some
            some = []
        some.append(value)
    if some:
        yield some


def _open(keys: ServerKeys, value: bytes, field: bytes, key_id: str) -> None:
    try:
        keys.keyring.open(value, field)
    except KeyMissing as error:
        raise KeyTrouble(_MISSING.format(key=error.key_id, source=keys.source)) from None
    except SealBroken:
        raise KeyTrouble(_WRONG.format(key=key_id or "in use", source=keys.source)) from None


def _canary_field(row: KeyCheck) -> bytes:
    return field_name("key_check", row.id, "canary")


def _index_check(keyring: Keyring) -> bytes:
    return keyring.index(_WORD, "key_check")


_MISSING = (
    "The key {key} is not in {source}, and this database holds values that need it. Put it back behind the key that "
    "seals now; after `curbside keys rotate` and `curbside keys retire {key}` it is needed no more."
)
_WRONG = (
    "The key {key} in {source} is not the one that this database was sealed with. Put the right one back, from the "
    "backup that belongs to this database."
)
_WRONG_ROOT = (
    "The last key in {source} (or the one named root) is not the one that this database began with. What people are "
    "looked up by is derived from it: put the right one back in the last place."
)
