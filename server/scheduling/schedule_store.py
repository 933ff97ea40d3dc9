"""Schedules as rows, and practitioners as a search of free times sees them: a few queries for any number of them.

Practitioners are given by their rows, which the caller found within the actor's organization.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import Practitioner, PractitionerLicence
from server.identity import ClinicCoverage
from server.kit.ids import ClinicId, PractitionerId
from server.scheduling.availability_rules import (
    BookingLimits,
    DateException,
    Holiday,
    Leave,
    Place,
    Schedule,
    Skipped,
    WeeklyRule,
    is_open_at,
)
from server.scheduling.booking_rules import Status, ran_out
from server.scheduling.feed_store import busy_elsewhere
from server.scheduling.match_rules import Candidate, Licence
from server.scheduling.slot_rules import Busy, BusyKind
from server.scheduling.tables import (
    Appointment,
    AppointmentParticipant,
    OrganizationHoliday,
    PractitionerLanguage,
    PractitionerSchedule,
    ScheduleException,
    ScheduleLeave,
    ScheduleRule,
)
from server.scheduling.zone_rules import Meant

Part = TypeVar("Part", ScheduleRule, ScheduleException, ScheduleLeave)
Value = TypeVar("Value")


async def schedule_rows(
    session: AsyncSession, actor: Actor, practitioner_ids: Collection[UUID]
) -> dict[UUID, PractitionerSchedule]:
    """Give the schedules' own rows by practitioner; who has none cannot be booked by a search."""
    query = select(PractitionerSchedule).where(
        col(PractitionerSchedule.practitioner_id).in_(practitioner_ids),
        PractitionerSchedule.organization_id == actor.organization_id,
    )
    return {row.practitioner_id: row for row in (await session.exec(query)).all()}


async def holidays_of(session: AsyncSession, actor: Actor) -> Sequence[OrganizationHoliday]:
    """Give the days on which the actor's organization is closed, in order."""
    query = select(OrganizationHoliday).where(OrganizationHoliday.organization_id == actor.organization_id)
    return (await session.exec(query.order_by(col(OrganizationHoliday.day)))).all()


async def schedules_of(session: AsyncSession, actor: Actor, practitioner_ids: Collection[UUID]) -> dict[UUID, Schedule]:
    """Give what the schedules of several practitioners say, by practitioner."""
    heads = await schedule_rows(session, actor, practitioner_ids)
    if not heads:
        return {}
    ids = [row.id for row in heads.values()]
    weekly = await _parts(session, ScheduleRule, ids)
    exceptions = await _parts(session, ScheduleException, ids)
    leave = await _parts(session, ScheduleLeave, ids)
    holidays = tuple(Holiday(row.day, row.name) for row in await holidays_of(session, actor))
    return {
        id_: Schedule(
            zone=row.time_zone,
            weekly=tuple(_rule(part) for part in weekly[row.id]),
            exceptions=tuple(_exception(part) for part in exceptions[row.id]),
            leave=tuple(Leave(part.first_day, part.last_day) for part in leave[row.id]),
            holidays=holidays,
            limits=_limits(row),
        )
        for id_, row in heads.items()
    }


async def at_work(session: AsyncSession, people: Collection[Practitioner], now: datetime) -> frozenset[UUID]:
    """Give those of several practitioners who are within their open hours at a moment; who keeps none is not."""
    working: set[UUID] = set()
    for organization_id in {one.organization_id for one in people}:
        ids = [one.id for one in people if one.organization_id == organization_id]
        schedules = await schedules_of(session, Actor(frozenset(), organization_id), ids)
        working |= {id_ for id_, schedule in schedules.items() if is_open_at(schedule, now)}
    return frozenset(working)


async def busy_of(
    session: AsyncSession,
    actor: Actor,
    practitioner_ids: Collection[UUID],
    start: datetime,
    end: datetime,
    now: datetime,
) -> dict[UUID, list[Busy]]:
    """Give what takes the time of several practitioners between two moments, also by other calendars of theirs.

    Holds that ran out do not.
    """
    query = (
        select(AppointmentParticipant, Appointment)
        .join(Appointment, col(Appointment.id) == AppointmentParticipant.appointment_id)
        .where(
            AppointmentParticipant.organization_id == actor.organization_id,
            col(AppointmentParticipant.practitioner_id).in_(practitioner_ids),
            col(AppointmentParticipant.busy_from) < end,
            col(AppointmentParticipant.busy_until) > start,
        )
    )
    found: dict[UUID, list[Busy]] = defaultdict(list)
    for place, appointment in (await session.exec(query)).all():
        if place.practitioner_id and not ran_out(appointment.status, appointment.held_until, now):
            found[place.practitioner_id].append(_busy(place, appointment))
    for id_, spans in (await busy_elsewhere(session, actor, practitioner_ids, start, end)).items():
        found[id_] += [Busy.of(since, until, BusyKind.IMPORTED) for since, until in spans]
    return found


