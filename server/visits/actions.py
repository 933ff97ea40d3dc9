"""What staff do with visits. Rows first; pages and live connections are told after the commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.audit import Subject, note
from server.calls import Live, Person, admit_seat, end_room, open_room, room_of, seats_of, take_seat, ticket_answer
from server.db import after_commit
from server.directory import (
    Clinic,
    Patient,
    Practitioner,
    clinic_by_id,
    formal_name,
    patient_by_id,
    practitioners_by_ids,
)
from server.identity import LinkTerms, close_link, hold_link, let_in, link_by_id, make_link, unlock_link
from server.kit import N_, Conflict, Gone, NotFound, Secret, new_secret
from server.outbox import queue_mail
from server.scheduling import Appointment, BookingTerms, SlotTaken, Status, book
from server.visits.invite_store import take_up, waiting_accounts
from server.visits.mail import link_mail, patient_email
from server.visits.rules import link_window, renewed_window
from server.visits.store import Visit, visit_by_id, was_made
from server.visits.tables import Encounter
from server.web import Deps

OVER = N_("This visit is over.")
PURPOSE = "visit"


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit to set up. `key` becomes the encounter's id, so that a form sent twice makes one visit."""

    key: UUID
    patient_id: UUID
    practitioner_id: UUID
    starts_at: datetime
    minutes: int
    reason: str
    send: bool
    overbook: str = ""


async def create_visit(deps: Deps, live: Live, actor: Actor, new: NewVisit) -> str:
    """Set up a visit; gives its link's text, empty when the same form was sent before.

    It is the actor's own, or of a practitioner of a clinic that the actor covers. Raises NotFound for any other, and
    SlotTaken when the time is not free and there is no reason to book over what is there.
    """
    require(actor, Action.CREATE_VISIT, Record(actor.organization_id))
    secret = new_secret()
    try:
        visit = await _create(deps, live, actor, new, secret)
    except (IntegrityError, SlotTaken):
        # PostgreSQL lets the same form in twice at once; the second then meets the key, or the time, of the first.
        async with deps.database.read() as session:
            if not await was_made(session, actor, new.key):
                raise
        return ""
    if visit is None:
        return ""
    if new.send:
        await send_link(deps, actor, visit, secret)
    return secret.text


async def _create(deps: Deps, live: Live, actor: Actor, new: NewVisit, secret: Secret) -> Visit | None:
    async with deps.database.write() as session:
        if await was_made(session, actor, new.key):
            return None
        visit = await _add(session, deps, actor, new, secret)
        after_commit(session, lambda: live.changed(actor.organization_id, "today"))
    return visit


