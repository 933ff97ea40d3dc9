"""What waits for the reader among written consults and answers: a page of its own, and a part of others."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Role
from server.audit import Subject, note_read
from server.consults.thread_rules import standing
from server.consults.waiting_store import waiting_for
from server.web import actor, deps, page, render, staff


async def show_waiting(request: Request) -> Response:
    """Show it; as a part of a page when htmx asks for one, where nothing is shown when nothing waits.

    A specialist's Today lists what is to be answered by itself, so that it is left out there (`?on=today`).
    """
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        waiting = await waiting_for(session, who)
    await note_read(tools, who, Subject("ServiceRequest"), f"waiting, {len(waiting)} consults")
    part = request.headers.get("hx-request")
    name = "consults/_waiting.html" if part else "consults/waiting.html"
    listed = request.query_params.get("on") == "today" and Role.SPECIALIST in who.roles
    return render(request, name, waiting=waiting, listed=listed, standing=standing, now=tools.now())


routes: list[BaseRoute] = [page("/consults/waiting", show_waiting, staff(Action.READ_CONSULT))]
