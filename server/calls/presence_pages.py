"""What people see of presence: colleagues on Today, and their own state in the head of every page of staff."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.calls.hub import live
from server.calls.presence_actions import set_availability
from server.calls.presence_rules import CHOICES, Choice, Shown, back_at, minutes_since
from server.calls.presence_store import choice_of, colleagues_of, own_choice
from server.directory import working_zone
from server.kit import N_, Form, Invalid
from server.web import actor, deps, page, render, see_other, staff

ON_TODAY = 30
"""So many colleagues are listed there: those who can be reached come first, and a thousand are more than is read."""


async def show_colleagues(request: Request) -> Response:
    """Show the other clinicians of the organization, with what is known of their being there; on Today the first."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        people = [one for one in await colleagues_of(session, tools, who) if one.account_id != who.account_id]
        zone = await working_zone(session, who)
    now = tools.now()
    away = {one.account_id: minutes_since(one.last_seen, now) for one in people if one.last_seen}
    part = bool(request.headers.get("hx-request"))
    template = "calls/_colleagues.html" if part else "calls/colleagues.html"
    return render(request, template, people=people, shown=ON_TODAY if part else len(people), away=away, zone=zone)


async def show_own(request: Request) -> Response:
    """Show the menu of one's own state, alone."""
    return render(request, "calls/_own.html", **await _own(request))


async def show_status(request: Request) -> Response:
    """Show the same on a page of its own, which needs no script."""
    return render(request, "calls/status.html", **await _own(request))


async def take_status(request: Request) -> Response:
    """Keep what a person says of themselves."""
    form = Form(dict(await request.form()))
    try:
        choice = await _choice(request, form)
    except Invalid as error:
        context = await _own(request) | {"values": error.values, "errors": error.errors}
        return render(request, "calls/status.html", error.status, **context)
    await set_availability(deps(request), live(request), actor(request), choice)
    return await show_own(request) if request.headers.get("hx-request") else see_other("/status")


async def _choice(request: Request, form: Form) -> Choice:
    status, until = form.choice("status", CHOICES), None
    if form.values.get("back") and status != Shown.AVAILABLE:
        async with deps(request).database.read() as session:
            zone = await working_zone(session, actor(request))
        until = back_at(form.values["back"], deps(request).now(), zone)
        if until is None:
            form.wrong("back", N_("Enter a time, like 14:00."))
    form.check()
    return Choice(Shown(status), until)


async def _own(request: Request) -> dict[str, Any]:
    async with deps(request).database.read() as session:
        choice = choice_of(await own_choice(session, actor(request))).at(deps(request).now())
        zone = await working_zone(session, actor(request))
    return {"choice": choice, "choices": CHOICES, "zone": zone, "values": {}, "errors": {}}


_STAFF = staff(Action.READ_DIRECTORY)

routes: list[BaseRoute] = [
    page("/today/colleagues", show_colleagues, _STAFF),
    page("/status", show_status, _STAFF),
    page("/status/own", show_own, _STAFF),
    page("/status", take_status, _STAFF, "POST"),
]
