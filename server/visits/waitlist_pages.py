"""Staff's pages of the waitlist: who waits at their clinics, a patient's wishes, and a time offered by hand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Actor
from server.audit import Subject, note_read
from server.directory import (
    STATES,
    Patient,
    Practitioner,
    clinics_of,
    formal_name,
    patient_by_id,
    practitioners_of,
    working_zone,
)
from server.kit import N_, Conflict, Form
from server.kit.ids import parse_id
from server.scheduling import Offer, Status, WaitlistEntry, appointments_of_patient
from server.visits.care_team_store import record_of_patient
from server.visits.rules import LENGTHS
from server.visits.store import Visit, encounters_around, visit_by_id
from server.visits.waitlist_actions import NOT_FREE, add_to_waitlist, offer_by_hand, remove_from_waitlist
from server.visits.waitlist_form import EMPTY, NOTICES, WEEKDAYS, Choices, choices_of, read_wish
from server.visits.waitlist_store import Waiting, entry_by_id, free_times, waiting_at
from server.web import actor, deps, page, render, see_other, staff

OUTCOMES = {
    "offered": N_("waits for an answer"),
    "accepted": N_("taken"),
    "declined": N_("declined"),
    "expired": N_("not answered in time"),
    "withdrawn": N_("taken back"),
}


async def show_waitlist(request: Request) -> Response:
    """Show who waits: who waits longest comes first, with what they were offered."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        waiting = await waiting_at(session, who)
        zone = await working_zone(session, who)
    await note_read(tools, who, Subject("WaitlistEntry"), "coverage")
    return render(request, "visits/waitlist.html", waiting=waiting, zone=zone, **_WORDS)


async def show_wishes(request: Request) -> Response:
    """Show what a patient waits for, and the form that adds something; as a part of a page when htmx asks for one."""
    return await _wishes(request, EMPTY, {})


async def add_wish(request: Request) -> Response:
    """Put the patient on the waitlist."""
    tools, who = deps(request), actor(request)
    patient, choices, _ = await _of_patient(request)
    form = Form(dict(await request.form()))
    wish = read_wish(form, choices, tools.now().astimezone(ZoneInfo(patient.time_zone)).date())
    if wish is None:
        return await _wishes(request, form.values, form.errors, 422)
    await add_to_waitlist(tools, who, _patient_id(request), wish)
    return see_other(f"/patients/{_patient_id(request)}")


async def remove(request: Request) -> Response:
    """Take somebody off the waitlist."""
    await remove_from_waitlist(deps(request), actor(request), _entry_id(request))
    return see_other("/waitlist")


async def show_offer_form(request: Request) -> Response:
    """Show the free times that fit, each with a button that offers it."""
    return await _offer_form(request)


async def post_offer(request: Request) -> Response:
    """Offer the time, or show what is free now and why this one is not offered."""
    tools, who = deps(request), actor(request)
    chosen = str((await request.form()).get("time", ""))
    _, _, times = await _free_times(request)
    found = next(((offer, person) for offer, person in times if key_of(offer) == chosen), None)
    if found is None:
        return await _offer_form(request, NOT_FREE, 409)
    offer, person = found
    try:
        await offer_by_hand(tools, who, _entry_id(request), person.id, offer.start)
    except Conflict as error:
        return await _offer_form(request, error.message, error.status)
    return see_other("/waitlist")


def key_of(offer: Offer) -> str:
    """Name a free time in a form."""
    return f"{offer.practitioner} {offer.start.isoformat()}"


async def _wishes(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    patient, choices, waiting = await _of_patient(request)
    await note_read(deps(request), actor(request), Subject("WaitlistEntry", None, patient.id), "organization")
    part = bool(request.headers.get("hx-request"))
    context: dict[str, Any] = {"choices": choices, "waiting": waiting, "states": STATES, "lengths": LENGTHS}
    context |= {"notices": NOTICES, "values": {**dict.fromkeys(EMPTY, ""), **values}, "errors": errors, **_WORDS}
    name = "visits/_wishes.html" if part else "visits/wishes.html"
    return render(request, name, status, patient=patient, zone=patient.time_zone, part=part, **context)


async def _of_patient(request: Request) -> tuple[Patient, Choices, Sequence[Waiting]]:
    """Give the patient, what the form offers, and what they wait for: with a tie, or at clinics that one covers."""
    who = actor(request)
    async with deps(request).database.read() as session:
        patient = await patient_by_id(session, who, Action.CREATE_VISIT, _patient_id(request))
        record = await record_of_patient(session, who, Action.MANAGE_VISIT, patient.id)
        visits = await _movable(session, who, patient.id, request) if record.decision.allowed else []
        people, clinics = await practitioners_of(session, who), await clinics_of(session, who)
        waiting = await waiting_at(session, who, patient.id)
    seen = [one for one in waiting if record.decision.allowed or one.entry.clinic_id in who.clinics]
    return patient, choices_of(who, people, clinics, visits), seen


async def _movable(session: AsyncSession, who: Actor, patient_id: UUID, request: Request) -> list[Visit]:
    now = deps(request).now()
    ahead = [
        row.id
        for row in await appointments_of_patient(session, who, patient_id)
        if row.status == Status.BOOKED and row.starts_at > now and row.clinic_id in who.clinics
    ]
    found = await encounters_around(session, who, ahead)
    return [await visit_by_id(session, who, Action.MANAGE_VISIT, encounter.id) for encounter, _, _ in found]


async def _free_times(request: Request) -> tuple[WaitlistEntry, Patient, list[tuple[Offer, Practitioner]]]:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        entry = await entry_by_id(session, who, _entry_id(request))
        patient = await session.get_one(Patient, entry.patient_id)
        return entry, patient, await free_times(session, who, entry, patient, tools.now())


async def _offer_form(request: Request, trouble: str = "", status: int = 200) -> Response:
    tools, who = deps(request), actor(request)
    entry, patient, times = await _free_times(request)
    await note_read(tools, who, Subject("WaitlistEntry", entry.id, patient.id), "coverage")
    context: dict[str, Any] = {"patient": patient, "entry": entry, "times": times, "key_of": key_of}
    context |= {"trouble": trouble, "minutes": tools.settings.waitlist_hold_minutes, "formal_name": formal_name}
    return render(request, "visits/waitlist_by_hand.html", status, zone=patient.time_zone, **context)


def _patient_id(request: Request) -> UUID | None:
    return parse_id(request.path_params["patient_id"])


def _entry_id(request: Request) -> UUID | None:
    return parse_id(request.path_params["entry_id"])


_WORDS: dict[str, Any] = {"weekdays": WEEKDAYS, "outcomes": OUTCOMES}
_BOOK, _MANAGE = staff(Action.CREATE_VISIT), staff(Action.MANAGE_VISIT)

routes: list[BaseRoute] = [
    page("/waitlist", show_waitlist, staff(Action.SEE_TODAY)),
    page("/waitlist/{entry_id}/remove", remove, _MANAGE, "POST"),
    page("/waitlist/{entry_id}/offer", show_offer_form, _MANAGE),
    page("/waitlist/{entry_id}/offer", post_offer, _MANAGE, "POST"),
    page("/patients/{patient_id}/waitlist", show_wishes, _BOOK),
    page("/patients/{patient_id}/waitlist", add_wish, _BOOK, "POST"),
]
