"""Queries of how calls went. Whoever may see it sees it of their own organization."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, insert
from sqlalchemy import select as select_columns
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.calls.quality_rules import FAIR, WEAK, Limits, Tally
from server.calls.tables import CallEvent, CallQuality, Seat

Key = tuple[UUID, UUID]  # room and seat


async def tallies(session: AsyncSession, actor: Actor, room_ids: Collection[UUID]) -> dict[UUID, list[Tally]]:
    """Give several calls in numbers, for each seat that reported anything; calls without a report are missing."""
    require(actor, Action.READ_CALL_QUALITY, Record(actor.organization_id))
    samples = await _samples(session, actor, room_ids)
    broken = await _interruptions(session, actor, room_ids)
    found: dict[UUID, list[Tally]] = {}
    for seat in {*samples, *broken}:
        found.setdefault(seat[0], []).append(Tally(*samples.get(seat, (0, 0, 0)), *broken.get(seat, (0, 0))))
    return found


async def quality_of(session: AsyncSession, actor: Actor, room_id: UUID) -> Sequence[CallQuality]:
    """Give the samples of a call in order."""
    require(actor, Action.READ_CALL_QUALITY, Record(actor.organization_id))
    query = select(CallQuality).where(
        CallQuality.room_id == room_id, CallQuality.organization_id == actor.organization_id
    )
    return (await session.exec(query.order_by(col(CallQuality.at), col(CallQuality.id)))).all()


async def events_of(session: AsyncSession, actor: Actor, room_id: UUID) -> Sequence[CallEvent]:
    """Give what happened to the connections of a call, in order."""
    require(actor, Action.READ_CALL_QUALITY, Record(actor.organization_id))
    query = select(CallEvent).where(CallEvent.room_id == room_id, CallEvent.organization_id == actor.organization_id)
    return (await session.exec(query.order_by(col(CallEvent.at), col(CallEvent.id)))).all()


async def seats_in_rooms(session: AsyncSession, room_ids: Collection[UUID]) -> Mapping[tuple[UUID, UUID], UUID]:
    """Give the seats of rooms, for what signaling reports: (room, seat) to the organization."""
    query = select(Seat.room_id, Seat.id, Seat.organization_id).where(col(Seat.room_id).in_(room_ids))
    return {(room_id, seat_id): owner for room_id, seat_id, owner in (await session.exec(query)).all()}


async def add_story(
    session: AsyncSession, samples: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows."""
    connection = await session.connection()
    for table, rows in ((CallQuality, samples), (CallEvent, events)):
        if rows:
            await connection.execute(insert(table), rows)


async def remove_before(session: AsyncSession, before: datetime, most: int) -> int:
    """Remove at most so many of the oldest rows of each kind; gives the larger count."""
    connection = await session.connection()
    removed = []
    for table in (CallQuality, CallEvent):
        old = select(table.id).where(table.at < before).limit(most)
        removed.append((await connection.execute(delete(table).where(col(table.id).in_(old)))).rowcount)
    return max(removed)


async def _samples(session: AsyncSession, actor: Actor, room_ids: Collection[UUID]) -> dict[Key, tuple[int, int, int]]:
    query: Any = (
        select_columns(
            col(CallQuality.room_id),
            col(CallQuality.seat_id),
            func.count(),
            func.sum(_beyond(FAIR)),
            func.sum(_beyond(WEAK)),
        )
        .where(col(CallQuality.room_id).in_(room_ids), col(CallQuality.organization_id) == actor.organization_id)
        .group_by(col(CallQuality.room_id), col(CallQuality.seat_id))
    )
    return _by_seat((await (await session.connection()).execute(query)).all())


async def _interruptions(session: AsyncSession, actor: Actor, room_ids: Collection[UUID]) -> dict[Key, tuple[int, int]]:
    query = (
        select(CallEvent.room_id, CallEvent.seat_id, func.count(), func.coalesce(func.max(col(CallEvent.lasted_ms)), 0))
        .where(
            col(CallEvent.room_id).in_(room_ids),
            CallEvent.organization_id == actor.organization_id,
            CallEvent.what == "interrupted",
        )
        .group_by(col(CallEvent.room_id), col(CallEvent.seat_id))
    )
    return _by_seat((await session.exec(query)).all())


def _beyond(limits: Limits) -> Any:
    worse = or_(
        col(CallQuality.rtt_ms) > limits.rtt_ms,
        col(CallQuality.loss) > limits.loss,
        col(CallQuality.frozen) > limits.frozen,
    )
    return case((worse, 1), else_=0)


def _by_seat(rows: Iterable[Any]) -> dict[Key, Any]:
    return {(row[0], row[1]): tuple(int(number) for number in row[2:]) for row in rows}
