"""A patient's own visit, by its link or with an account: when it is, another time for it, cancelling it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.calls import live
from server.kit import Conflict, Form
from server.scheduling import CancelReason, SlotTaken, visit_types
from server.visits.call import visit_words
from server.visits.change_actions import cancel_visit
from server.visits.plan_actions import move_own_visit, sought_to_move
from server.visits.plan_frame import Plan, may_change, plan_of, show, visit_of
from server.visits.plan_rules import differ, read_choice, read_day
from server.visits.plan_store import last_state, own_times, visit_type_of
from server.visits.plan_times import PARTS, Asked, Known, Times, times_for
from server.visits.store import Safety, Visit
from server.web import actor, deps, page, planners, portal, see_other


async def show_visit(request: Request) -> Response:
    """Show a visit, and what its patient can do with it."""
    visit, plan = await visit_of(request), await plan_of(request)
    async with deps(request).database.read() as session:
        kind = await visit_type_of(session, visit.appointment)
        books = bool(await visit_types(session, actor(request), self_bookable=True))
    context: dict[str, Any] = {"kind": kind, "books": books, "news": request.query_params.get("news", "")}
    return _show(request, plan, "visit", visit, **context)


async def show_times(request: Request) -> Response:
    """Show the times to which the visit can be moved."""
    visit, plan = await visit_of(request), await plan_of(request)
    if not _is_movable(request, visit):
        return _late(request, plan, visit)
    return _times(request, plan, visit, await _times_of(request, visit))


async def choose_time(request: Request) -> Response:
    """Ask whether the chosen time is meant, and then move the visit there."""
    visit, plan = await visit_of(request), await plan_of(request)
    if not _is_movable(request, visit):
        return _late(request, plan, visit)
    form = Form(dict(await request.form()))
    chosen = read_choice(form.values.get("at", ""))
    if chosen is None:
        return see_other(f"{plan.visit_path(visit.encounter.id)}/time")
    if not form.ticked("sure"):
        minutes = visit.appointment.ends_at - visit.appointment.starts_at
        context: dict[str, Any] = {"to": chosen[0], "ends": chosen[0] + minutes, "at": form.values["at"]}
        return _show(request, plan, "move", visit, **context)
    try:
        await move_own_visit(deps(request), live(request), actor(request), visit.encounter.id, chosen[0])
    except SlotTaken as error:
        times = await _times_of(request, visit)
        return _times(request, plan, visit, times, error.status, near=times.near(chosen[0]))
    except Conflict:
        return _late(request, plan, visit)
    return see_other(f"{plan.visit_path(visit.encounter.id)}?news=moved")


async def show_cancel(request: Request) -> Response:
    """Ask whether cancelling is meant."""
    visit, plan = await visit_of(request), await plan_of(request)
    if not may_change(request, visit):
        return _late(request, plan, visit)
    return _show(request, plan, "cancel", visit)


async def post_cancel(request: Request) -> Response:
    """Cancel the visit; twice is once."""
    visit, plan = await visit_of(request), await plan_of(request)
    try:
        await cancel_visit(deps(request), live(request), actor(request), visit.encounter.id, CancelReason.PATIENT)
    except Conflict:
        return _late(request, plan, visit)
    return see_other(f"{plan.visit_path(visit.encounter.id)}?news=cancelled")


def _is_movable(request: Request, visit: Visit) -> bool:
    """A visit with several practitioners is moved by the clinic, which asks all of them."""
    return may_change(request, visit) and len(visit.practitioners) == 1


async def _times_of(request: Request, visit: Visit) -> Times:
    who, patient = actor(request), visit.patient
    asked = Asked(day=read_day(request.query_params.get("day", "")))
    async with deps(request).database.read() as session:
        sought = sought_to_move(visit, await last_state(session, who, patient.id), deps(request).now())
        own = await own_times(session, who, patient.id, visit.appointment.id)
        return await times_for(session, who, sought, Known([visit.lead.id], own, patient.language), asked)


def _times(
    request: Request, plan: Plan, visit: Visit, times: Times, status: int = 200, near: object = None
) -> Response:
    path = plan.visit_path(visit.encounter.id)
    return _show(
        request, plan, "times_to_move", visit, status, times=times, near=near, path=f"{path}/time", parts=PARTS
    )


def _late(request: Request, plan: Plan, visit: Visit) -> Response:
    """Say that the clinic has to be called, and why."""
    joint = may_change(request, visit)
    status = 200 if request.method == "GET" else Conflict.status
    return _show(request, plan, "late", visit, status, joint=joint)


def _show(request: Request, plan: Plan, name: str, visit: Visit, status: int = 200, **context: object) -> Response:
    planned = visit.appointment
    common = {
        "visit": visit,
        "words": visit_words(visit, Safety(), plan.zone),
        "elsewhere": visit.clinic.time_zone if differ(planned.starts_at, plan.zone, visit.clinic.time_zone) else "",
        "may_change": may_change(request, visit),
        "path": plan.visit_path(visit.encounter.id),
    }
    return show(request, plan, name, status, **{**common, **context})


_LINK, _OWN = planners(Action.PLAN_OWN_VISITS), portal(Action.PLAN_OWN_VISITS)

routes: list[BaseRoute] = [
    route
    for base, policy in (("/plan", _LINK), ("/my/visits/{encounter_id}", _OWN))
    for route in (
        page(base, show_visit, policy),
        page(f"{base}/time", show_times, policy),
        page(f"{base}/time", choose_time, policy, "POST"),
        page(f"{base}/cancel", show_cancel, policy),
        page(f"{base}/cancel", post_cancel, policy, "POST"),
    )
]
