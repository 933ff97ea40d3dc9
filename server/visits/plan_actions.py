"""What patients do with visits by themselves: hold a time, book it, move a visit. Cancelling is in `change_actions`.

They take what a search offers them and nothing else: of kinds of visit that patients book alone, within notice,
horizon and open hours, with a licence where they will be, and never over another appointment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.calls import Live
from server.db import after_commit
from server.directory import Patient, clinic_by_id, practitioners_by_ids
from server.identity import let_plan, link_by_id
from server.kit import NotFound, Secret, new_secret
from server.kit.ids import new_id
from server.outbox import Mail, can_send, queue_mail
from server.scheduling import (
    Appointment,
    SlotTaken,
    Sought,
    VisitType,
    Wanted,
    buffers_of,
    confirm,
    find,
    let_go,
    patient_hold,
    practitioners_in,
    take_free,
    visit_type_by_id,
)
from server.visits.actions import Booked, set_up
from server.visits.change_actions import Move, move_visit
from server.visits.mail import link_mail, patient_email
from server.visits.plan_rules import beside
from server.visits.plan_store import encounter_of, last_state, own_times, patient_who_plans
from server.visits.store import Visit, visit_by_id
from server.visits.tables import Encounter
from server.web import Deps

HORIZON = timedelta(days=90)
HOLDS, BOOKINGS = "20/hour", "10/day"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a patient chose: which kind of visit, with whom, when, and in which state they will be."""

    visit_type_id: UUID | None
    practitioner_id: UUID
    starts_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """A visit that a patient booked. `link` is its link's text where no mail brings it, else empty.

    With `planner` a browser that came by a link goes on to this visit.
    """

    encounter_id: UUID
    link: str = ""
    planner: Secret | None = None


def sought_by(patient: Patient, visit_type: VisitType, state: str, now: datetime) -> Sought:
    """Say what is sought when a patient books a kind of visit by themselves."""
    return Sought(now, now + HORIZON, patient.time_zone, visit_type.minutes, visit_type, state=state)


def sought_to_move(visit: Visit, state: str, now: datetime) -> Sought:
    """Say what is sought when a patient moves a visit: as long as it is, with whom it is.

    `state` is where the patient was last, empty when nobody knows: a licence there must last until the new time.
    """
    minutes = (visit.appointment.ends_at - visit.appointment.starts_at) // timedelta(minutes=1)
    with_whom = frozenset({visit.lead.id})
    return Sought(now, now + HORIZON, visit.patient.time_zone, minutes, state=state or None, practitioners=with_whom)


async def hold_time(deps: Deps, actor: Actor, choice: Choice) -> UUID:
    """Keep a time for a patient for some minutes; what they held before is given back. Gives the appointment's id.

    Raises SlotTaken, NotFound for what patients do not book alone, and TooMany.
    """
    async with deps.database.read() as session:
        patient = await patient_who_plans(session, actor)
        kind = await visit_type_by_id(session, actor, choice.visit_type_id, self_bookable=True)
        people = await practitioners_by_ids(session, actor, [choice.practitioner_id])
        if choice.practitioner_id not in people:
            raise NotFound
        clinic = await clinic_by_id(session, actor, people[choice.practitioner_id].clinic_id)
        own = await own_times(session, actor, patient.id)
    ends_at = choice.starts_at + timedelta(minutes=kind.minutes)
    if any(start < ends_at and choice.starts_at < end for start, end in own):
        raise SlotTaken
    await deps.limits.spend("own hold", HOLDS, str(patient.id))
    sought = {choice.practitioner_id: sought_by(patient, kind, choice.state, deps.now())}
    held_until = deps.now() + timedelta(minutes=deps.settings.hold_minutes)
    async with deps.database.write() as session:
        await let_go(session, deps, actor, patient.id)
    async with deps.database.write() as session:
        wanted = Wanted(clinic, patient.id, choice.starts_at, sought, held_until=held_until)
        return (await take_free(session, deps, actor, wanted)).id


async def book_held(deps: Deps, live: Live, actor: Actor, appointment_id: UUID | None) -> OwnBooking:
    """Book the time that a patient holds, with its visit, link and mail; a form sent twice books once.

    Raises NotFound for what the patient never held, SlotTaken when somebody else has the time now, and TooMany.
    """
    secret, key = new_secret(), new_id()
    async with deps.database.read() as session:
        patient = await patient_who_plans(session, actor)
        hold = await patient_hold(session, actor, patient.id, appointment_id)
        booked = await _booked(session, actor, patient, hold)
    await deps.limits.spend("own booking", BOOKINGS, str(patient.id))
    mail = _mail(deps, booked, key, secret)
    async with deps.database.write() as session:
        row = await confirm(session, deps, actor, hold.id)
        if row.starts_at <= deps.now():
            raise SlotTaken
        encounter = await encounter_of(session, row)
        link = "" if mail else secret.text
        if encounter is None:
            fresh = Booked(row, booked.clinic, booked.patient, booked.practitioners)
            encounter = (await set_up(session, deps, actor, fresh, key, secret)).encounter
            if mail:
                queue_mail(session, deps, mail)
            after_commit(session, lambda: live.changed(actor.organization_id, "today"))
        else:
            link = ""
        planner = let_plan(deps, await link_by_id(session, actor, encounter.link_id)) if actor.encounter_id else None
        return OwnBooking(encounter.id, link, planner)


async def move_own_visit(deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, starts_at: datetime) -> Visit:
    """Move a patient's own visit to a time that is offered for it. Raises as `move_visit` does."""
    async with deps.database.read() as session:
        visit = await visit_by_id(session, actor, Action.PLAN_OWN_VISITS, encounter_id)
        sought = sought_to_move(visit, await last_state(session, actor, visit.patient.id), deps.now())
        found = await find(session, actor, sought, deps.now())
        own = await own_times(session, actor, visit.patient.id, visit.appointment.id)
    offer = found.offer_at(starts_at, visit.lead.id)
    if offer is None or not any(beside([offer], own)):
        raise SlotTaken
    to = Move(starts_at, sought.minutes, buffers=buffers_of(found.candidates))
    return await move_visit(deps, live, actor, encounter_id, to)


async def plan_from(deps: Deps, actor: Actor) -> Secret:
    """Let the browser that holds a visit's link change and book visits too. Raises NotFound."""
    async with deps.database.write() as session:
        visit = await visit_by_id(session, actor, Action.ATTEND_VISIT, actor.encounter_id)
        return let_plan(deps, await link_by_id(session, actor, visit.encounter.link_id))


async def _booked(session: AsyncSession, actor: Actor, patient: Patient, hold: Appointment) -> Booked:
    clinic = await clinic_by_id(session, actor, hold.clinic_id)
    return Booked(hold, clinic, patient, (await practitioners_in(session, actor, [hold.id]))[hold.id])


def _mail(deps: Deps, booked: Booked, key: UUID, secret: Secret) -> Mail | None:
    """Write the mail that brings the link, before the transaction; None when none can be sent."""
    encounter = Encounter(id=key, organization_id=booked.patient.organization_id, status="planned")
    visit = Visit(encounter, booked.appointment, booked.clinic, booked.patient, booked.practitioners, "")
    if not patient_email(deps, visit) or not can_send(deps.settings):
        return None
    return link_mail(deps, visit, secret.text)
