"""The talk of two clinicians about a case: its call page, the ticket, the chat so far, and the end."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.access import Action, Why
from server.audit import Subject, note_read
from server.calls import TICKETS, chat_history, live
from server.consults.case_request import consult_id, note_look
from server.consults.case_store import case_by_id, is_conferring
from server.consults.case_view import asked_words, view_of
from server.consults.incoming_actions import call_address, visit_address
from server.consults.talk_actions import OVER, end_talk, talk_ticket
from server.kit import Gone
from server.visits import chat_answer
from server.web import actor, deps, during_call, page, patients, render, see_other, staff


async def show_call(request: Request) -> Response:
    """Show the call, with the case beside it; a talk within a visit is on the visit's own page."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        case = await case_by_id(session, who, Action.HOLD_CONSULT, consult_id(request))
        view = await view_of(session, tools.keyring, case, tools.now())
    await note_look(request, case)
    base = f"/consults/{case.consult.id}"
    if call_address(case) != f"{base}/call":
        return see_other(call_address(case))
    if case.consult.room_id is None:
        raise Gone(OVER)
    mine, theirs = (view.requester, view.taken_by) if case.is_requester else (view.taken_by, view.requester)
    config = {
        "role": "practitioner",
        "name": mine,
        "ticketUrl": f"{base}/ticket",
        "chatUrl": f"{base}/chat",
        "closedUrl": visit_address(case) or base,
        "signalingPath": "/signaling",
        "initial": "call",
        "visit": str(case.consult.room_id),
        "means": case.consult.mode,
    }
    context: dict[str, Any] = {"case": case, "colleague": theirs, "base": base, "visit": visit_address(case)}
    context |= asked_words(tools.keyring, case)
    return render(request, "consults/call.html", config=config, chat_days=tools.settings.chat_days, **context)


async def ticket(request: Request) -> Response:
    """Give the reader's ticket."""
    await deps(request).limits.spend("ticket", TICKETS, actor(request).session_key)
    return JSONResponse(await talk_ticket(deps(request), live(request), actor(request), consult_id(request)))


async def chat(request: Request) -> Response:
    """Give what was written so far."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        case = await case_by_id(session, who, Action.HOLD_CONSULT, consult_id(request))
        room_id = case.consult.room_id
        lines = await chat_history(session, case.actor, tools.keyring, room_id) if room_id else []
    await note_look(request, case)
    return JSONResponse(chat_answer(lines))


async def end(request: Request) -> Response:
    """End the talk for both, and lead to the visit that waits, or to the case."""
    tools, who = deps(request), actor(request)
    await end_talk(tools, live(request), who, consult_id(request))
    async with tools.database.read() as session:
        case = await case_by_id(session, who, Action.HOLD_CONSULT, consult_id(request))
    return see_other(visit_address(case) or f"/consults/{case.consult.id}")


async def show_conferring(request: Request) -> Response:
    """Tell the patient in a visit when two of their care team talk about them beside it."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        busy = await is_conferring(session, who)
    await note_read(tools, who, Subject("Encounter", who.encounter_id, who.patient_id), Why.OWN_LINK)
    return render(request, "consults/_conferring.html", conferring=busy)


_HOLD = during_call(staff(Action.HOLD_CONSULT))

routes: list[BaseRoute] = [
    page("/consults/{consult_id}/call", show_call, _HOLD),
    page("/consults/{consult_id}/ticket", ticket, _HOLD, "POST"),
    page("/consults/{consult_id}/chat", chat, _HOLD),
    page("/consults/{consult_id}/end", end, _HOLD, "POST"),
    page("/visit/conferring", show_conferring, patients(Action.ATTEND_VISIT)),
]
