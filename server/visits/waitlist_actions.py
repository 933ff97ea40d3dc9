"""What staff do with the waitlist: put a patient on it, take one off, offer somebody a time by hand."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from server.access import Action, Actor, Record, require
from server.audit import Subject, note
from server.directory import Patient, Practitioner, clinic_by_id, patient_by_id, practitioners_by_ids
from server.kit import N_, Conflict, NotFound
from server.kit.ids import new_id
from server.scheduling import FreedTime, Status, WaitlistEntry
from server.visits.store import encounter_of, visit_by_id
from server.visits.waitlist_offer_actions import Turn, end_offer, make_offer
from server.visits.waitlist_store import WAITING, entry_by_id, live_offer_of
from server.web import Deps

NOT_FREE = N_("The clinician is not free then, or too little time is left to answer. Choose another time.")
ENGAGED = N_("A time is offered already. Wait for the answer, or until it runs out.")


@dataclass(frozen=True, slots=True)
class NewWish:
    """What a patient waits for. `appointment_id` is a visit that they want earlier."""

    clinic_id: UUID
    practitioner_id: UUID | None
    specialty: str
    minutes: int
    state: str
    weekdays: frozenset[int]
    earliest: time
    latest: time
    last_day: date
    notice_minutes: int
    appointment_id: UUID | None = None


async def add_to_waitlist(deps: Deps, actor: Actor, patient_id: UUID | None, wish: NewWish) -> WaitlistEntry:
    """Put a patient on the waitlist of a clinic that the actor covers. Raises NotFound."""
    require(actor, Action.CREATE_VISIT, Record(actor.organization_id))
    if wish.clinic_id not in actor.clinics:
        raise NotFound
    async with deps.database.write() as session:
        patient = await patient_by_id(session, actor, Action.CREATE_VISIT, patient_id)
        if wish.appointment_id:
            encounter_id = await encounter_of(session, actor, wish.appointment_id)
            visit = await visit_by_id(session, actor, Action.MANAGE_VISIT, encounter_id)
            if visit.patient.id != patient.id or visit.appointment.status != Status.BOOKED:
                raise NotFound
        entry = WaitlistEntry(
            id=new_id(),
            organization_id=actor.organization_id,
            clinic_id=wish.clinic_id,
            patient_id=patient.id,
            appointment_id=wish.appointment_id,
            practitioner_id=wish.practitioner_id,
            specialty=wish.specialty,
            minutes=wish.minutes,
            state=wish.state,
            weekdays="".join(str(day) for day in sorted(wish.weekdays)),
            earliest=wish.earliest,
            latest=wish.latest,
            last_day=wish.last_day,
            notice_minutes=wish.notice_minutes,
            added_at=deps.now(),
            added_by=actor.account_id,
        )
        session.add(entry)
        note(session, deps.now(), actor, "join_waitlist", Subject("WaitlistEntry", entry.id, patient.id))
    return entry


async def remove_from_waitlist(deps: Deps, actor: Actor, entry_id: UUID | None) -> None:
    """Take somebody off the waitlist; what is offered to them goes to the next. Twice is once.

    Raises NotFound and Forbidden.
    """
    async with deps.database.write() as session:
        entry = await entry_by_id(session, actor, entry_id)
        if entry.status != WAITING:
            return
        entry.status, entry.ended_at = "removed", deps.now()
        offer = await live_offer_of(session, entry.id)
        if offer is not None:
            await end_offer(session, deps, offer, "withdrawn", actor)
        note(session, deps.now(), actor, "leave_waitlist", Subject("WaitlistEntry", entry.id, entry.patient_id))


async def offer_by_hand(
    deps: Deps, actor: Actor, entry_id: UUID | None, practitioner_id: UUID, starts_at: datetime
) -> None:
    """Offer somebody a time of a practitioner's, who must be free then. Raises NotFound, Forbidden and Conflict."""
    async with deps.database.write() as session:
        entry = await entry_by_id(session, actor, entry_id)
        practitioner = (await practitioners_by_ids(session, actor, [practitioner_id])).get(practitioner_id)
        if practitioner is None or practitioner.clinic_id not in actor.clinics:
            raise NotFound
        if entry.status != WAITING or await live_offer_of(session, entry.id) is not None:
            raise Conflict(ENGAGED)
        freed = _by_hand(deps, entry, practitioner, starts_at)
        session.add(freed)
        patient = await session.get_one(Patient, entry.patient_id)
        clinic = await clinic_by_id(session, actor, practitioner.clinic_id)
    if not await make_offer(deps, Turn(freed, practitioner, clinic, entry, patient), actor):
        async with deps.database.write() as session:
            (await session.get_one(FreedTime, freed.id)).status = "closed"
        raise Conflict(NOT_FREE)


def _by_hand(deps: Deps, entry: WaitlistEntry, practitioner: Practitioner, starts_at: datetime) -> FreedTime:
    return FreedTime(
        id=new_id(),
        organization_id=entry.organization_id,
        clinic_id=practitioner.clinic_id,
        practitioner_id=practitioner.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=entry.minutes),
        freed_at=deps.now(),
        by_hand=True,
    )
