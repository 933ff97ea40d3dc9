"""Whether a patient came: checked in by staff, marked as a no-show by staff or by the server, and both taken back.

The appointment's status is the one truth: booked, arrived, noshow (FHIR). A no-show keeps its practitioners' time until
the planned end, because the patient may still come until then; what comes into the waiting room is no no-show any more.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.db import after_commit
from server.jobs import take_lease
from server.kit import N_, Conflict, Gone
from server.kit.ids import new_id
from server.scheduling import Status
from server.visits.actions import OVER, tell_staff
from server.visits.attendance_rules import may_be_missed, may_check_in, missed_until
from server.visits.attendance_store import still_unattended, unattended
from server.visits.store import Visit, visit_by_id
from server.web import Deps

CAME = N_("The patient has come in the meantime.")
TOO_EARLY = N_("This visit is on another day. Give it another time, or check the patient in on that day.")
NOT_YET = N_("The visit has not begun yet.")
NOBODY_CAME = "nobody came"
LEASE_NAME, ONCE_A_MINUTE = "no-shows", timedelta(seconds=50)
BATCH = 20


async def check_in(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> None:
    """Write that the patient is here, be it after a no-show; the second time changes nothing.

    Raises NotFound, Gone when the visit is over, Conflict when it is on another day.
    """
    async with deps.database.write() as session:
        visit = await _planned(session, actor, encounter_id)
        if visit.appointment.status == Status.ARRIVED:
            return
        if not may_check_in(visit.appointment.status, visit.appointment.starts_at, deps.now()):
            raise Conflict(TOO_EARLY)
        _become(session, deps, live, actor, visit, Status.ARRIVED, "check_in")


async def undo_check_in(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> None:
    """Write that the patient is not here after all; the second time changes nothing. Raises as `check_in` does."""
    async with deps.database.write() as session:
        visit = await _planned(session, actor, encounter_id)
        if visit.appointment.status == Status.ARRIVED:
            _become(session, deps, live, actor, visit, Status.BOOKED, "undo_check_in")


async def mark_no_show(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, *, missed: bool) -> None:
    """Mark that the patient did not come, or take that back, after which the server does not find it by itself again.

    Raises NotFound, Gone when the visit is over, Conflict when the patient has come or the start is still ahead.
    """
    async with deps.database.write() as session:
        visit = await _planned(session, actor, encounter_id)
        if visit.appointment.status == Status.ARRIVED:
            raise Conflict(CAME)
        if missed and not may_be_missed(visit.appointment.status, visit.appointment.starts_at, deps.now()):
            if visit.appointment.status == Status.NO_SHOW:
                return
            raise Conflict(NOT_YET)
        visit.appointment.missed_at = visit.appointment.missed_at or deps.now()
        status = Status.NO_SHOW if missed else Status.BOOKED
        _become(session, deps, live, actor, visit, status, "no_show" if missed else "undo_no_show")


async def find_no_shows(deps: Deps, live: Live) -> bool:
    """Mark visits to which nobody came as no-shows, if no process did within the minute.

    Never asks to be called again at once.
    """
    if not deps.settings.no_show_minutes:
        return False
    async with deps.database.write() as session:
        if not await take_lease(session, LEASE_NAME, str(new_id()), ONCE_A_MINUTE):
            return False
    before = missed_until(deps.now(), deps.settings.no_show_minutes)
    more = True
    while more:
        async with deps.database.read() as session:
            found = await unattended(session, before, BATCH)
        for encounter_id in found:
            await _miss(deps, live, encounter_id, before)
        more = len(found) == BATCH
    return False


async def _miss(deps: Deps, live: Live, encounter_id: UUID, before: datetime) -> None:
    async with deps.database.write() as session:
        pair = await still_unattended(session, encounter_id, before)
        if pair is None:
            return
        encounter, appointment = pair
        appointment.status, appointment.missed_at = Status.NO_SHOW, deps.now()
        about = Subject("Encounter", encounter.id, encounter.patient_id)
        note(session, deps.now(), Actor(frozenset(), encounter.organization_id), "no_show", about, NOBODY_CAME)
        after_commit(session, lambda: live.changed(encounter.organization_id, "today"))


async def _planned(session: AsyncSession, actor: Actor, encounter_id: UUID | None) -> Visit:
    visit = await visit_by_id(session, actor, Action.MANAGE_VISIT, encounter_id, lock=True)
    if visit.is_over:
        raise Gone(OVER)
    if visit.encounter.status != "planned":
        raise Conflict(CAME)
    return visit


def _become(
    session: AsyncSession, deps: Deps, live: Live, actor: Actor, visit: Visit, status: Status, action: str
) -> None:
    visit.appointment.status = status
    note(session, deps.now(), actor, action, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    after_commit(session, lambda: tell_staff(live, visit))
