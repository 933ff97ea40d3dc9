"""Staff's pages: Today, a visit's own page, and what is done to a visit from there."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.kit import Form
from server.kit.ids import parse_id
from server.outbox import delivery_of
from server.visits import (
    account_pages,
    actions,
    attendance_pages,
    booking_pages,
    calendar_pages,
    call_pages,
    callback_pages,
    care_team_pages,
    change_pages,
    find_pages,
    invite_pages,
    link_pages,
    patient_pages,
    plan_link_pages,
    plan_pages,
    portal_pages,
    reminder_pages,
    self_booking_pages,
    series_pages,
    waitlist_offer_pages,
    waitlist_pages,
)
from server.visits.attendance_pages import back_to
from server.visits.day import day_of
from server.visits.history import show_history
from server.visits.rules import LATE_CHOICES
from server.visits.sheet import show_sheet
from server.visits.store import visit_by_id
from server.web import actor, deps, during_call, page, render, staff


async def show_today(request: Request) -> Response:
    """Show the day; the lines and the waiting room are refreshed in place when something changed."""
    return await _today(request, "visits/today.html")


async def show_lines(request: Request) -> Response:
    """Show the day's lines alone."""
    return await _today(request, "visits/_lines.html")


async def show_waiting(request: Request) -> Response:
    """Show the waiting room alone."""
    return await _today(request, "visits/_waiting.html")


async def _today(request: Request, template: str) -> Response:
    day = await day_of(deps(request), actor(request))
    await note_read(deps(request), actor(request), Subject("Appointment"), f"today, {len(day.lines)} visits")
    return render(request, template, day=day, late_choices=LATE_CHOICES)


async def show_visit(request: Request) -> Response:
    """Show a visit's own page."""
    return await show_sheet(request, _id(request), "")


async def show_delivery(request: Request) -> Response:
    """Show whether the visit's mail went out."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.MANAGE_VISIT, _id(request))
        delivery = await delivery_of(session, who, visit.encounter.id)
    about = Subject("Encounter", visit.encounter.id, visit.patient.id)
    await note_read(tools, who, about, visit.why)
    return render(request, "visits/_delivery.html", delivery=delivery, is_demo=tools.settings.is_demo)


async def renew_link(request: Request) -> Response:
    """Make a new link and show it once; also send it when asked to."""
    send = bool((await request.form()).get("send"))
    text = await actions.renew_link(deps(request), live(request), actor(request), _id(request), send=send)
    return await show_sheet(request, _id(request), text)


async def unlock(request: Request) -> Response:
    """Let a locked link be tried again."""
    await actions.unlock(deps(request), live(request), actor(request), _id(request))
    return await _back(request)


async def let_device_in(request: Request) -> Response:
    """Let the device that asks take over."""
    await actions.let_device_in(deps(request), live(request), actor(request), _id(request))
    return await _back(request)


async def announce_delay(request: Request) -> Response:
    """Tell the patient how many minutes later it will be."""
    tools = deps(request)
    async with tools.database.read() as session:  # who has no tie is told that, whatever was posted
        await visit_by_id(session, actor(request), Action.MANAGE_VISIT, _id(request))
    form = Form(dict(await request.form()))
    minutes = form.choice("minutes", [str(choice) for choice in LATE_CHOICES])
    form.check()
    await actions.announce_delay(tools, live(request), actor(request), _id(request), int(minutes))
    return await _back(request)


async def _back(request: Request) -> Response:
    return back_to(request, await request.form())


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["encounter_id"])


_MANAGE = staff(Action.MANAGE_VISIT)

routes: list[BaseRoute] = [
    page("/today", show_today, staff(Action.SEE_TODAY)),
    page("/today/visits", show_lines, staff(Action.SEE_TODAY)),
    page("/today/waiting", show_waiting, staff(Action.SEE_TODAY)),
    *attendance_pages.routes,
    *booking_pages.routes,
    *find_pages.routes,
    *series_pages.routes,
    *calendar_pages.routes,
    *call_pages.routes,
    *callback_pages.routes,
    *care_team_pages.routes,
    *change_pages.routes,
    *invite_pages.routes,
    page("/patients/{patient_id}/visits", show_history, staff(Action.READ_RECORD)),
    page("/visits/{encounter_id}", show_visit, staff(Action.READ_VISIT)),
    page("/visits/{encounter_id}/delivery", show_delivery, _MANAGE),
    page("/visits/{encounter_id}/link", renew_link, _MANAGE, "POST"),
    page("/visits/{encounter_id}/unlock", unlock, _MANAGE, "POST"),
    page("/visits/{encounter_id}/let-in", let_device_in, during_call(_MANAGE), "POST"),
    page("/visits/{encounter_id}/late", announce_delay, during_call(_MANAGE), "POST"),
    *link_pages.routes,
    *reminder_pages.routes,
    *waitlist_offer_pages.routes,
    *waitlist_pages.routes,
    *patient_pages.routes,
    *account_pages.routes,
    *plan_link_pages.routes,
    *plan_pages.routes,
    *portal_pages.routes,
    *self_booking_pages.routes,
]
