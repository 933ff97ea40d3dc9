"""Asking a colleague in: the part of the call page that does it, and what the colleague reads on every page."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import Shown, colleagues_of, live
from server.directory import formal_name, short_name
from server.kit import Conflict, Invalid
from server.kit.ids import parse_id
from server.visits.invite_actions import ANSWERED, close_notice, invite, take_back
from server.visits.invite_store import guests_of, invitation_by_id, may_be_invited, notices_for
from server.visits.store import visit_by_id
from server.web import actor, deps, during_call, page, render, see_other, staff


async def show_invite(request: Request) -> Response:
    """Show who was asked in beside the patient, and whom to ask."""
    return await _show(request, _id(request, "encounter_id"), {})


async def post_invite(request: Request) -> Response:
    """Ask somebody in, and show the part afresh."""
    form = await request.form()
    whom, agreed = parse_id(str(form.get("practitioner", ""))), bool(form.get("agreed"))
    visit_id = _id(request, "encounter_id")
    try:
        await invite(deps(request), live(request), actor(request), visit_id, whom, agreed=agreed)
    except Invalid as error:
        return await _show(request, visit_id, error.errors, error.status, practitioner=whom, agreed=agreed)
    return await _show(request, visit_id, {})


async def post_take_back(request: Request) -> Response:
    """Take an invitation back, and show the part afresh; also when the colleague was quicker."""
    invitation_id = _id(request, "invitation_id")
    try:
        visit_id = await take_back(deps(request), live(request), actor(request), invitation_id)
    except Conflict:
        async with deps(request).database.read() as session:
            visit_id = (await invitation_by_id(session, actor(request), invitation_id)).encounter_id
        return await _show(request, visit_id, {"guests": ANSWERED}, Conflict.status)
    return await _show(request, visit_id, {})


async def show_notices(request: Request) -> Response:
    """Show who asks the reader into which visit; `from` names the visit whose call the page is."""
    tools, who = deps(request), actor(request)
    here = parse_id(request.query_params.get("from", ""))
    async with tools.database.read() as session:
        found = [one for one in await notices_for(session, who) if one.invitation.encounter_id != here]
    for one in found:
        await note_read(tools, who, Subject("Encounter", one.invitation.encounter_id, one.patient.id), "invitation")
    return render(request, "visits/_notices.html", notices=found, here=here)


async def post_close(request: Request) -> Response:
    """Decline, or have read that it was taken back; shows what is left."""
    await close_notice(deps(request), live(request), actor(request), _id(request, "invitation_id"))
    return await show_notices(request) if request.headers.get("hx-request") else see_other("/today")


async def _show(
    request: Request, visit_id: UUID | None, errors: dict[str, str], status: int = 200, **values: UUID | bool | None
) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.CONDUCT_VISIT, visit_id)
        others = await may_be_invited(session, who, visit)
        presence = {one.account_id: one.state for one in await colleagues_of(session, tools, who)}
        guests = await guests_of(session, who, visit)
    await note_read(tools, who, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    order = list(Shown)
    states = [presence.get(one.account_id, Shown.OFFLINE) if one.account_id else Shown.OFFLINE for one in others]
    choices = [(one.id, formal_name(one), state) for one, state in zip(others, states, strict=True)]
    context: dict[str, Any] = {
        "address": f"/visits/{visit.encounter.id}/invite",
        "patient": short_name(visit.patient),
        "guests": guests,
        "zone": visit.clinic.time_zone,
        "others": sorted(choices, key=lambda choice: order.index(choice[2])),
        "errors": errors,
        "values": values,
    }
    return render(request, "visits/_invite.html", status, **context)


def _id(request: Request, name: str) -> UUID | None:
    return parse_id(request.path_params[name])


_CONDUCT = during_call(staff(Action.CONDUCT_VISIT))

routes: list[BaseRoute] = [
    page("/visits/{encounter_id}/invite", show_invite, _CONDUCT),
    page("/visits/{encounter_id}/invite", post_invite, _CONDUCT, "POST"),
    page("/invitations", show_notices, _CONDUCT),
    page("/invitations/{invitation_id}/take-back", post_take_back, _CONDUCT, "POST"),
    page("/invitations/{invitation_id}/close", post_close, _CONDUCT, "POST"),
]
