"""The pages of a case: a case with how far its ringing is, and what the requester decides."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.calls import live
from server.consults.case_actions import (
    cancel_consult,
    decide_offer,
    raise_urgency,
    ring_again,
    switch_to_written,
)
from server.consults.case_request import consult_id, note_look
from server.consults.case_rules import DECLINES
from server.consults.case_store import Case, case_by_id, case_in_visit
from server.consults.case_view import asked_words, candidates_in, view_of
from server.consults.incoming_actions import call_address, visit_address
from server.consults.matching_words import WHY, WHY_NOT
from server.consults.service_rules import Urgency, is_more_urgent
from server.kit import Conflict, Form
from server.kit.ids import parse_id
from server.visits import visit_by_id
from server.web import actor, deps, during_call, page, render, see_other, staff


async def show_case(request: Request) -> Response:
    """Show a case."""
    return await _show(request, "consults/case.html", "")


async def show_progress(request: Request) -> Response:
    """Show how far its ringing is, alone."""
    return await _show(request, "consults/_progress.html", "")


async def show_in_visit(request: Request) -> Response:
    """Show the case that was asked from a running visit beside the call; the way to ask when there is none."""
    visit_id = parse_id(request.path_params["encounter_id"])
    async with deps(request).database.read() as session:
        await visit_by_id(session, actor(request), Action.CONDUCT_VISIT, visit_id)
        found = await case_in_visit(session, actor(request), visit_id)
    if found is None:
        return render(request, "consults/_none.html", visit_id=visit_id)
    return await _show(request, "consults/_beside.html", "", wanted=found.id)


async def post_urgency(request: Request) -> Response:
    """Need it sooner."""
    form = await _form(request)
    urgency = form.choice("urgency", list(Urgency))
    form.check()
    return await _done(request, raise_urgency(*_what(request), Urgency(urgency)))


async def post_written(request: Request) -> Response:
    """Have it answered in writing."""
    return await _done(request, switch_to_written(*_what(request)))


async def post_ring(request: Request) -> Response:
    """Have it ring after all."""
    return await _done(request, ring_again(*_what(request)))


async def post_cancel(request: Request) -> Response:
    """Take it back."""
    return await _done(request, cancel_consult(*_what(request)))


async def post_wait(request: Request) -> Response:
    """Wait for somebody who can come a little later, or not."""
    form = await _form(request)
    number, wait = form.whole("number", 1, 10_000, ""), form.values.get("wait") == "yes"
    form.check()
    return await _done(request, decide_offer(*_what(request), number or 0, wait=wait))


async def _done(request: Request, doing: Any) -> Response:
    """Do what was pressed and show how it is then; what came too late is said."""
    part = request.headers.get("hx-request")
    try:
        await doing
    except Conflict as error:
        name = "consults/_progress.html" if part else "consults/case.html"
        return await _show(request, name, error.message, error.status)
    return (
        await _show(request, "consults/_progress.html", "") if part else see_other(f"/consults/{consult_id(request)}")
    )


async def _form(request: Request) -> Form:
    """Read what was posted; who did not ask is told that first, whatever it was."""
    async with deps(request).database.read() as session:
        await case_by_id(session, actor(request), Action.CHANGE_CONSULT, consult_id(request))
    return Form(dict(await request.form()))


def _what(request: Request) -> tuple[Any, Any, Any, UUID | None]:
    return deps(request), live(request), actor(request), consult_id(request)


async def _show(request: Request, name: str, trouble: str, status: int = 200, wanted: UUID | None = None) -> Response:
    tools = deps(request)
    async with tools.database.read() as session:
        case = await case_by_id(session, actor(request), Action.READ_CONSULT, wanted or consult_id(request))
        view = await view_of(session, tools.keyring, case, tools.now())
        candidates = await candidates_in(session, case)
    await note_look(request, case)
    context: dict[str, Any] = {
        "case": case,
        "view": view,
        "candidates": candidates,
        "sooner": _sooner(case),
        "call": call_address(case),
        "visit": visit_address(case),
        "trouble": trouble,
        "beside": wanted is not None or "beside" in request.query_params,
        "zone": case.clinic.time_zone,
        "now": tools.now(),
    }
    words = asked_words(tools.keyring, case)
    return render(request, name, status, **context, **words, declines=DECLINES, why=WHY, why_not=WHY_NOT)


def _sooner(case: Case) -> list[Urgency]:
    return [one for one in Urgency if is_more_urgent(one, Urgency(case.consult.urgency))]


_READ, _CHANGE = during_call(staff(Action.READ_CONSULT)), during_call(staff(Action.CHANGE_CONSULT))

routes: list[BaseRoute] = [
    page("/visits/{encounter_id}/consults", show_in_visit, during_call(staff(Action.CONDUCT_VISIT))),
    page("/consults/{consult_id}", show_case, _READ),
    page("/consults/{consult_id}/progress", show_progress, _READ),
    page("/consults/{consult_id}/urgency", post_urgency, _CHANGE, "POST"),
    page("/consults/{consult_id}/written", post_written, _CHANGE, "POST"),
    page("/consults/{consult_id}/ring", post_ring, _CHANGE, "POST"),
    page("/consults/{consult_id}/cancel", post_cancel, _CHANGE, "POST"),
    page("/consults/{consult_id}/wait", post_wait, _CHANGE, "POST"),
]
