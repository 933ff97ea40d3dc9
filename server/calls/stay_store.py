"""For how long who was connected in a room: written as signaling reports it, and read for the clock of a talk."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.calls.tables import CallQuality, Seat, SeatStay
from server.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Stay:
    """A member of staff was connected from a moment until another, None while they are."""

    account_id: UUID
    came_at: datetime
    left_at: datetime | None


async def begin_stay(session: AsyncSession, seat: Seat, connection: str, at: datetime) -> None:
    """Write that somebody is connected; the same connection once, and another one ends the one before."""
    kept = await _open_stays(session, seat.id)
    if any(stay.connection == connection for stay in kept):
        return
    for stay in kept:
        stay.left_at = max(stay.came_at, at)
    session.add(
        SeatStay(
            id=new_id(),
            organization_id=seat.organization_id,
            room_id=seat.room_id,
            seat_id=seat.id,
            connection=connection,
            came_at=at,
        )
    )


async def end_stay(session: AsyncSession, seat_id: UUID, at: datetime) -> None:
    """Write that somebody is connected no more."""
    for stay in await _open_stays(session, seat_id):
        stay.left_at = max(stay.came_at, at)


async def end_stays_at(session: AsyncSession, node_id: str) -> None:
    """End every stay that a dead node held, at the last moment from which anything is known of it.

    Who went on with another node has ended theirs by coming there: until then nobody knows that they do not.
    """
    held = col(SeatStay.connection).startswith(f"{node_id}-")
    for stay in (await session.exec(select(SeatStay).where(col(SeatStay.left_at).is_(None), held))).all():
        query = (
            select(CallQuality.at)
            .where(CallQuality.room_id == stay.room_id, CallQuality.seat_id == stay.seat_id)
            .order_by(col(CallQuality.at).desc())
        )
        last = (await session.exec(query.limit(1))).first()
        stay.left_at = max(stay.came_at, last or stay.came_at)


async def stays_in(session: AsyncSession, actor: Actor, room_ids: Collection[UUID]) -> dict[UUID, list[Stay]]:
    """Give when the staff were connected in rooms of the actor's organization, by room, in order."""
    query = (
        select(SeatStay, Seat.account_id)
        .join(Seat, col(Seat.id) == SeatStay.seat_id)
        .where(
            col(SeatStay.room_id).in_(room_ids),
            SeatStay.organization_id == actor.organization_id,
            col(Seat.account_id).is_not(None),
        )
        .order_by(col(SeatStay.came_at), col(SeatStay.id))
    )
    found: dict[UUID, list[Stay]] = defaultdict(list)
    for stay, account_id in (await session.exec(query)).all() if room_ids else ():
        if account_id is not None:
            found[stay.room_id].append(Stay(account_id, stay.came_at, stay.left_at))
    return found


async def _open_stays(session: AsyncSession, seat_id: UUID) -> list[SeatStay]:
    query = select(SeatStay).where(SeatStay.seat_id == seat_id, col(SeatStay.left_at).is_(None))
    return list((await session.exec(query)).all())
