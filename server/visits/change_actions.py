"""Moving and cancelling a visit that was set up: its time, its link and its mail change together, or nothing does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live, end_room, room_of
from server.db import after_commit
from server.directory import Practitioner
from server.identity import close_link, link_by_id, set_window
from server.kit import N_, Conflict
from server.outbox import Mail, can_send, queue_mail
from server.scheduling import Buffers, CancelReason, NewTime, busy_elsewhere, cancel, patient_may_change, reschedule
from server.visits.actions import tell_staff, window_of
from server.visits.mail import cancelled_mail, moved_mail, patient_email
from server.visits.store import Visit, visit_by_id
from server.web import Deps

BEGUN = N_("The patient has come. A visit that has begun is neither moved nor cancelled.")
MEANWHILE = N_("Somebody gave the visit another time in the meantime. Look at it again.")
TOO_LATE = N_("It is too close to the visit to change it here. Please call the clinic.")


Step = Callable[[AsyncSession], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Move:
    """To when a visit is moved, in minutes how long it is, and why over another appointment if it is."""

    starts_at: datetime
    minutes: int
    overbook: str = ""
    buffers: Mapping[UUID, Buffers] = field(default_factory=dict)


async def move_visit(
    deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, to: Move, first: Step | None = None
) -> Visit:
    """Move a visit to another time; its link stays good and opens around that one, and the patient gets a mail.

    Who is signed in as staff needs a tie; a patient moves their own, until the clinic's notice begins. What is to be
    done `first` is done in the same transaction. Raises NotFound, Forbidden, SlotTaken when the time is not free, and
    Conflict when it can no longer be changed.
    """
    seen = await _seen(deps, actor, encounter_id)
    mail = moved_mail(deps, seen, to.starts_at, to.minutes)
    async with deps.database.write() as session:
        visit = await visit_by_id(session, actor, _action(actor), encounter_id, lock=True)
        _refuse(deps, actor, visit, seen)
        if first is not None:
            await first(session)
        await reschedule(session, deps, actor, visit.appointment.id, _new_time(to))
        opens_at, closes_at = window_of(deps, visit.appointment)
        set_window(await link_by_id(session, actor, visit.encounter.link_id), opens_at, closes_at)
        _tell(session, deps, live, actor, visit, "reschedule", mail)
    return visit


async def busy_by_other_calendars(deps: Deps, actor: Actor, visit: Visit, to: Move) -> list[Practitioner]:
    """Give who of a visit is busy at another time by another calendar of theirs.

    That forbids nothing, as it may be old or mistaken: whoever moves the visit is asked whether it is meant.
    """
    ids = [person.id for person in visit.practitioners]
    ends_at = to.starts_at + timedelta(minutes=to.minutes)
    async with deps.database.read() as session:
        busy = await busy_elsewhere(session, actor, ids, to.starts_at, ends_at)
    return [person for person in visit.practitioners if busy.get(person.id)]


async def cancel_visit(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, reason: CancelReason) -> Visit:
    """Cancel a visit: its time is free, its link opens no more, and the patient gets a mail. Twice is once.

    Raises as `move_visit` does, but for the time.
    """
    seen = await _seen(deps, actor, encounter_id)
    mail = cancelled_mail(deps, seen)
    async with deps.database.write() as session:
        visit = await visit_by_id(session, actor, _action(actor), encounter_id, lock=True)
        if visit.encounter.status == "cancelled":
            return visit
        _refuse(deps, actor, visit, seen)
        await cancel(session, deps, actor, visit.appointment.id, reason)
        visit.encounter.status, visit.encounter.ended_at = "cancelled", deps.now()
        close_link(await link_by_id(session, actor, visit.encounter.link_id), deps.now())
        end_room(session, live, await room_of(session, actor, visit.encounter.room_id), deps.now())
        _tell(session, deps, live, actor, visit, "cancel", mail)
    return visit


async def _seen(deps: Deps, actor: Actor, encounter_id: UUID | None) -> Visit:
    """Give the visit as it is, for the mail, which is written before the transaction."""
    async with deps.database.read() as session:
        return await visit_by_id(session, actor, _action(actor), encounter_id)


def _action(actor: Actor) -> Action:
    return Action.PLAN_OWN_VISITS if actor.is_patient else Action.MANAGE_VISIT


def _new_time(to: Move) -> NewTime:
    return NewTime(to.starts_at, to.minutes, (), to.overbook, to.buffers)


def _refuse(deps: Deps, actor: Actor, visit: Visit, seen: Visit) -> None:
    if visit.appointment.sequence != seen.appointment.sequence:  # the mail is about the time that was seen
        raise Conflict(MEANWHILE)
    if visit.encounter.status != "planned":
        raise Conflict(BEGUN)
    notice = deps.settings.change_notice_minutes
    if actor.is_patient and not patient_may_change(visit.appointment.starts_at, deps.now(), notice):
        raise Conflict(TOO_LATE)


def _tell(session: AsyncSession, deps: Deps, live: Live, actor: Actor, visit: Visit, action: str, mail: Mail) -> None:
    if patient_email(deps, visit) and can_send(deps.settings):
        queue_mail(session, deps, mail)
    note(session, deps.now(), actor, action, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    after_commit(session, lambda: tell_staff(live, visit))
