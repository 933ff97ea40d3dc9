"""Booking what a search found: a time is held for whoever decides, then booked with its visit, or given back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.calls import Live
from server.db import after_commit
from server.directory import clinic_by_id, patient_by_id
from server.kit import NotFound, Secret, field_name, new_secret
from server.kit.ids import new_id
from server.scheduling import (
    Appointment,
    Found,
    SlotTaken,
    Sought,
    Status,
    Wanted,
    confirm,
    find,
    let_go,
    own_hold,
    patient_of,
    practitioners_in,
    take_free,
)
from server.visits.actions import Booked, send_link, set_up
from server.visits.store import Visit, encounter_of
from server.web import Deps

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """A time that somebody chose of a search: for which patient, from when, and with whom: what was sought of each."""

    patient_id: UUID
    starts_at: datetime
    members: Mapping[UUID, Sought]
    reason: str = ""


def within_reach(found: Found, actor: Actor) -> Found:
    """Leave those out whose time is not the actor's to give: neither their own, nor at a clinic that they cover.

    In a joint visit one of them is enough: a specialist is asked to come from elsewhere.
    """
    mine = [one.id for one in found.people.values() if one.account_id and one.account_id == actor.account_id]
    reached = [one for one in found.candidates if one.practitioner in mine or one.clinics & actor.clinics]
    return replace(found, candidates=tuple(reached))


async def hold_time(deps: Deps, live: Live, actor: Actor, wish: Wish) -> Appointment:
    """Keep a time for the actor for a few minutes; what they held for this patient before is given back.

    Raises NotFound for whom the actor may not book, and SlotTaken when the time is somebody else's by now.
    """
    wanted = await wanted_of(deps, actor, wish)
    held_until = deps.now() + deps.settings.hold_minutes * MINUTE
    async with deps.database.write() as session:
        await let_go(session, deps, actor, wish.patient_id)
    async with deps.database.write() as session:
        row = await take_free(session, deps, actor, replace(wanted, held_until=held_until))
        after_commit(session, lambda: live.changed(actor.organization_id, "today"))
    return row


async def wanted_of(deps: Deps, actor: Actor, wish: Wish) -> Wanted:
    """Look whether a time may be asked for and is free, before anybody is locked: most who lose wait for nobody.

    Raises as `hold_time` does.
    """
    require(actor, Action.CREATE_VISIT, Record(actor.organization_id))
    async with deps.database.read() as session:
        await patient_by_id(session, actor, Action.CREATE_VISIT, wish.patient_id)
        found = [await _look(session, deps, actor, wish, id_) for id_ in wish.members]
        theirs = [search for search in found if search.candidates]
        if theirs and not any(within_reach(search, actor).candidates for search in theirs):
            raise NotFound
        lead = next(iter(wish.members))
        clinic = await clinic_by_id(session, actor, _clinic_of(found[0], actor, wish.members[lead], lead))
    lost = {id_ for id_, search in zip(wish.members, found, strict=True) if not search.offer_at(wish.starts_at, id_)}
    if lost:
        raise SlotTaken(practitioner_ids=frozenset(lost))
    return Wanted(clinic, wish.patient_id, wish.starts_at, wish.members, wish.reason)


async def confirm_hold(
    deps: Deps, live: Live, actor: Actor, appointment_id: UUID, reason: str, *, send: bool
) -> tuple[UUID, str]:
    """Book what the actor holds, with its visit; gives the visit's id and its link's text, empty the second time.

    Raises NotFound for what somebody else holds, and SlotTaken when it ran out and somebody else has the time.
    """
    secret = new_secret()
    visit = await book_held(deps, live, actor, appointment_id, reason, secret)
    if visit is None:
        return await visit_of(deps, actor, appointment_id), ""
    if send:
        await send_link(deps, actor, visit, secret)
    return visit.encounter.id, secret.text


async def book_held(
    deps: Deps, live: Live, actor: Actor, appointment_id: UUID, reason: str, secret: Secret
) -> Visit | None:
    """Book what the actor holds, with its visit; None when that was done before. Raises as `confirm_hold` does."""
    require(actor, Action.CREATE_VISIT, Record(actor.organization_id))
    try:
        return await _confirm(deps, live, actor, appointment_id, reason, secret)
    except IntegrityError:  # the same form came twice at once: the other one made the visit
        return None


async def give_back(deps: Deps, live: Live, actor: Actor, appointment_id: UUID) -> None:
    """Let anybody have the time that the actor holds; twice is once. Raises NotFound."""
    async with deps.database.write() as session:
        row = await own_hold(session, actor, appointment_id)
        patient_id = await patient_of(session, actor, row.id)
        if row.status == Status.PENDING and patient_id:
            await let_go(session, deps, actor, patient_id)
            after_commit(session, lambda: live.changed(actor.organization_id, "today"))


async def visit_of(deps: Deps, actor: Actor, appointment_id: UUID) -> UUID:
    """Give the id of the visit that an appointment of the actor's became. Raises NotFound."""
    async with deps.database.read() as session:
        await own_hold(session, actor, appointment_id)
        found = await encounter_of(session, actor, appointment_id)
    if found is None:
        raise NotFound
    return found


async def visit_for(
    session: AsyncSession, deps: Deps, actor: Actor, appointment: Appointment, key: UUID, secret: Secret
) -> Visit:
    """Set up the visit of an appointment that the actor booked for one patient, in the caller's transaction."""
    patient_id = await patient_of(session, actor, appointment.id)
    patient = await patient_by_id(session, actor, Action.READ_PATIENT, patient_id)
    clinic = await clinic_by_id(session, actor, appointment.clinic_id)
    practitioners = (await practitioners_in(session, actor, [appointment.id]))[appointment.id]
    return await set_up(session, deps, actor, Booked(appointment, clinic, patient, practitioners), key, secret)


async def _confirm(
    deps: Deps, live: Live, actor: Actor, appointment_id: UUID, reason: str, secret: Secret
) -> Visit | None:
    async with deps.database.write() as session:
        held = await own_hold(session, actor, appointment_id)
        was_booked = held.status == Status.BOOKED
        appointment = await confirm(session, deps, actor, held.id)
        if was_booked:
            return None
        if reason:
            name = field_name("appointment", appointment.id, "reason")
            appointment.reason = deps.keyring.seal(reason, name)
        visit = await visit_for(session, deps, actor, appointment, new_id(), secret)
        await session.flush()
        after_commit(session, lambda: live.changed(actor.organization_id, "today"))
    return visit


async def _look(session: AsyncSession, deps: Deps, actor: Actor, wish: Wish, id_: UUID) -> Found:
    start = wish.starts_at
    sought = replace(wish.members[id_], start=start, end=start + MINUTE, practitioners=frozenset({id_}))
    return await find(session, actor, sought, deps.now())


def _clinic_of(found: Found, actor: Actor, sought: Sought, lead: UUID) -> UUID | None:
    """Give the clinic that a visit belongs to: the one asked for, else the lead's own if the actor covers it.

    Whoever books for a colleague who comes from elsewhere keeps the visit at a clinic of their own.
    """
    home = found.people[lead].clinic_id if lead in found.people else None
    theirs = found.candidates[0].clinics if found.candidates else frozenset()
    covered = sorted(theirs & actor.clinics)
    return sought.clinic or (home if home in covered or not covered else covered[0])
