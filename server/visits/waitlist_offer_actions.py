"""Offering times that became free: to one person at once, in order, each kept for a while; who takes it first has it.

The offer and the hold of its time are one row each in one transaction, and the message is queued with them. Any node
works what is due: an offer that ran out, or was declined, frees the time for the next one.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role, Why
from server.audit import Subject, note
from server.calls import Live
from server.db import after_commit
from server.directory import Clinic, Patient, Practitioner, patient_contact
from server.kit import N_, Conflict, Secret, digest, new_secret
from server.kit.ids import new_id
from server.outbox import Mail, Text, can_send, can_text, queue_mail, queue_text
from server.scheduling import (
    Appointment,
    CancelReason,
    FreedTime,
    SlotTaken,
    Sought,
    WaitlistEntry,
    WaitlistOffer,
    Wanted,
    accept,
    cancel,
    confirm,
    held_until,
    is_quiet,
    quiet_hours,
    take_free,
    whose_turn,
)
from server.visits.actions import Booked, set_up, tell_staff
from server.visits.change_actions import Move, move_visit
from server.visits.mail import OfferWords, link_mail, offer_mail, offer_text, patient_email, reminder_text
from server.visits.store import Visit, encounter_of
from server.visits.tables import Encounter
from server.visits.waitlist_store import (
    OFFERED,
    WAITING,
    Offered,
    asked_of,
    engaged_at,
    freed_of,
    locked_entry,
    locked_time,
    offer_by_token,
    old_offers,
    open_times,
    wishes_at,
)
from server.web import Deps

BATCH = 100
MAX_WRONG = 5
GONE = N_("This time is not kept for you any more. You keep your place on the waitlist.")
LOCKED = N_("The date of birth did not fit five times. Please call the clinic.")


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is for a time."""

    freed: FreedTime
    practitioner: Practitioner
    clinic: Clinic
    entry: WaitlistEntry
    patient: Patient


async def offer_freed_times(deps: Deps) -> bool:
    """End the offers that ran out, and offer what is free to who is next; tells whether there may be more."""
    ended = await _end_old_offers(deps)
    async with deps.database.read() as session:
        times = await open_times(session, BATCH)
    moved = [await _offer_to_next(deps, *one) for one in times]
    return any(moved) or ended == BATCH


async def make_offer(deps: Deps, turn: Turn, actor: Actor | None = None) -> bool:
    """Keep the time for somebody and tell them; False when it is not free, they cannot be told, or somebody was faster.

    With an `actor` it is offered by hand.
    """
    until = held_until(turn.freed.starts_at, deps.settings.waitlist_hold_minutes, deps.now())
    if until is None:
        return False
    server = actor or Actor(frozenset(), turn.freed.organization_id)
    secret, offer_id = new_secret(), new_id()
    letters = _letters(deps, turn, until, secret, offer_id)
    if actor is None and letters == _Letters(None, None):
        return False  # whom no message reaches is offered a time by hand
    starts_at, zone = turn.freed.starts_at, turn.patient.time_zone
    sought = Sought(starts_at, starts_at, zone, turn.entry.minutes, state=turn.entry.state, clinic=turn.clinic.id)
    wanted = Wanted(turn.clinic, turn.patient.id, starts_at, {turn.practitioner.id: sought}, held_until=until)
    try:
        async with deps.database.write() as session:
            freed = await locked_time(session, turn.freed.id)
            entry = await locked_entry(session, turn.entry.id)
            if freed.status != "open" or entry.status != WAITING:
                return False
            held = await take_free(session, deps, server, wanted)
            session.add(
                WaitlistOffer(
                    id=offer_id,
                    organization_id=freed.organization_id,
                    entry_id=entry.id,
                    freed_time_id=freed.id,
                    appointment_id=held.id,
                    token_hash=secret.digest,
                    offered_at=deps.now(),
                    expires_at=until,
                )
            )
            _queue(session, deps, letters)
            note(session, deps.now(), server, "offer_time", Subject("WaitlistEntry", entry.id, entry.patient_id))
    except (SlotTaken, IntegrityError):  # it is not free any more, or another node offers it at this moment
        return False
    return True


