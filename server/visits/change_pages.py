"""Staff's pages that give a visit another time, or cancel it."""

from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.kit import N_, Form, Invalid
from server.kit.ids import parse_id
from server.scheduling import CANCEL_REASONS, CancelReason, SlotTaken
from server.visits.change_actions import Move, busy_by_other_calendars, cancel_visit, move_visit
from server.visits.rules import LENGTHS
from server.visits.store import Visit, visit_by_id
from server.visits.time_form import BUSY_ELSEWHERE, IN_THE_WAY, read_start
from server.web import actor, deps, page, render, see_other, staff


async def show_time(request: Request) -> Response:
    """Show the form for another time, as it is now."""
    visit = await _looked_at(request)
    local = visit.appointment.starts_at.astimezone(ZoneInfo(visit.clinic.time_zone))
    minutes = (visit.appointment.ends_at - visit.appointment.starts_at).seconds // 60
    values = {"date": local.date().isoformat(), "time": f"{local:%H:%M}", "minutes": str(minutes)}
    return _time_form(request, visit, values, {})


async def change_time(request: Request) -> Response:
    """Move the visit, or say next to the field what is in the way."""
    visit = await _looked_at(request)
    form = Form(dict(await request.form()))
    try:
        to = _read(request, form, visit)
        if not form.ticked("anyway") and await busy_by_other_calendars(deps(request), actor(request), visit, to):
            return _time_form(request, visit, {**form.values, "elsewhere": "1"}, {"time": BUSY_ELSEWHERE}, 409)
        await move_visit(deps(request), live(request), actor(request), visit.encounter.id, to)
    except Invalid as error:
        return _time_form(request, visit, error.values, error.errors, error.status)
    except SlotTaken as error:
        return _time_form(request, visit, {**form.values, "taken": "1"}, {"time": IN_THE_WAY}, error.status)
    return see_other(f"/visits/{visit.encounter.id}")


async def show_cancel(request: Request) -> Response:
    """Ask why, and whether it is meant."""
    return _cancel_form(request, await _looked_at(request), {}, {})


async def post_cancel(request: Request) -> Response:
    """Cancel the visit."""
    visit = await _looked_at(request)
    form = Form(dict(await request.form()))
    try:
        reason = form.choice("reason", list(CANCEL_REASONS), N_("Choose why."))
        form.check()
    except Invalid as error:
        return _cancel_form(request, visit, error.values, error.errors, error.status)
    await cancel_visit(deps(request), live(request), actor(request), visit.encounter.id, CancelReason(reason))
    return see_other(f"/visits/{visit.encounter.id}")


def _read(request: Request, form: Form, visit: Visit) -> Move:
    starts_at = read_start(form, visit.clinic.time_zone, deps(request).now())
    minutes = form.choice("minutes", [str(n) for n in LENGTHS])
    overbook = form.optional("overbook", 200)
    form.check()
    return Move(starts_at or visit.appointment.starts_at, int(minutes), overbook)  # `check` raises where it is None


async def _looked_at(request: Request) -> Visit:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.MANAGE_VISIT, _id(request))
    await note_read(tools, who, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    return visit


def _time_form(
    request: Request, visit: Visit, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    return render(
        request, "visits/change_time.html", status, visit=visit, values=values, errors=errors, lengths=LENGTHS
    )


def _cancel_form(
    request: Request, visit: Visit, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    return render(
        request, "visits/cancel.html", status, visit=visit, values=values, errors=errors, reasons=CANCEL_REASONS
    )


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["encounter_id"])


_MANAGE = staff(Action.MANAGE_VISIT)

routes: list[BaseRoute] = [
    page("/visits/{encounter_id}/time", show_time, _MANAGE),
    page("/visits/{encounter_id}/time", change_time, _MANAGE, "POST"),
    page("/visits/{encounter_id}/cancel", show_cancel, _MANAGE),
    page("/visits/{encounter_id}/cancel", post_cancel, _MANAGE, "POST"),
]