async def _add(session: AsyncSession, deps: Deps, actor: Actor, new: NewVisit, secret: Secret) -> Visit:
    patient = await patient_by_id(session, actor, Action.READ_PATIENT, new.patient_id)
    practitioner = (await practitioners_by_ids(session, actor, [new.practitioner_id])).get(new.practitioner_id)
    if practitioner is None or not _may_book(actor, practitioner):
        raise NotFound
    clinic = await clinic_by_id(session, actor, practitioner.clinic_id)
    terms = BookingTerms(
        clinic, patient.id, [practitioner.id], new.starts_at, new.minutes, new.reason, overbook=new.overbook
    )
    appointment = await book(session, deps, actor, terms)
    return await set_up(session, deps, actor, Booked(appointment, clinic, patient, [practitioner]), new.key, secret)


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment of a patient that a visit is set up for."""

    appointment: Appointment
    clinic: Clinic
    patient: Patient
    practitioners: Sequence[Practitioner]


async def set_up(session: AsyncSession, deps: Deps, actor: Actor, booked: Booked, key: UUID, secret: Secret) -> Visit:
    """Give an appointment its visit, with a room and a link, in the caller's transaction. `key` is the visit's id."""
    appointment, patient = booked.appointment, booked.patient
    room = open_room(session, actor.organization_id, deps.now())
    link = await make_link(session, deps, _link_terms(key, patient, window_of(deps, appointment)), secret)
    encounter = Encounter(
        id=key,
        organization_id=actor.organization_id,
        appointment_id=appointment.id,
        patient_id=patient.id,
        room_id=room.id,
        link_id=link.id,
        status="planned",
    )
    session.add(encounter)
    note(session, deps.now(), actor, "create", Subject("Encounter", encounter.id, patient.id))
    return Visit(encounter, appointment, booked.clinic, patient, booked.practitioners, "created")


def _may_book(actor: Actor, practitioner: Practitioner) -> bool:
    return practitioner.account_id == actor.account_id or practitioner.clinic_id in actor.clinics


async def send_link(deps: Deps, actor: Actor, visit: Visit, secret: Secret) -> bool:
    """Queue the mail with the link; False when no address is on file. The mail is written before the transaction."""
    if not patient_email(deps, visit):
        return False
    mail = link_mail(deps, visit, secret.text)
    async with deps.database.write() as session:
        queue_mail(session, deps, mail)
        note(session, deps.now(), actor, "send_link", _subject(visit))
    return True


async def renew_link(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, *, send: bool) -> str:
    """Make a new link for a visit and stop the earlier one; gives its text. Raises NotFound, Gone when it is over."""
    secret = new_secret()
    async with deps.database.write() as session:
        visit = await _open_visit(session, actor, Action.MANAGE_VISIT, encounter_id)
        old = await link_by_id(session, actor, visit.encounter.link_id)
        window = renewed_window(window_of(deps, visit.appointment), deps.settings.link_closes_minutes, deps.now())
        terms = _link_terms(visit.encounter.id, visit.patient, window)
        link = await make_link(session, deps, terms, secret, replaces=old)
        visit.encounter.link_id = link.id
        _noted(session, deps, live, actor, visit, "renew_link")
    if send:
        await send_link(deps, actor, visit, secret)
    return secret.text


async def unlock(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> None:
    """Let a locked link be tried again. Raises NotFound."""
    async with deps.database.write() as session:
        visit = await _open_visit(session, actor, Action.MANAGE_VISIT, encounter_id)
        unlock_link(await link_by_id(session, actor, visit.encounter.link_id))
        _noted(session, deps, live, actor, visit, "unlock_link")


async def let_device_in(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> None:
    """Let the device that asks take over; the first one is signed out. Raises Conflict when none asks."""
    async with deps.database.write() as session:
        visit = await _open_visit(session, actor, Action.MANAGE_VISIT, encounter_id)
        let_in(session, deps, await link_by_id(session, actor, visit.encounter.link_id))
        _noted(session, deps, live, actor, visit, "let_in_device")


async def start_visit(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> dict[str, object]:
    """Seat the practitioner in the visit's room; gives the answer with the ticket. Raises Gone when it is over."""
    async with deps.database.write() as session:
        visit = await _open_visit(session, actor, Action.CONDUCT_VISIT, encounter_id)
        room = await room_of(session, actor, visit.encounter.room_id)
        person = Person(formal_name(visit.practitioner_of(actor)), "practitioner", account_id=actor.account_id)
        seat = await take_seat(session, room, person, "admitted", deps.now())
        if visit.encounter.started_at is None:
            visit.encounter.started_at = deps.now()
            _noted(session, deps, live, actor, visit, "start")
        if actor.account_id and await take_up(session, actor, visit, deps.now()):
            note(session, deps.now(), actor, "take_up_invite", _subject(visit), visit.why)
            tell_of_invitation(session, live, visit.encounter, actor.account_id)
    return ticket_answer(deps, live, actor, seat)


