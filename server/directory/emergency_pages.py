"""Pages of break-glass: what it means and the reason for it, and what is open now, to be closed."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.directory.emergency_actions import LENGTH, close_emergency, open_in_emergency, read_reason
from server.directory.emergency_store import emergency_for, open_emergencies
from server.directory.rules import minutes_left
from server.directory.store import patient_by_id
from server.kit import Form, Invalid
from server.kit.ids import parse_id
from server.web import actor, deps, fresh, page, render, see_other, staff


async def show_emergency(request: Request) -> Response:
    """Say what opening the record means, and ask why it must be."""
    return await _form(request, {}, {})


async def open_record(request: Request) -> Response:
    """Open the record and lead to it."""
    form = Form(dict(await request.form()))
    try:
        reason = read_reason(form)
    except Invalid as error:
        return await _form(request, error.values, error.errors, error.status)
    patient_id = parse_id(request.path_params["patient_id"])
    await open_in_emergency(deps(request), actor(request), patient_id, reason)
    return see_other(f"/patients/{patient_id}")


async def show_emergencies(request: Request) -> Response:
    """Show which records are open in an emergency; as the banner of a page when htmx asks for it.

    Names are short, as in lists. That they are shown is not noted: each stands for an opening that was.
    """
    now = deps(request).now()
    async with deps(request).database.read() as session:
        rows = await open_emergencies(session, actor(request), now)
    opened = [(row, patient, minutes_left(row.ends_at, now)) for row, patient in rows]
    name = "directory/_emergencies.html" if request.headers.get("hx-request") else "directory/emergencies.html"
    return render(request, name, opened=opened)


async def close_record(request: Request) -> Response:
    """Close a record before its time, and lead to where work begins."""
    await close_emergency(deps(request), actor(request), parse_id(request.path_params["emergency_id"]))
    return see_other("/")


async def _form(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    tools, who, now = deps(request), actor(request), deps(request).now()
    async with tools.database.read() as session:
        wanted = parse_id(request.path_params["patient_id"])
        patient = await patient_by_id(session, who, Action.OPEN_IN_EMERGENCY, wanted)
        opened = await emergency_for(session, who, patient.id, now)
    await note_read(tools, who, Subject("Patient", patient.id, patient.id), "emergency form")
    context = {"patient": patient, "values": values, "errors": errors, "minutes": int(LENGTH.total_seconds() // 60)}
    left = minutes_left(opened.ends_at, now) if opened else 0
    return render(request, "directory/emergency.html", status, left=left, **context)


_OPEN = staff(Action.OPEN_IN_EMERGENCY)

routes: list[BaseRoute] = [
    page("/patients/{patient_id}/emergency", show_emergency, _OPEN),
    page("/patients/{patient_id}/emergency", open_record, fresh(_OPEN), "POST"),
    page("/emergencies", show_emergencies, _OPEN),
    page("/emergencies/{emergency_id}/close", close_record, _OPEN, "POST"),
]
