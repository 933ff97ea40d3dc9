"""Queries over all sealed values, whatever table they are in: which keys they need, and batches to be re-wrapped."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    LargeBinary,
    Table,
    func,
    inspect,
    literal,
    select,
)
from sqlmodel import SQLModel, col
from sqlmodel import select as rows_of
from sqlmodel.ext.asyncio.session import AsyncSession

from server.db import sealed_columns
from server.keys.tables import KeyCheck
from server.kit import head_of

Place = tuple[str, str]
"""A sealed column: the name of its table, and its own."""


async def known_keys(session: AsyncSession) -> Sequence[KeyCheck]:
    """Give the keys that this database was sealed with; none for a database from before they were written down."""
    connection = await session.connection()
    if not await connection.run_sync(lambda sync: inspect(sync).has_table(str(KeyCheck.__tablename__))):
        return ()
    return (await session.exec(rows_of(KeyCheck).order_by(col(KeyCheck.id)))).all()


async def is_known(session: AsyncSession) -> bool:
    """Tell whether it is written down which keys this database was sealed with."""
    return bool(await known_keys(session))


async def any_sealed(session: AsyncSession) -> tuple[Place, UUID, bytes] | None:
    """Give some sealed value, also in a database that an older version has left."""
    there = await _tables(session)
    for place in sealed_columns():
        if place[1] in there.get(place[0], ()):
            table, column = _resolve(place)
            query = select(table.c.id, column).where(column.is_not(None)).limit(1)
            # e-mails of accounts were plain text once
            found = [row for row in (await _execute(session, query)).all() if isinstance(row[1], bytes)]
            if found:
                return place, found[0][0], found[0][1]
    return None


async def count_by_key(session: AsyncSession, key_ids: Sequence[str]) -> dict[str, int]:
    """Count the values that each of these keys has wrapped; under "" those of any other key."""
    counts = dict.fromkeys([*key_ids, ""], 0)
    for place in sealed_columns():
        _, column = _resolve(place)
        parts = [func.count().filter(_wrapped_by(column, key_id)) for key_id in key_ids]
        total, *by_key = (await _execute(session, select(func.count(column), *parts))).one()
        counts[""] += total - sum(by_key)
        for key_id, count in zip(key_ids, by_key, strict=True):
            counts[key_id] += count
    return counts


async def stragglers(session: AsyncSession, current: str) -> int:
    """Count the values that another key than the current one has wrapped."""
    return sum(count for key_id, count in (await count_by_key(session, [current])).items() if key_id != current)


async def batch_of(
    session: AsyncSession, place: Place, current: str, after: UUID | None, size: int
) -> Sequence[tuple[UUID, bytes]]:
    """Give the next rows of a column whose values another key than the current one has wrapped, in order of id."""
    table, column = _resolve(place)
    query = select(table.c.id, column).where(column.is_not(None), ~_wrapped_by(column, current))
    if after is not None:
        query = query.where(table.c.id > after)
    found = await _execute(session, query.order_by(table.c.id).limit(size))
    return [(row[0], row[1]) for row in found.all()]


async def replace_value(session: AsyncSession, place: Place, row: UUID, old: bytes, new: bytes) -> bool:
    """Put the new value where the old one still is; tells whether it was."""
    table, column = _resolve(place)
    change = table.update().where(table.c.id == row, column == old).values({column: new})
    return bool((await _execute(session, change)).rowcount)


async def _execute(session: AsyncSession, statement: Executable) -> Any:
    """Run a statement over whatever table, below the session's own objects."""
    return await (await session.connection()).execute(statement)


def _resolve(place: Place) -> tuple[Table, Column[bytes]]:
    table = SQLModel.metadata.tables[place[0]]
    return table, table.c[place[1]]


def _wrapped_by(column: Column[bytes], key_id: str) -> ColumnElement[bool]:
    head = head_of(key_id)
    return func.substr(column, 1, len(head), type_=LargeBinary) == literal(head, LargeBinary)


async def _tables(session: AsyncSession) -> dict[str, set[str]]:
    connection = await session.connection()

    def look(sync: Connection) -> dict[str, set[str]]:
        found = inspect(sync)
        return {name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()}

    return await connection.run_sync(look)