async def accept_offer(deps: Deps, live: Live, token: str, born: date, address: str) -> None:
    """Book the time that is kept for somebody: a new visit, or the one they have at another time.

    Raises NotFound; Conflict when it is not kept any more, or after five wrong dates of birth; returns after telling
    staff. A wrong date raises `WrongBirthDate`.
    """
    async with deps.database.read() as session:
        offered = await offer_by_token(session, digest(token))
    await _prove(deps, offered, token, born)
    guest = _guest(offered, address)
    if offered.entry.appointment_id is None:
        await _book(deps, live, guest, token)
        return
    async with deps.database.read() as session:
        encounter_id = await encounter_of(session, guest, offered.entry.appointment_id)
    theirs, to = replace(guest, encounter_id=encounter_id), Move(offered.freed.starts_at, offered.entry.minutes)
    await move_visit(deps, live, theirs, encounter_id, to, lambda session: _take(session, deps, token))


async def decline_offer(deps: Deps, token: str, born: date, address: str) -> None:
    """Give the time back; the next one gets it. Raises as `accept_offer` does."""
    async with deps.database.read() as session:
        offered = await offer_by_token(session, digest(token))
    await _prove(deps, offered, token, born)
    async with deps.database.write() as session:
        found = await _kept(session, deps, token)
        await end_offer(session, deps, found.offer, "declined", _guest(found, address))


async def end_offer(session: AsyncSession, deps: Deps, offer: WaitlistOffer, how: str, actor: Actor) -> None:
    """End an offer in the caller's transaction, which has locked it: its time is free for the next one."""
    offer.status, offer.answered_at = how, deps.now()
    freed = await locked_time(session, offer.freed_time_id)
    if freed.by_hand:
        freed.status = "closed"
    await cancel(session, deps, actor, offer.appointment_id, CancelReason.RAN_OUT)
    note(session, deps.now(), actor, f"{how}_offer", Subject("WaitlistEntry", offer.entry_id))

    async def wake() -> None:
        deps.times_waiting.set()

    after_commit(session, wake)


class WrongBirthDate(Exception):
    """The date of birth does not fit the offer."""


async def _end_old_offers(deps: Deps) -> int:
    async with deps.database.write() as session:
        offers = await old_offers(session, deps.now(), BATCH)
        for offer in offers:
            await end_offer(session, deps, offer, "expired", Actor(frozenset(), offer.organization_id))
    return len(offers)


async def _offer_to_next(deps: Deps, row: FreedTime, practitioner: Practitioner, clinic: Clinic) -> bool:
    """Offer a time to who is next; close it when nobody is. In quiet hours of the next one it waits."""
    now, quiet = deps.now(), quiet_hours(deps.settings.quiet_hours)
    async with deps.database.read() as session:
        waiting = await wishes_at(session, clinic.id)
        asked, engaged = await asked_of(session, row.id), await engaged_at(session, clinic.id)
    people = {wish.id: (entry, patient) for wish, entry, patient in waiting}
    turns = whose_turn([wish for wish, _, _ in waiting], freed_of(row, practitioner), asked, engaged, now)
    for wish in turns:
        if is_quiet(now, wish.zone, quiet):
            return False
        if await make_offer(deps, Turn(row, practitioner, clinic, *people[wish.id])):
            return True
    if not (engaged - asked) or row.starts_at <= now:
        await _close(deps, row, asked)
    return False


async def _close(deps: Deps, row: FreedTime, asked: set[UUID]) -> None:
    """Offer a time to nobody any more, unless another node has just offered it."""
    async with deps.database.write() as session:
        freed = await locked_time(session, row.id)
        if freed.status == "open" and await asked_of(session, row.id) == asked:
            freed.status = "closed"


@dataclass(frozen=True, slots=True)
class _Letters:
    mail: Mail | None
    text: Text | None


def _letters(deps: Deps, turn: Turn, until: datetime, secret: Secret, offer_id: UUID) -> _Letters:
    address, by_text = patient_contact(deps.keyring, turn.patient).email, _may_text(deps, turn.patient)
    words = OfferWords(turn.patient, turn.practitioner, turn.clinic, turn.freed.starts_at, until, secret.text, offer_id)
    return _Letters(
        offer_mail(deps, words) if address and can_send(deps.settings) else None,
        offer_text(deps, words) if by_text else None,
    )