async def admit_patient(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> None:
    """Let the waiting patient in; doing it twice does it once. Raises Conflict when nobody is waiting."""
    async with deps.database.write() as session:
        visit = await _open_visit(session, actor, Action.CONDUCT_VISIT, encounter_id)
        if visit.encounter.status == "in-progress":
            return
        seats = await seats_of(session, actor, [visit.encounter.room_id])
        seat = next((seat for seat in seats if seat.patient_id == visit.patient.id), None)
        if seat is None or visit.encounter.status != "arrived":
            raise Conflict(N_("The patient is not in the waiting room yet."))
        visit.encounter.status, visit.encounter.admitted_at = "in-progress", deps.now()
        hold_link(await link_by_id(session, actor, visit.encounter.link_id))
        admit_seat(session, live, seat)
        _noted(session, deps, live, actor, visit, "admit")


async def end_visit(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None) -> None:
    """End the visit for everybody; its link opens no more. Ending twice is once. Raises Conflict before one came.

    Whom staff checked in has come, also where there was no video: such a visit was on the phone, or in the clinic.
    """
    async with deps.database.write() as session:
        visit = await visit_by_id(session, actor, Action.CONDUCT_VISIT, encounter_id, lock=True)
        if visit.encounter.status == "finished":
            return
        if visit.encounter.status not in {"arrived", "in-progress"} and visit.appointment.status != Status.ARRIVED:
            raise Conflict(N_("The patient has not come yet. Leave the room, or mark a no-show on Today."))
        visit.encounter.status, visit.encounter.ended_at = "finished", deps.now()
        visit.appointment.status = Status.FULFILLED
        close_link(await link_by_id(session, actor, visit.encounter.link_id), deps.now())
        end_room(session, live, await room_of(session, actor, visit.encounter.room_id), deps.now())
        for account_id in await waiting_accounts(session, visit):
            tell_of_invitation(session, live, visit.encounter, account_id)
        _noted(session, deps, live, actor, visit, "end")


async def announce_delay(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, minutes: int) -> None:
    """Tell the waiting patient that it will be some minutes later; 0 takes it back."""
    async with deps.database.write() as session:
        visit = await _open_visit(session, actor, Action.MANAGE_VISIT, encounter_id)
        visit.encounter.late_minutes = minutes or None
        room = str(visit.encounter.room_id)
        after_commit(session, lambda: live.commands.changed(room, "visit"))
        _noted(session, deps, live, actor, visit, "announce_delay")


async def _open_visit(session: AsyncSession, actor: Actor, action: Action, encounter_id: UUID | None) -> Visit:
    visit = await visit_by_id(session, actor, action, encounter_id, lock=True)
    if visit.is_over:
        raise Gone(OVER)
    return visit


async def tell_staff(live: Live, visit: Visit) -> None:
    """Have Today, and the waiting room beside the call, fetched afresh. For after a commit."""
    await live.changed(visit.encounter.organization_id, "today")
    await live.commands.changed(str(visit.encounter.room_id), "waiting")


def tell_of_invitation(session: AsyncSession, live: Live, encounter: Encounter, account_id: UUID) -> None:
    """Have who was asked in, on whatever page they are, and the visit's call fetch afresh what became of it."""
    after_commit(session, lambda: live.changed_for(account_id, "invitation"))
    after_commit(session, lambda: live.commands.changed(str(encounter.room_id), "invitation"))


def _noted(session: AsyncSession, deps: Deps, live: Live, actor: Actor, visit: Visit, action: str) -> None:
    note(session, deps.now(), actor, action, _subject(visit), visit.why)
    after_commit(session, lambda: tell_staff(live, visit))


def window_of(deps: Deps, planned: Appointment) -> tuple[datetime, datetime]:
    """Give when the link of a visit at that time opens and closes."""
    settings = deps.settings
    return link_window(planned.starts_at, planned.ends_at, settings.link_opens_minutes, settings.link_closes_minutes)


def _link_terms(encounter_id: UUID, patient: Patient, window: tuple[datetime, datetime]) -> LinkTerms:
    return LinkTerms(patient.organization_id, PURPOSE, encounter_id, *window, proof=patient.birth_date.isoformat())


def _subject(visit: Visit) -> Subject:
    return Subject("Encounter", visit.encounter.id, visit.patient.id)
