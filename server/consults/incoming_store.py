"""What rings somebody now, which rings they missed, and when they said that they come: headlines only.

It is shown in whatever organization of theirs.

What is asked about is read on the case's own page, once it was taken.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.calls import Room, Seat, SeatStay
from server.consults.case_rules import Status
from server.consults.case_tables import Consult, ConsultRing
from server.consults.ring_events import WhyStopped
from server.consults.ring_state import Promise, Ringing
from server.consults.ring_store import state_of
from server.consults.service_tables import ConsultService
from server.directory import Clinic, formal_names
from server.kit import NotFound

KEPT = timedelta(hours=24)
"""So long a missed ring is shown, unless it was read before."""
ON_THE_WAY, AWAITED = timedelta(seconds=10), timedelta(minutes=15)
"""Who accepted is on the way into the talk, and so long they are told when they never came."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A ring of the reader: what for, who asks, and who took the case, empty while nobody has."""

    ring: ConsultRing
    consult: Consult
    service: ConsultService
    clinic: Clinic
    requester: str
    taken_by: str
    colleagues: tuple[tuple[UUID, str], ...] = ()

    @property
    def may_be_taken(self) -> bool:
        """Tell whether they may still accept."""
        return self.consult.status == Status.RINGING

    @property
    def promise(self) -> Promise | None:
        """Give when they said that they come, while the case looks for somebody and nobody told them not to."""
        state = state_of(self.consult)
        promises = state.promises if isinstance(state, Ringing) else ()
        return next((one for one in promises if one.number == self.ring.number), None)

    def seconds_left(self, now: datetime) -> int:
        """Give for how long it rings still."""
        return max(0, -int((now - self.ring.until).total_seconds() // 1))


@dataclass(frozen=True, slots=True)
class Awaited:
    """A talk that the reader accepted, and where whoever asked waits for them."""

    consult: Consult
    service: ConsultService
    clinic: Clinic
    requester: str


async def rings_for(session: AsyncSession, actor: Actor) -> list[Incoming]:
    """Give what rings the actor now, the oldest first, with the colleagues whom they may suggest."""
    return await _rings(session, actor, col(ConsultRing.ended_at).is_(None), suggesting=True)


async def missed_by(session: AsyncSession, actor: Actor, now: datetime) -> list[Incoming]:
    """Give the rings of the last day that the actor did not answer and has not read of, the latest of each case."""
    return await _unread(session, actor, col(ConsultRing.why) == WhyStopped.TIMED_OUT, now)


async def promised_by(session: AsyncSession, actor: Actor, now: datetime) -> list[Incoming]:
    """Give the cases to which the actor said that they come a little later, and that have not rung them again since.

    One that needs them no more (`promise` is None) is among them until they have read of it, for a day.
    """
    later = aliased(ConsultRing)
    again = select(later.id).where(
        later.consult_id == ConsultRing.consult_id,
        later.account_id == ConsultRing.account_id,
        col(later.number) > ConsultRing.number,
    )
    return await _unread(session, actor, and_(ConsultRing.why == WhyStopped.OFFERED, ~again.exists()), now)


async def awaited_by(session: AsyncSession, actor: Actor, now: datetime) -> list[Awaited]:
    """Give the talks that the actor accepted a while ago, that go on, and into which they never came."""
    since = or_(col(SeatStay.left_at).is_(None), col(SeatStay.left_at) >= Consult.accepted_at)  # not for a case before
    came = select(SeatStay.id).where(SeatStay.seat_id == Seat.id, since).exists()
    query = (
        select(Consult, ConsultService, Clinic)
        .join(ConsultService, col(ConsultService.id) == Consult.service_id)
        .join(Clinic, col(Clinic.id) == Consult.clinic_id)
        .join(Room, col(Room.id) == Consult.room_id)
        .join(Seat, and_(col(Seat.room_id) == Room.id, col(Seat.account_id) == Consult.accepted_by))
        .where(
            Consult.accepted_by == actor.account_id,
            Consult.status == Status.ACCEPTED,
            col(Consult.accepted_at).between(now - AWAITED, now - ON_THE_WAY),
            col(Room.ended_at).is_(None),
            ~came,
        )
    )
    rows = (await session.exec(query.order_by(col(Consult.accepted_at)))).all()
    names = await _names(session, actor, [consult for consult, _, _ in rows], {})
    return [Awaited(consult, service, clinic, names[consult.requester_id]) for consult, service, clinic in rows]


async def own_ring(session: AsyncSession, actor: Actor, ring_id: UUID | None) -> ConsultRing:
    """Give a ring of the actor themselves. Raises NotFound for anybody else's."""
    row = await session.get(ConsultRing, ring_id) if ring_id else None
    if row is None or row.account_id != actor.account_id:
        raise NotFound
    return row


async def _unread(session: AsyncSession, actor: Actor, which: ColumnElement[bool], now: datetime) -> list[Incoming]:
    """Give the actor's last ring of each case among those of the last day of which they have not read."""
    unread = and_(which, col(ConsultRing.seen_at).is_(None), col(ConsultRing.ended_at) > now - KEPT)
    latest = {one.consult.id: one for one in await _rings(session, actor, unread)}
    return [one for one in latest.values() if one.consult.accepted_by != actor.account_id]


async def _rings(
    session: AsyncSession, actor: Actor, which: ColumnElement[bool], *, suggesting: bool = False
) -> list[Incoming]:
    query = (
        select(ConsultRing, Consult, ConsultService, Clinic)
        .join(Consult, col(Consult.id) == ConsultRing.consult_id)
        .join(ConsultService, col(ConsultService.id) == Consult.service_id)
        .join(Clinic, col(Clinic.id) == Consult.clinic_id)
        .where(ConsultRing.account_id == actor.account_id, which)
        .order_by(col(ConsultRing.started_at), col(ConsultRing.id))
    )
    rows = (await session.exec(query)).all()
    others: Mapping[UUID, Collection[UUID]] = {
        consult.id: _others(actor, consult) if suggesting else () for _, consult, _, _ in rows
    }
    names = await _names(session, actor, [consult for _, consult, _, _ in rows], others)
    return [
        Incoming(
            ring,
            consult,
            service,
            clinic,
            names[consult.requester_id],
            names.get(consult.accepted_by, "") if consult.accepted_by else "",
            _colleagues(others[consult.id], names),
        )
        for ring, consult, service, clinic in rows
    ]


async def _names(
    session: AsyncSession, actor: Actor, consults: Sequence[Consult], others: Mapping[UUID, Collection[UUID]]
) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for organization_id in {consult.organization_id for consult in consults}:
        here = [consult for consult in consults if consult.organization_id == organization_id]
        accounts = {one for consult in here for one in (consult.requester_id, consult.accepted_by) if one}
        accounts.update(*(others.get(consult.id, ()) for consult in here))
        found.update(await formal_names(session, replace(actor, organization_id=organization_id), accounts))
    return found


def _others(actor: Actor, consult: Consult) -> set[UUID]:
    """Give who else may take a case."""
    state = state_of(consult)
    covering = state.plan.covering if isinstance(state, Ringing) else ()
    return {one for one in covering if one != actor.account_id}


def _colleagues(others: Collection[UUID], names: Mapping[UUID, str]) -> tuple[tuple[UUID, str], ...]:
    return tuple(sorted(((one, names[one]) for one in others if one in names), key=lambda item: item[1]))
