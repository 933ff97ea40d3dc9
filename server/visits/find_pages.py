"""Staff's pages that find a free time for a patient's visit, hold it, and book it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.calls import live
from server.directory import STATES, patient_contact
from server.kit import Form, Invalid
from server.kit.ids import parse_id
from server.outbox import can_send
from server.scheduling import SlotTaken, Status
from server.visits.find_actions import Wish, confirm_hold, give_back, hold_time, visit_of
from server.visits.find_form import OTHERS, SPANS, Criteria, Offered, read_slot, slot
from server.visits.finding import Held, Search, asked, held, search
from server.visits.rules import LENGTHS
from server.visits.sheet import show_sheet
from server.web import actor, deps, page, render, see_other, staff


async def show_find(request: Request) -> Response:
    """Show the free times for a patient, as the address asks for them; without a patient, the way to pick one."""
    wanted = request.query_params.get("patient", "")
    if not wanted:
        return see_other("/patients?then=visit")
    return await _times(request, *await asked(request, request.query_params, parse_id(wanted)))


async def post_hold(request: Request) -> Response:
    """Keep the time that was pressed and ask whether it is meant; or show what is left when it was taken."""
    form = Form(dict(await request.form()))
    offered, criteria = await asked(request, form.values, parse_id(form.values.get("patient", "")))
    chosen = read_slot(form.values.get("slot", ""), criteria)
    if chosen is None:
        return await _times(request, offered, criteria, 422)
    try:
        row = await hold_time(deps(request), live(request), actor(request), Wish(offered.patient.id, *chosen))
    except SlotTaken as error:
        return taken(request, await search(request, offered, criteria), *chosen, error)
    return see_other(f"/visits/holds/{row.id}?{criteria.query}")


async def show_hold(request: Request) -> Response:
    """Show what is kept, until when, and ask whether it is meant."""
    kept = await held(request)
    if kept.appointment.status == Status.BOOKED:
        return see_other(f"/visits/{await visit_of(deps(request), actor(request), kept.appointment.id)}")
    return _confirm_page(request, kept, {}, {}, 200 if kept.appointment.status == Status.PENDING else 410)


async def post_confirm(request: Request) -> Response:
    """Book what is kept and show the visit with its link."""
    kept = await held(request)
    form = Form(dict(await request.form()))
    reason = form.optional("reason", 500)
    try:
        form.check()
        encounter_id, link = await confirm_hold(
            deps(request), live(request), actor(request), kept.appointment.id, reason, send=form.ticked("send")
        )
    except Invalid as error:
        return _confirm_page(request, kept, error.values, error.errors, error.status)
    except SlotTaken as error:
        found = await search(request, *await asked(request, request.query_params, kept.patient.id))
        return taken(request, found, kept.appointment.starts_at, kept.members(found.criteria), error)
    return await show_sheet(request, encounter_id, link, 201) if link else see_other(f"/visits/{encounter_id}")


async def post_release(request: Request) -> Response:
    """Give the time back, and show the times again."""
    kept = await held(request)
    await give_back(deps(request), live(request), actor(request), kept.appointment.id)
    return see_other(f"/visits/find?{_query(request, kept)}")


async def _times(request: Request, offered: Offered, criteria: Criteria, status: int = 200) -> Response:
    found = await search(request, offered, criteria)
    return render(request, "visits/find.html", status, **search_words(found), **found.results(), odd=status == 422)


def search_words(found: Search) -> dict[str, Any]:
    """Give what a page with free times is told."""
    return {
        "patient": found.offered.patient,
        "offered": found.offered,
        "values": found.criteria.values,
        "found": found,
        "zone": found.offered.patient.time_zone,
        "clinic_names": {str(one.id): one.name for one in found.offered.clinics},
        "lengths": LENGTHS,
        "spans": SPANS,
        "others": OTHERS,
        "states": STATES,
        "slot": slot,
        "query": found.criteria.query,
    }


def taken(
    request: Request, found: Search, lost: datetime, members: Mapping[UUID, object], error: SlotTaken
) -> Response:
    """Say in a friendly way that somebody was quicker, with what is left."""
    context: dict[str, Any] = {"lost": lost, "message": error.message, "together": [], "instead": None}
    if len(members) > 1:
        context["together"] = found.later_together(lost)
    else:
        context["instead"] = found.instead(lost, next(iter(members)))
    names = [found.people[id_] for id_ in members if id_ in found.people]
    return render(request, "visits/taken.html", error.status, **search_words(found), **context, names=names)


def _confirm_page(
    request: Request, kept: Held, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    tools = deps(request)
    email = patient_contact(tools.keyring, kept.patient).email if can_send(tools.settings) else ""
    return render(
        request,
        "visits/hold.html",
        status,
        held=kept,
        values=values,
        errors=errors,
        email=email,
        query=_query(request, kept),
        over=status == 410,
        now=tools.now(),
    )


def _query(request: Request, kept: Held) -> str:
    return request.url.query or f"patient={kept.patient.id}"


_CREATE = staff(Action.CREATE_VISIT)

routes: list[BaseRoute] = [
    page("/visits/find", show_find, _CREATE),
    page("/visits/find", post_hold, _CREATE, "POST"),
    page("/visits/holds/{appointment_id}", show_hold, _CREATE),
    page("/visits/holds/{appointment_id}", post_confirm, _CREATE, "POST"),
    page("/visits/holds/{appointment_id}/release", post_release, _CREATE, "POST"),
]
