"""The practitioner's side of the call: the page, the ticket, admitting, the chat so far, and the end."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import TICKETS, chat_history, live
from server.directory import formal_name, licences_of, licensed_states
from server.identity import links_by_ids
from server.kit import N_, Forbidden, Gone
from server.kit.ids import parse_id
from server.visits.actions import OVER, admit_patient, end_visit, start_visit
from server.visits.call import call_config, chat_answer, reader_zone, staff_urls, visit_words
from server.visits.invite_store import was_sent_away
from server.visits.rules import LATE_CHOICES, lacks_licence
from server.visits.store import Visit, opened_safety, safety_checks, visit_by_id
from server.web import actor, deps, during_call, page, render, see_other, staff

NOT_NEEDED = N_("You are not asked into this visit any more. Whoever conducts it can ask you again.")


async def show_call(request: Request) -> Response:
    """Show the call. Raises Gone when the visit is over, and for a colleague who is not asked in any more."""
    who = actor(request)
    try:
        visit, context = await _room(request)
    except Forbidden:
        await _say_why_not(request)
        raise
    if visit.is_over:
        raise Gone(OVER)
    name = formal_name(visit.practitioner_of(who))
    await _note_look(request, visit)
    config = call_config(visit, "practitioner", name, context["urls"], "call")
    config["means"] = request.query_params.get("means", "")
    return render(request, "visits/call.html", config=config, chat_days=deps(request).settings.chat_days, **context)


async def show_call_waiting(request: Request) -> Response:
    """Show the call page's waiting room and what the patient has confirmed, refreshed when something changed."""
    visit, context = await _room(request)
    await _note_look(request, visit)
    return render(request, "visits/_call_waiting.html", **context)


async def ticket(request: Request) -> Response:
    """Give the practitioner's ticket."""
    await deps(request).limits.spend("ticket", TICKETS, actor(request).session_key)
    return JSONResponse(await start_visit(deps(request), live(request), actor(request), _id(request)))


async def chat(request: Request) -> Response:
    """Give what was written so far."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.CONDUCT_VISIT, _id(request))
        lines = await chat_history(session, who, tools.keyring, visit.encounter.room_id)
    await _note_look(request, visit)
    return JSONResponse(chat_answer(lines))


async def admit(request: Request) -> Response:
    """Let the patient in; from Today this leads into the call."""
    await admit_patient(deps(request), live(request), actor(request), _id(request))
    if request.headers.get("hx-request"):
        return Response(status_code=204)
    return see_other(f"/visits/{_id(request)}/call")


async def end(request: Request) -> Response:
    """End the visit for everybody and lead to its page."""
    await end_visit(deps(request), live(request), actor(request), _id(request))
    return see_other(f"/visits/{_id(request)}")


async def _say_why_not(request: Request) -> None:
    async with deps(request).database.read() as session:
        sent_away = await was_sent_away(session, actor(request), _id(request))
    if sent_away:
        raise Gone(NOT_NEEDED)


async def _note_look(request: Request, visit: Visit) -> None:
    about = Subject("Encounter", visit.encounter.id, visit.patient.id)
    await note_read(deps(request), actor(request), about, visit.why)


async def _room(request: Request) -> tuple[Visit, dict[str, Any]]:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.CONDUCT_VISIT, _id(request))
        check = (await safety_checks(session, who, [visit.encounter.id])).get(visit.encounter.id)
        links = await links_by_ids(session, who, [visit.encounter.link_id])
        licences = await licences_of(session, visit.practitioner_of(who).id)
    today = tools.now().astimezone(ZoneInfo(visit.clinic.time_zone)).date()
    safety = opened_safety(tools.keyring, check)
    return visit, {
        "visit": visit_words(visit, safety, reader_zone(visit, patient=False)),
        "urls": staff_urls(visit, parse_id(request.query_params.get("consult", ""))),
        "phase": visit.encounter.status,
        "confirmed": check is not None,
        "unlicensed": lacks_licence(licensed_states(licences, today), safety.state),
        "asking": links[visit.encounter.link_id].asking_hash is not None,
        "state": safety.state,
        "late_choices": LATE_CHOICES,
    }


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["encounter_id"])


# what a running call needs, also when nobody was at the keyboard for long
_CONDUCT = during_call(staff(Action.CONDUCT_VISIT))

routes: list[BaseRoute] = [
    page("/visits/{encounter_id}/call", show_call, _CONDUCT),
    page("/visits/{encounter_id}/waiting", show_call_waiting, _CONDUCT),
    page("/visits/{encounter_id}/ticket", ticket, _CONDUCT, "POST"),
    page("/visits/{encounter_id}/chat", chat, _CONDUCT),
    page("/visits/{encounter_id}/admit", admit, _CONDUCT, "POST"),
    page("/visits/{encounter_id}/end", end, _CONDUCT, "POST"),
]