def _may_text(deps: Deps, patient: Patient) -> bool:
    phone = patient_contact(deps.keyring, patient).phone
    return patient.text_reminders and bool(phone) and can_text(deps.settings)


def _queue(session: AsyncSession, deps: Deps, letters: _Letters) -> None:
    if letters.mail is not None:
        queue_mail(session, deps, letters.mail)
    if letters.text is not None:
        queue_text(session, deps, letters.text)


async def _prove(deps: Deps, offered: Offered, token: str, born: date) -> None:
    if offered.offer.wrong_answers >= MAX_WRONG:
        raise Conflict(LOCKED)
    if offered.patient.birth_date == born:
        return
    async with deps.database.write() as session:
        found = await offer_by_token(session, digest(token), lock=True)
        found.offer.wrong_answers += 1
        about = Subject("WaitlistEntry", found.entry.id, found.patient.id)
        note(session, deps.now(), _guest(found, ""), "wrong_answer", about, outcome="denied")
    raise WrongBirthDate


async def _kept(session: AsyncSession, deps: Deps, token: str) -> Offered:
    """Give an offer that is good still, locked. Raises Conflict."""
    found = await offer_by_token(session, digest(token), lock=True)
    is_good = found.offer.status == OFFERED and deps.now() < found.offer.expires_at
    if not is_good or found.entry.status != WAITING:
        raise Conflict(GONE)
    return found


def _taken(session: AsyncSession, deps: Deps, found: Offered, actor: Actor) -> None:
    found.offer.status, found.offer.answered_at = "accepted", deps.now()
    found.entry.status, found.entry.ended_at = "booked", deps.now()
    found.freed.status = "taken"
    note(session, deps.now(), actor, "accept_offer", Subject("WaitlistEntry", found.entry.id, found.patient.id))


async def _take(session: AsyncSession, deps: Deps, token: str) -> Offered:
    """Take the offer and give the hold back, for the visit that takes its time in the same transaction."""
    found = await _kept(session, deps, token)
    guest = _guest(found, "")
    _taken(session, deps, found, guest)
    await cancel(session, deps, guest, found.offer.appointment_id, CancelReason.RAN_OUT)
    return found


async def _book(deps: Deps, live: Live, guest: Actor, token: str) -> None:
    """Book what is held, with its visit and the message that brings its link."""
    secret, key = new_secret(), new_id()
    letters = await _link_letters(deps, token, key, secret)
    async with deps.database.write() as session:
        found = await _kept(session, deps, token)
        appointment = await confirm(session, deps, guest, found.offer.appointment_id)
        await accept(session, deps, guest, appointment.id)
        _taken(session, deps, found, guest)
        booked = Booked(appointment, found.clinic, found.patient, [found.practitioner])
        visit = await set_up(session, deps, guest, booked, key, secret)
        _queue(session, deps, letters)
        after_commit(session, lambda: tell_staff(live, visit))


async def _link_letters(deps: Deps, token: str, key: UUID, secret: Secret) -> _Letters:
    """Write the mail with the link, or where there is no address the text message."""
    async with deps.database.read() as session:
        found = await offer_by_token(session, digest(token))
        held = await session.get_one(Appointment, found.offer.appointment_id)
    encounter = Encounter(id=key, organization_id=found.patient.organization_id, status="planned")
    visit = Visit(encounter, held, found.clinic, found.patient, [found.practitioner], Why.OWN_LINK)
    if patient_email(deps, visit) and can_send(deps.settings):
        return _Letters(link_mail(deps, visit, secret.text), None)
    by_text = _may_text(deps, found.patient)
    return _Letters(None, reminder_text(deps, visit, secret.text) if by_text else None)


def _guest(offered: Offered, address: str) -> Actor:
    roles = frozenset({Role.PATIENT})
    return Actor(roles, offered.patient.organization_id, patient_id=offered.patient.id, address=address)
