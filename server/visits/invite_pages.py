"""The part of the call page that asks a colleague in."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.directory import formal_name, short_name
from server.kit import Invalid
from server.kit.ids import parse_id
from server.visits.invite_actions import invite
from server.visits.invite_store import may_be_invited
from server.visits.store import visit_by_id
from server.web import actor, deps, during_call, page, render, staff


async def show_invite(request: Request) -> Response:
    """Show who takes part beside the patient, and whom to ask in."""
    return await _show(request, {})


async def post_invite(request: Request) -> Response:
    """Ask somebody in, and show the part afresh."""
    form = await request.form()
    whom, agreed = parse_id(str(form.get("practitioner", ""))), bool(form.get("agreed"))
    try:
        await invite(deps(request), live(request), actor(request), _id(request), whom, agreed=agreed)
    except Invalid as error:
        return await _show(request, error.errors, error.status)
    return await _show(request, {})


async def _show(request: Request, errors: dict[str, str], status: int = 200) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.CONDUCT_VISIT, _id(request))
        others = await may_be_invited(session, who, visit)
    await note_read(tools, who, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    context = {
        "address": request.url.path,
        "patient": short_name(visit.patient),
        "invited": [formal_name(one) for one in visit.practitioners[1:] if one.account_id != who.account_id],
        "others": [(one.id, formal_name(one)) for one in others],
        "errors": errors,
    }
    return render(request, "visits/_invite.html", status, **context)


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["encounter_id"])


_CONDUCT = during_call(staff(Action.CONDUCT_VISIT))

routes: list[BaseRoute] = [
    page("/visits/{encounter_id}/invite", show_invite, _CONDUCT),
    page("/visits/{encounter_id}/invite", post_invite, _CONDUCT, "POST"),
]
