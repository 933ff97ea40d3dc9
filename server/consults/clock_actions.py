"""The clock of a consult: that its page is read, a time that was entered by hand, and corrections with their reason."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.consults.call_time_rules import read_since
from server.consults.case_store import Case, acting_account, case_by_id
from server.consults.clock_rules import Interval, Kind, Source, edited
from server.consults.clock_store import Time, last_read, minutes_row, seal_reason, times_of
from server.consults.clock_tables import ConsultMinutes, ConsultMinutesEdit
from server.kit import N_, Conflict, Forbidden, NotFound
from server.kit.ids import new_id
from server.web import Deps

CHANGED = N_("This time was changed meanwhile. This is how it is now.")
RUNNING = N_("The talk still goes on. Correct its time afterwards.")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a time should be, and why; `version` is what was seen."""

    started: datetime
    ended: datetime
    reason: str
    version: int = 0


async def keep_reading(deps: Deps, actor: Actor, consult_id: UUID | None) -> None:
    """Keep that the page of a case is read, up to now, by who asked or took it. Nobody reads two cases at once.

    Raises NotFound or Forbidden.
    """
    async with deps.database.write() as session:
        case = await _own_case(session, actor, consult_id)
        now, account = deps.now(), acting_account(case)
        mine = await last_read(session, account, case.consult.id, here=True)
        other = await last_read(session, account, case.consult.id, here=False)
        if mine is not None and mine.version:  # what somebody corrected is not measured on
            mine = None
        since, on = read_since(mine.ended_at if mine else None, other.ended_at if other else None, now)
        if on and mine is not None:
            mine.ended_at = max(mine.ended_at, now)
            return
        session.add(_row(case, Interval(new_id(), account, Kind.REVIEW, since, now, Source.PAGE), 0))


async def enter_time(
    deps: Deps, actor: Actor, consult_id: UUID | None, key: UUID, kind: Kind, wanted: Correction
) -> None:
    """Keep a time of one's own that nothing measured, under the form's key; twice keeps it once. Raises Invalid."""
    async with deps.database.write() as session:
        case = await _own_case(session, actor, consult_id)
        if await session.get(ConsultMinutes, key) is not None:
            return
        empty = Interval(key, acting_account(case), kind, wanted.started, wanted.started, Source.ENTERED)
        _keep(session, deps, case, empty, wanted)
        session.add(_row(case, _as_wanted(deps, empty, wanted), 1))
        note(session, deps.now(), case.actor, "enter_time", _about(case), case.why)


async def correct_time(
    deps: Deps, actor: Actor, consult_id: UUID | None, time_id: UUID | None, wanted: Correction
) -> None:
    """Correct a time of one's own; what it was before is kept.

    Raises NotFound, Forbidden, Invalid, and Conflict when it was changed meanwhile or still runs.
    """
    async with deps.database.write() as session:
        case = await _own_case(session, actor, consult_id)
        times = await times_of(session, case.actor, deps.keyring, [case.consult], deps.now())
        time = _mine(case, times[case.consult.id], time_id)
        if time.running:
            raise Conflict(RUNNING)
        if time.version != wanted.version:
            raise Conflict(CHANGED)
        after = _as_wanted(deps, time.interval, wanted)
        row = await minutes_row(session, case.consult.id, time.interval.id)
        if row is None:
            session.add(_row(case, after, 1))
        else:
            row.started_at, row.ended_at, row.version = after.started, after.ended, row.version + 1
        _keep(session, deps, case, time.interval, wanted)
        note(session, deps.now(), case.actor, "correct_time", _about(case), case.why)


async def _own_case(session: AsyncSession, actor: Actor, consult_id: UUID | None) -> Case:
    """Hold a case that the actor asked or took. Raises NotFound, or Forbidden for whoever only reads it."""
    return await case_by_id(session, actor, Action.HOLD_CONSULT, consult_id, lock=True)


def _mine(case: Case, times: list[Time], time_id: UUID | None) -> Time:
    found = next((time for time in times if time.interval.id == time_id), None)
    if found is None:
        raise NotFound
    if found.interval.account != case.actor.account_id:
        raise Forbidden
    return found


def _as_wanted(deps: Deps, interval: Interval, wanted: Correction) -> Interval:
    return edited(interval, wanted.started, wanted.ended, interval.account, wanted.reason, deps.now())


def _keep(session: AsyncSession, deps: Deps, case: Case, before: Interval, wanted: Correction) -> None:
    edit_id = new_id()
    session.add(
        ConsultMinutesEdit(
            id=edit_id,
            organization_id=case.consult.organization_id,
            minutes_id=before.id,
            account_id=before.account,
            at=deps.now(),
            was_started_at=before.started,
            was_ended_at=before.ended,
            reason=seal_reason(deps.keyring, edit_id, wanted.reason.strip()),
        )
    )


def _row(case: Case, interval: Interval, version: int) -> ConsultMinutes:
    return ConsultMinutes(
        id=interval.id,
        organization_id=case.consult.organization_id,
        consult_id=case.consult.id,
        account_id=interval.account,
        kind=interval.kind,
        source=interval.source,
        started_at=interval.started,
        ended_at=interval.ended,
        version=version,
    )


def _about(case: Case) -> Subject:
    return Subject("ServiceRequest", case.consult.id, case.consult.patient_id)