async def candidates_of(
    session: AsyncSession, actor: Actor, people: Sequence[Practitioner], start: datetime, end: datetime, now: datetime
) -> list[Candidate]:
    """Give those of several practitioners who have a schedule, as a search between two moments sees them, in order."""
    ids = [person.id for person in people]
    schedules = await schedules_of(session, actor, ids)
    busy = await busy_of(session, actor, list(schedules), start, end, now)
    licences = await _licences(session, ids)
    languages = await _languages(session, ids)
    clinics = await clinics_served(session, actor, people)
    return [
        Candidate(
            practitioner=PractitionerId(person.id),
            schedule=schedules[person.id],
            busy=tuple(busy.get(person.id, ())),
            specialty=person.specialty,
            languages=frozenset(languages[person.id]),
            clinics=frozenset(clinics[person.id]),
            licences=tuple(licences[person.id]),
        )
        for person in people
        if person.id in schedules
    ]


async def clinics_served(
    session: AsyncSession, actor: Actor, people: Sequence[Practitioner]
) -> dict[UUID, list[ClinicId]]:
    """Give the clinics that each one works for: the main one, and those they cover."""
    query = select(ClinicCoverage).where(
        col(ClinicCoverage.account_id).in_([person.account_id for person in people if person.account_id]),
        ClinicCoverage.organization_id == actor.organization_id,
    )
    covered = _grouped((row.account_id, ClinicId(row.clinic_id)) for row in (await session.exec(query)).all())
    return {
        person.id: [ClinicId(person.clinic_id), *(covered[person.account_id] if person.account_id else ())]
        for person in people
    }


async def _parts(session: AsyncSession, table: type[Part], schedule_ids: Collection[UUID]) -> dict[UUID, list[Part]]:
    query = select(table).where(col(table.schedule_id).in_(schedule_ids)).order_by(col(table.id))
    found: dict[UUID, list[Part]] = defaultdict(list)
    for row in (await session.exec(query)).all():
        found[row.schedule_id].append(row)
    return found


async def _licences(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[Licence]]:
    query = select(PractitionerLicence).where(col(PractitionerLicence.practitioner_id).in_(ids))
    rows = (await session.exec(query)).all()
    return _grouped((row.practitioner_id, Licence(row.state, row.expires_on)) for row in rows)


async def _languages(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    query = select(PractitionerLanguage).where(col(PractitionerLanguage.practitioner_id).in_(ids))
    return _grouped((row.practitioner_id, row.language) for row in (await session.exec(query)).all())


def _grouped(pairs: Iterable[tuple[UUID, Value]]) -> dict[UUID, list[Value]]:
    found: dict[UUID, list[Value]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def _place(row: ScheduleRule | ScheduleException) -> Place:
    return Place(ClinicId(row.clinic_id) if row.clinic_id else None, row.video_only)


def _rule(row: ScheduleRule) -> WeeklyRule:
    return WeeklyRule(
        row.weekday,
        row.starts,
        row.ends,
        row.time_zone,
        _place(row),
        row.valid_from,
        row.valid_until,
        Skipped(row.skipped),
        Meant(row.repeated),
    )


def _exception(row: ScheduleException) -> DateException:
    starts, ends = (Meant(meant) if meant else None for meant in (row.starts_meant, row.ends_meant))
    return DateException(row.day, row.starts, row.ends, _place(row), starts, ends)


def _limits(row: PractitionerSchedule) -> BookingLimits:
    return BookingLimits(
        before=row.before_minutes,
        after=row.after_minutes,
        notice=row.notice_minutes,
        horizon=row.horizon_days,
        daily_maximum=row.daily_maximum,
        step=row.step_minutes,
    )


def _busy(place: AppointmentParticipant, appointment: Appointment) -> Busy:
    kind = BusyKind.HOLD if appointment.status == Status.PENDING else BusyKind.APPOINTMENT
    before = (appointment.starts_at - place.busy_from).seconds // 60 if place.busy_from else 0
    after = (place.busy_until - appointment.ends_at).seconds // 60 if place.busy_until else 0
    return Busy.of(appointment.starts_at, appointment.ends_at, kind, before, after)
