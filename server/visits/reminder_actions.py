"""Reminding patients of their visits: what is due is claimed and queued in one transaction, by any node, once.

Nothing is planned ahead: what is due follows from the appointment as it is, so a visit that was moved or cancelled has
no old reminders, and an outage loses none whose visit is still ahead.
"""

from dataclasses import dataclass

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Role
from server.audit import Subject, note
from server.calls import Live
from server.db import after_commit
from server.directory import Patient, patient_contact
from server.identity import AccessLink, LinkState, add_link_text, guest_of, link_by_id, link_state, open_link
from server.kit import N_, Conflict, Secret, new_secret
from server.kit.faults import places
from server.outbox import Mail, Text, can_send, can_text, queue_mail, queue_text
from server.scheduling import AppointmentReminder, Due, Status, accept, quiet_hours, reminders_due
from server.visits.actions import tell_staff
from server.visits.mail import reminder_mail, reminder_text
from server.visits.reminder_store import Upcoming, claim_reminder, upcoming_visits
from server.visits.store import Visit, visit_by_id
from server.web import Deps

NOT_OPEN = N_("This visit is over, or this link is not good any more. Please call the clinic.")
_log = structlog.get_logger("curbside.reminders")


@dataclass(frozen=True, slots=True)
class _Letters:
    """What is sent, where the patient can be reached and wants to be."""

    mail: Mail | None
    text: Text | None


async def remind_due(deps: Deps) -> bool:
    """Queue the reminders that are due; False, for the next ones have a time of their own."""
    offsets, now = deps.settings.reminder_minutes, deps.now()
    if not offsets:
        return False
    quiet = quiet_hours(deps.settings.quiet_hours)
    async with deps.database.read() as session:
        visits = await upcoming_visits(session, now, offsets)
    for one in visits:
        due = reminders_due(one.timed, offsets, one.handled, quiet, now)
        if due.send is None and not due.drop:
            continue
        try:
            await _remind(deps, one, due)
        except Exception as error:  # noqa: BLE001 - one that cannot be written keeps nobody else's back; it stays due
            kind = type(error).__name__
            _log.error("reminder failed", encounter=str(one.encounter_id), kind=kind, places=places(error))
    return False


async def _remind(deps: Deps, one: Upcoming, due: Due) -> None:
    """Write the letters, then claim the reminder and queue them: both, or neither when it is another's or obsolete."""
    guest, secret = Actor(frozenset({Role.PATIENT}), one.organization_id, encounter_id=one.encounter_id), new_secret()
    async with deps.database.read() as session:
        visit = await visit_by_id(session, guest, Action.ATTEND_VISIT, one.encounter_id)
    letters = _letters(deps, visit, secret) if due.send is not None else _Letters(None, None)
    async with deps.database.write() as session:
        visit = await visit_by_id(session, guest, Action.ATTEND_VISIT, one.encounter_id, lock=True)
        if visit.appointment.sequence != one.sequence or visit.appointment.status != Status.BOOKED:
            return
        for minutes in due.drop:
            await claim_reminder(session, guest, _row(deps, one, minutes, _Letters(None, None)))
        if due.send is not None and await claim_reminder(session, guest, _row(deps, one, due.send, letters)):
            await _queue(session, deps, visit, letters, secret)


def _row(deps: Deps, one: Upcoming, minutes: int, letters: _Letters) -> AppointmentReminder:
    return AppointmentReminder(
        appointment_id=one.appointment_id,
        sequence=one.sequence,
        minutes_before=minutes,
        handled_at=deps.now(),
        mailed=letters.mail is not None,
        texted=letters.text is not None,
    )


def _letters(deps: Deps, visit: Visit, secret: Secret) -> _Letters:
    contact, patient, settings = patient_contact(deps.keyring, visit.patient), visit.patient, deps.settings
    by_mail = patient.mail_reminders and bool(contact.email) and can_send(settings)
    by_text = patient.text_reminders and bool(contact.phone) and can_text(settings)
    return _Letters(
        reminder_mail(deps, visit, secret.text) if by_mail else None,
        reminder_text(deps, visit, secret.text) if by_text else None,
    )


async def _queue(session: AsyncSession, deps: Deps, visit: Visit, letters: _Letters, secret: Secret) -> None:
    server = Actor(frozenset(), visit.encounter.organization_id)
    if letters.mail is None and letters.text is None:
        return
    add_link_text(session, deps, await link_by_id(session, server, visit.encounter.link_id), secret)
    if letters.mail is not None:
        queue_mail(session, deps, letters.mail)
    if letters.text is not None:
        queue_text(session, deps, letters.text)
    note(session, deps.now(), server, "remind", Subject("Encounter", visit.encounter.id, visit.patient.id))


async def say_coming(deps: Deps, live: Live, token: str, address: str) -> None:
    """Note that the patient of a link says they come; twice is once.

    Raises NotFound, and Conflict when the visit is over or the link is good no more.
    """
    guest = guest_of(await _good(deps, token), address)
    async with deps.database.write() as session:
        visit = await visit_by_id(session, guest, Action.ATTEND_VISIT, guest.encounter_id, lock=True)
        if visit.encounter.status != "planned" or visit.appointment.status != Status.BOOKED:
            raise Conflict(NOT_OPEN)
        await accept(session, deps, guest, visit.appointment.id)
        after_commit(session, lambda: tell_staff(live, visit))


async def stop_reminders(deps: Deps, token: str, address: str, channel: str) -> None:
    """Remind the patient of a link no more by "mail" or "text"; the clinic takes that back. Raises as `say_coming`."""
    guest = guest_of(await _good(deps, token), address)
    async with deps.database.write() as session:
        visit = await visit_by_id(session, guest, Action.ATTEND_VISIT, guest.encounter_id)
        patient = await session.get_one(Patient, visit.patient.id)
        if channel == "text":
            patient.text_reminders = False
        else:
            patient.mail_reminders = False
        note(session, deps.now(), guest, "stop_reminders", Subject("Patient", patient.id, patient.id), visit.why)


async def _good(deps: Deps, token: str) -> AccessLink:
    link, state = await open_link(deps, token)
    if state not in {LinkState.EARLY, LinkState.USABLE}:
        raise Conflict(NOT_OPEN)
    return link


def may_answer(visit: Visit, link: AccessLink, deps: Deps) -> bool:
    """Tell whether a link's page asks whether the patient comes."""
    is_good = link_state(link, deps.now()) in {LinkState.EARLY, LinkState.USABLE}
    return is_good and visit.encounter.status == "planned" and deps.now() < visit.appointment.starts_at
