"""Queries of practitioners' calendars: the address at which one can be read, and others that are read here."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import Practitioner
from server.identity import Membership
from server.kit.secrets import digest
from server.scheduling.booking_rules import Status
from server.scheduling.tables import (
    Appointment,
    AppointmentParticipant,
    CalendarAddress,
    CalendarBusy,
    CalendarFeed,
)

_SHOWN = (Status.PENDING, Status.BOOKED, Status.ARRIVED, Status.FULFILLED)


async def address_of(session: AsyncSession, actor: Actor, practitioner_id: UUID) -> CalendarAddress | None:
    """Give the address at which a practitioner's calendar can be read, if there is one."""
    query = select(CalendarAddress).where(
        CalendarAddress.practitioner_id == practitioner_id, CalendarAddress.organization_id == actor.organization_id
    )
    return (await session.exec(query)).first()


async def address_by_token(session: AsyncSession, token: str) -> tuple[CalendarAddress, Practitioner] | None:
    """Give what a secret address opens, as long as its owner works in the organization."""
    works_there = select(Membership.account_id).where(
        Membership.organization_id == CalendarAddress.organization_id, col(Membership.disabled_at).is_(None)
    )
    disabled = select(Membership.account_id).where(
        Membership.organization_id == CalendarAddress.organization_id, col(Membership.disabled_at).is_not(None)
    )
    query = (
        select(CalendarAddress, Practitioner)
        .join(Practitioner, col(Practitioner.id) == CalendarAddress.practitioner_id)
        .where(
            CalendarAddress.token_hash == digest(token),
            col(Practitioner.account_id).in_(works_there),
            col(Practitioner.account_id).not_in(disabled),
        )
    )
    return (await session.exec(query)).first()


async def shown_appointments(
    session: AsyncSession, actor: Actor, practitioner_id: UUID, start: datetime, end: datetime
) -> Sequence[Appointment]:
    """Give a practitioner's appointments that touch a span and take or took place, in order; holds are among them."""
    mine = select(AppointmentParticipant.appointment_id).where(
        AppointmentParticipant.practitioner_id == practitioner_id
    )
    query = select(Appointment).where(
        Appointment.organization_id == actor.organization_id,
        col(Appointment.id).in_(mine),
        col(Appointment.status).in_(_SHOWN),
        Appointment.starts_at < end,
        Appointment.ends_at > start,
    )
    return (await session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id)))).all()


async def feeds_of(session: AsyncSession, actor: Actor, practitioner_id: UUID) -> Sequence[CalendarFeed]:
    """Give the other calendars of a practitioner, in the order they were added."""
    query = select(CalendarFeed).where(
        CalendarFeed.practitioner_id == practitioner_id, CalendarFeed.organization_id == actor.organization_id
    )
    return (await session.exec(query.order_by(col(CalendarFeed.id)))).all()


async def due_feed(session: AsyncSession, now: datetime) -> CalendarFeed | None:
    """Find the calendar that is due longest; PostgreSQL locks its row and skips locked ones."""
    query = select(CalendarFeed).where(CalendarFeed.due_at <= now).order_by(col(CalendarFeed.due_at)).limit(1)
    return (await session.exec(query.with_for_update(skip_locked=True))).first()


async def leased_feed(session: AsyncSession, feed_id: UUID, due_at: datetime) -> CalendarFeed | None:
    """Give a calendar, locked, as long as whoever took it up until `due_at` still has it."""
    query = select(CalendarFeed).where(CalendarFeed.id == feed_id, CalendarFeed.due_at == due_at)
    return (await session.exec(query.with_for_update().execution_options(populate_existing=True))).first()


async def rows_of_feed(session: AsyncSession, feed_id: UUID) -> Sequence[CalendarBusy]:
    """Give the times that one calendar takes, for who works its row."""
    return (await session.exec(select(CalendarBusy).where(CalendarBusy.feed_id == feed_id))).all()


async def busy_elsewhere(
    session: AsyncSession, actor: Actor, practitioner_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """Give when several practitioners are busy by other calendars of theirs, within a span, in order."""
    query = select(CalendarBusy).where(
        CalendarBusy.organization_id == actor.organization_id,
        col(CalendarBusy.practitioner_id).in_(practitioner_ids),
        CalendarBusy.starts_at < end,
        CalendarBusy.ends_at > start,
    )
    found: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in (await session.exec(query.order_by(col(CalendarBusy.starts_at)))).all():
        found[row.practitioner_id].append((row.starts_at, row.ends_at))
    return found
