"""What staff say of who came, from Today and the visit's own page: checked in, a no-show, and both taken back."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.calls import live
from server.kit.ids import parse_id
from server.visits import attendance_actions as actions
from server.web import actor, deps, page, see_other, staff


async def check_in(request: Request) -> Response:
    """Check the patient in, or take it back."""
    form = await request.form()
    act = actions.check_in if form.get("undo") is None else actions.undo_check_in
    await act(deps(request), live(request), actor(request), _id(request))
    return back_to(request, form)


async def mark_no_show(request: Request) -> Response:
    """Mark a no-show, or take it back."""
    form = await request.form()
    missed = form.get("undo") is None
    await actions.mark_no_show(deps(request), live(request), actor(request), _id(request), missed=missed)
    return back_to(request, form)


def back_to(request: Request, form: Mapping[str, object]) -> Response:
    """Lead back to where a small form was: the visit's own page or Today, which htmx leaves as it is."""
    if request.headers.get("hx-request"):
        return Response(status_code=204)
    return see_other(f"/visits/{_id(request)}" if form.get("back") == "sheet" else "/today")


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["encounter_id"])


_MANAGE = staff(Action.MANAGE_VISIT)

routes: list[BaseRoute] = [
    page("/visits/{encounter_id}/check-in", check_in, _MANAGE, "POST"),
    page("/visits/{encounter_id}/no-show", mark_no_show, _MANAGE, "POST"),
]
