"""Keeping when people work: a practitioner's whole schedule at once, and the organization's holidays."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, decide, require
from server.audit import Subject, note
from server.directory import Practitioner
from server.kit import N_, Conflict, NotFound
from server.kit.ids import new_id
from server.scheduling.availability_rules import DateException, Place, Schedule, WeeklyRule
from server.scheduling.tables import (
    OrganizationHoliday,
    PractitionerSchedule,
    ScheduleException,
    ScheduleLeave,
    ScheduleRule,
)
from server.web import Deps

CHANGED = N_("Somebody else changed these hours in the meantime. Look at them again before you save.")


def hours_record(practitioner: Practitioner) -> Record:
    """Gather the facts that the policy asks for about somebody's hours."""
    accounts = frozenset({practitioner.account_id}) if practitioner.account_id else frozenset()
    return Record(practitioner.organization_id, None, accounts, clinics=frozenset({practitioner.clinic_id}))


def may_keep_hours(actor: Actor, practitioner: Practitioner) -> bool:
    """Tell whether somebody keeps these hours: their own, as an administrator, or at the front desk of the clinic."""
    return decide(actor, Action.KEEP_HOURS, hours_record(practitioner)).allowed


def require_hours(actor: Actor, practitioner: Practitioner) -> None:
    """Make sure that somebody keeps these hours. Raises NotFound or Forbidden."""
    require(actor, Action.KEEP_HOURS, hours_record(practitioner))


async def keep_schedule(
    deps: Deps, actor: Actor, practitioner_id: UUID, schedule: Schedule, version: int
) -> PractitionerSchedule:
    """Write a practitioner's schedule as a whole; the caller has checked it (`availability_form_rules.problems`).

    `version` is that of the schedule which the person saw, 0 when there was none. The organization's holidays are kept
    by `keep_holiday`. Raises NotFound, Forbidden, and Conflict when somebody else saved meanwhile.
    """
    async with deps.database.write() as session:
        await _mine(session, actor, practitioner_id)
        row = await _head(session, actor, practitioner_id, version)
        row.time_zone, row.version, row.changed_at = schedule.zone, version + 1, deps.now()
        for column, value in _limits(schedule).items():
            setattr(row, column, value)
        session.add(row)
        for table in (ScheduleRule, ScheduleException, ScheduleLeave):
            await session.exec(delete(table).where(col(table.schedule_id) == row.id))
        session.add_all(_parts(row.id, schedule))
        note(session, deps.now(), actor, "update", Subject("Schedule", row.id))
    return row


async def keep_holiday(deps: Deps, actor: Actor, day: date, name: str) -> None:
    """Close the organization on a day, or change what that day is called."""
    require(actor, Action.MANAGE_ORGANIZATION, Record(actor.organization_id))
    async with deps.database.write() as session:
        row = await _holiday(session, actor, day)
        if row is None:
            row = OrganizationHoliday(id=new_id(), organization_id=actor.organization_id, day=day, name=name)
        row.name = name
        session.add(row)
        note(session, deps.now(), actor, "update", Subject("Organization", actor.organization_id))


async def drop_holiday(deps: Deps, actor: Actor, day: date) -> None:
    """Open the organization on a day again; twice is once."""
    require(actor, Action.MANAGE_ORGANIZATION, Record(actor.organization_id))
    async with deps.database.write() as session:
        row = await _holiday(session, actor, day)
        if row is not None:
            await session.delete(row)
            note(session, deps.now(), actor, "update", Subject("Organization", actor.organization_id))


async def _holiday(session: AsyncSession, actor: Actor, day: date) -> OrganizationHoliday | None:
    query = select(OrganizationHoliday).where(
        OrganizationHoliday.organization_id == actor.organization_id, OrganizationHoliday.day == day
    )
    return (await session.exec(query.with_for_update())).first()


async def _mine(session: AsyncSession, actor: Actor, practitioner_id: UUID) -> Practitioner:
    """Find whose hours they are, locked: who books at this moment does it before or after the change."""
    query = select(Practitioner).where(
        Practitioner.id == practitioner_id, Practitioner.organization_id == actor.organization_id
    )
    practitioner = (await session.exec(query.with_for_update(key_share=True))).first()
    if practitioner is None:
        raise NotFound
    require_hours(actor, practitioner)
    return practitioner


async def _head(session: AsyncSession, actor: Actor, practitioner_id: UUID, version: int) -> PractitionerSchedule:
    query = select(PractitionerSchedule).where(PractitionerSchedule.practitioner_id == practitioner_id)
    row = (await session.exec(query.execution_options(populate_existing=True))).first()
    if (row.version if row else 0) != version:
        raise Conflict(CHANGED)
    return row or PractitionerSchedule(
        id=new_id(), organization_id=actor.organization_id, practitioner_id=practitioner_id, time_zone=""
    )


def _limits(schedule: Schedule) -> dict[str, int | None]:
    limits = schedule.limits
    return {
        "before_minutes": limits.before,
        "after_minutes": limits.after,
        "notice_minutes": limits.notice,
        "horizon_days": limits.horizon,
        "daily_maximum": limits.daily_maximum,
        "step_minutes": limits.step,
    }


def _parts(schedule_id: UUID, schedule: Schedule) -> Iterator[ScheduleRule | ScheduleException | ScheduleLeave]:
    count = len(schedule.weekly) + len(schedule.exceptions) + len(schedule.leave)
    ids = iter(sorted(new_id() for _ in range(count)))  # parts are given in the order of their ids
    for rule in schedule.weekly:
        yield ScheduleRule(id=next(ids), schedule_id=schedule_id, **_rule(rule))
    for exception in schedule.exceptions:
        yield ScheduleException(id=next(ids), schedule_id=schedule_id, **_exception(exception))
    for leave in schedule.leave:
        yield ScheduleLeave(id=next(ids), schedule_id=schedule_id, first_day=leave.first, last_day=leave.last)


def _place(place: Place) -> dict[str, Any]:
    return {"clinic_id": place.clinic, "video_only": place.video_only}


def _rule(rule: WeeklyRule) -> dict[str, Any]:
    return {
        "weekday": rule.weekday,
        "starts": rule.starts,
        "ends": rule.ends,
        "time_zone": rule.zone,
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
        "skipped": rule.skipped.value,
        "repeated": rule.repeated.value,
        **_place(rule.place),
    }


def _exception(exception: DateException) -> dict[str, Any]:
    return {
        "day": exception.day,
        "starts": exception.starts,
        "ends": exception.ends,
        "starts_meant": exception.starts_meant,
        "ends_meant": exception.ends_meant,
        **_place(exception.place),
    }
