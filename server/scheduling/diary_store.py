"""Practitioners' time as a calendar shows it: open hours, time away, other calendars, and appointments.

Practitioners are given by their ids, which the caller found within the actor's organization.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.scheduling.availability_rules import Schedule, Why, Window, closures, open_hours
from server.scheduling.booking_rules import Status, ran_out
from server.scheduling.feed_store import busy_elsewhere
from server.scheduling.schedule_store import schedules_of
from server.scheduling.span_rules import Span, clipped, merged
from server.scheduling.tables import Appointment, AppointmentParticipant
from server.scheduling.zone_rules import moment_of

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Away:
    """Days without hours: a holiday by its name, else leave or a closed day, which have none."""

    start: datetime
    end: datetime
    why: Why
    name: str = ""


@dataclass(frozen=True, slots=True)
class Diary:
    """One practitioner's time in a span, without appointments; `open` is cut at the ends of the span."""

    open: Sequence[Stretch] = ()
    away: Sequence[Away] = ()
    elsewhere: Sequence[Stretch] = ()


async def diaries_of(
    session: AsyncSession, actor: Actor, practitioner_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, Diary]:
    """Give the time of several practitioners in a span."""
    schedules = await schedules_of(session, actor, practitioner_ids)
    elsewhere = await busy_elsewhere(session, actor, practitioner_ids, start, end)
    window = Window.of(start, start, end)
    return {
        id_: Diary(
            _open(schedules[id_], window) if id_ in schedules else (),
            _away(schedules[id_], window) if id_ in schedules else (),
            elsewhere.get(id_, ()),
        )
        for id_ in practitioner_ids
    }


async def appointments_touching(
    session: AsyncSession,
    actor: Actor,
    practitioner_ids: Collection[UUID],
    start: datetime,
    end: datetime,
    now: datetime,
) -> list[Appointment]:
    """Give the appointments of any of several practitioners that touch a span, in order.

    Cancelled ones and holds that ran out are not among them.
    """
    theirs = select(AppointmentParticipant.appointment_id).where(
        col(AppointmentParticipant.practitioner_id).in_(practitioner_ids)
    )
    query = select(Appointment).where(
        Appointment.organization_id == actor.organization_id,
        col(Appointment.id).in_(theirs),
        Appointment.status != Status.CANCELLED,
        Appointment.starts_at < end,
        Appointment.ends_at > start,
    )
    found = (await session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id)))).all()
    return [row for row in found if not ran_out(row.status, row.held_until, now)]


def _open(schedule: Schedule, window: Window) -> list[Stretch]:
    return [_stretch(span) for span in clipped(merged(open_hours(schedule, window)), window.start, window.end)]


def _away(schedule: Schedule, window: Window) -> list[Away]:
    names = {holiday.day: holiday.name for holiday in schedule.holidays}
    found = []
    for closure in closures(schedule, window):
        start, end = _stretch(closure.span)
        if closure.span[0] < window.end and closure.span[1] > window.start:
            day = start.astimezone(ZoneInfo(schedule.zone)).date()
            found.append(Away(start, end, closure.why, names.get(day, "") if closure.why is Why.HOLIDAY else ""))
    return found


def _stretch(span: Span) -> Stretch:
    return moment_of(span[0]), moment_of(span[1])
