"""A patient who would rather be called: their page for it, which needs no script, and what staff do about it."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.kit import Form, Invalid
from server.kit.ids import parse_id
from server.visits.call import visit_words
from server.visits.callback_actions import ask_for_call, finish_call, take_call
from server.visits.callback_store import callbacks_of
from server.visits.store import last_safety_check, opened_safety, visit_by_id
from server.web import actor, deps, during_call, page, patients, render, see_other, staff, use_language


async def show_call_me(request: Request) -> Response:
    """Ask for the number, or say what happens next; within the call's page only that part of it."""
    return await _call_me(request, {}, {})


async def take_call_me(request: Request) -> Response:
    """Keep the patient's wish to be called, and say what happens next."""
    form = Form(dict(await request.form()))
    phone = form.phone("phone")
    try:
        form.check()
    except Invalid as error:
        return await _call_me(request, error.values, error.errors, error.status)
    await ask_for_call(deps(request), live(request), actor(request), phone)
    return await _call_me(request, {}, {}) if _in_page(request) else see_other("/visit/call-me")


async def show_callback(request: Request) -> Response:
    """Show the practitioner in the call that the patient asks to be called."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.MANAGE_VISIT, _id(request))
        found = await callbacks_of(session, who, tools.keyring, [visit.encounter.id])
    await note_read(tools, who, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    return render(request, "visits/_callback_region.html", callback=found.get(visit.encounter.id), visit=visit)


async def take(request: Request) -> Response:
    """Say that one calls."""
    await take_call(deps(request), live(request), actor(request), _id(request))
    return _back(request)


async def finish(request: Request) -> Response:
    """Say that the patient was called."""
    await finish_call(deps(request), live(request), actor(request), _id(request))
    return _back(request)


async def _call_me(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.ATTEND_VISIT, who.encounter_id)
        found = (await callbacks_of(session, who, tools.keyring, [visit.encounter.id])).get(visit.encounter.id)
        last = opened_safety(tools.keyring, await last_safety_check(session, who, visit.patient.id))
    await note_read(tools, who, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    use_language(request, visit.patient.language)
    if visit.is_over and not (found and found.is_open):
        return see_other("/visit/closed")
    context = {
        "visit": visit_words(visit, last, visit.patient.time_zone),
        "callback": found,
        "values": values or {"phone": found.phone if found else last.phone},
        "errors": errors,
    }
    name = "visits/_call_me.html" if _in_page(request) else "visits/call_me.html"
    return render(request, name, status, **context)


def _in_page(request: Request) -> bool:
    return bool(request.headers.get("hx-request"))


def _back(request: Request) -> Response:
    return Response(status_code=204) if _in_page(request) else see_other("/today")


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["encounter_id"])


_ATTEND = patients(Action.ATTEND_VISIT)
_MANAGE = during_call(staff(Action.MANAGE_VISIT))

routes: list[BaseRoute] = [
    page("/visit/call-me", show_call_me, _ATTEND),
    page("/visit/call-me", take_call_me, _ATTEND, "POST"),
    page("/visits/{encounter_id}/callback", show_callback, _MANAGE),
    page("/visits/{encounter_id}/callback/take", take, _MANAGE, "POST"),
    page("/visits/{encounter_id}/callback/done", finish, _MANAGE, "POST"),
]
