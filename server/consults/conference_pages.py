"""Pages of case conferences: the agenda of a meeting, its order, and the decision on each case."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.consults.case_request import consult_id, note_look
from server.consults.case_store import case_by_id, opened_question, own_cases
from server.consults.conference_actions import move_up, put_on_agenda, sign_decision, take_off_agenda
from server.consults.conference_store import agenda_of, decisions_on
from server.consults.question_rules import read_question
from server.directory import formal_names, working_zone
from server.kit import N_, Conflict, Form, Invalid
from server.kit.ids import parse_id
from server.scheduling import meeting_by_id, title_of_meeting
from server.web import actor, deps, page, render, see_other, staff

LONGEST = 4000


async def show_agenda(request: Request) -> Response:
    """Show the cases of a meeting, and which of the reader's own may be added."""
    return await _show(request, {}, {})


async def post_case(request: Request) -> Response:
    """Put a case on the agenda."""
    form = Form(dict(await request.form()))
    consult_id = parse_id(form.values.get("consult", ""))
    await put_on_agenda(deps(request), actor(request), _id(request), consult_id)
    return _back(request)


async def post_up(request: Request) -> Response:
    """Move a case one place up."""
    await move_up(deps(request), actor(request), _id(request), _item(request))
    return _back(request)


async def post_off(request: Request) -> Response:
    """Take a case off."""
    try:
        await take_off_agenda(deps(request), actor(request), _id(request), _item(request))
    except Conflict as error:
        return await _show(request, {}, {}, error.status, error.message)
    return _back(request)


async def post_decision(request: Request) -> Response:
    """Sign what was decided, or say at the field what is missing; what was typed stays."""
    form = Form(dict(await request.form()))
    name = f"decision-{_item(request)}"
    decision = form.text(name, N_("Write what was decided."), LONGEST)
    try:
        form.check()
        await sign_decision(deps(request), actor(request), _id(request), _item(request), decision)
    except Invalid as error:
        return await _show(request, form.values, error.errors, error.status)
    except Conflict as error:
        return await _show(request, form.values, {}, error.status, error.message)
    return _back(request)


async def show_decisions(request: Request) -> Response:
    """Show what conferences decided on a case, for its page; nothing where none did."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        case = await case_by_id(session, who, Action.READ_CONSULT, consult_id(request))
        found = await decisions_on(session, tools.keyring, case.consult.id)
        names = await formal_names(session, case.actor, {row.decided_by for row, _ in found if row.decided_by})
    await note_look(request, case)
    return render(request, "consults/_decisions.html", found=found, names=names, zone=case.clinic.time_zone)


async def _show(
    request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200, trouble: str = ""
) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        found = await meeting_by_id(session, who, _id(request))
        items = await agenda_of(session, who, tools.keyring, found.meeting.id)
        own = await own_cases(session, who)
        signers = {item.row.decided_by for item in items if item.row.decided_by}
        names = await formal_names(
            session, who, {*signers, *(item.case.consult.requester_id for item in items if item.case)}
        )
        zone = await working_zone(session, who)
    asked = {}
    for item in items:
        if item.case:
            consult = item.case.consult
            asked[consult.id] = read_question(opened_question(tools.keyring, consult)).reason
            await note_read(tools, who, Subject("ServiceRequest", consult.id, consult.patient_id), item.case.why)
    there = {item.row.consult_id for item in items}
    context: dict[str, Any] = {
        "base": f"/meetings/{found.meeting.id}/cases",
        "meeting": found.meeting,
        "title": title_of_meeting(tools.keyring, found.meeting),
        "items": items,
        "asked": asked,
        "offered": [one for one in own if one[0].id not in there],
    }
    words = {"names": names, "zone": zone, "trouble": trouble}
    return render(request, "consults/conference.html", status, values=values, errors=errors, **context, **words)


def _back(request: Request) -> Response:
    return see_other(f"/meetings/{_id(request)}/cases")


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["meeting_id"])


def _item(request: Request) -> UUID | None:
    return parse_id(request.path_params["item_id"])


_READ = staff(Action.READ_CONSULT)
_HERE = "/meetings/{meeting_id}/cases"

routes: list[BaseRoute] = [
    page(_HERE, show_agenda, _READ),
    page(_HERE, post_case, _READ, "POST"),
    page(f"{_HERE}/{{item_id}}/up", post_up, _READ, "POST"),
    page(f"{_HERE}/{{item_id}}/off", post_off, _READ, "POST"),
    page(f"{_HERE}/{{item_id}}/decision", post_decision, _READ, "POST"),
    page("/consults/{consult_id}/decisions", show_decisions, _READ),
]
