"""From a visit's link to changing and booking visits: the one question again, which binds the link to no browser."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.identity import PLAN_COOKIE, AccessLink, guest_of, may_plan, open_link, prove_planner
from server.kit import Conflict, Form, Secret
from server.visits.actions import tell_staff
from server.visits.link_pages import WRONG_BIRTH_DATE
from server.visits.link_request import limit_links
from server.visits.plan_actions import plan_from
from server.visits.self_booking_pages import PLAN_SECONDS
from server.visits.store import Visit, visit_by_id
from server.web import PUBLIC, actor, client_address, deps, page, patients, render, see_other, set_cookie, use_language


async def show_question(request: Request) -> Response:
    """Ask for the date of birth; a link that is not good for this says why itself."""
    await limit_links(request)
    link, _ = await open_link(deps(request), request.path_params["token"])
    if not may_plan(link, deps(request).now()):
        return see_other(f"/v/{request.path_params['token']}")
    return await _question(request, link, {}, {})


async def answer(request: Request) -> Response:
    """Take the date of birth and lead on to the visit."""
    await limit_links(request)
    token = request.path_params["token"]
    link, _ = await open_link(deps(request), token)
    form = Form(dict(await request.form()))
    born = form.birth_date("born", deps(request).now().date())
    try:
        planner = await prove_planner(deps(request), token, born.isoformat()) if born else None
    except Conflict:
        return see_other(f"/v/{token}")
    if planner is None:
        form.wrong("born", WRONG_BIRTH_DATE)
        link, _ = await open_link(deps(request), token)
        if not may_plan(link, deps(request).now()):  # the fifth wrong answer locked it
            await tell_staff(live(request), await _visit(request, link))
            return see_other(f"/v/{token}")
        return await _question(request, link, form.values, form.errors, 422)
    return _lead_on(request, planner, "/plan")


async def plan(request: Request) -> Response:
    """Lead a patient on whose browser holds a link: to book a follow-up, or to the visit."""
    path = "/plan/book" if (await request.form()).get("then") == "book" else "/plan"
    return _lead_on(request, await plan_from(deps(request), actor(request)), path)


def _lead_on(request: Request, planner: Secret, path: str) -> Response:
    response = see_other(path)
    set_cookie(response, deps(request).settings, PLAN_COOKIE, planner.text, max_age=PLAN_SECONDS)
    return response


async def _question(
    request: Request, link: AccessLink, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    visit = await _visit(request, link)
    guest = guest_of(link, client_address(request))
    await note_read(deps(request), guest, Subject("Encounter", visit.encounter.id, visit.patient.id), "visit link")
    use_language(request, visit.patient.language)
    context = {"clinic": visit.clinic, "over": visit.is_over, "values": values, "errors": errors}
    return render(request, "plan/question.html", status, token=request.path_params["token"], **context)


async def _visit(request: Request, link: AccessLink) -> Visit:
    guest = guest_of(link, client_address(request))
    async with deps(request).database.read() as session:
        return await visit_by_id(session, guest, Action.ATTEND_VISIT, link.subject_id)


routes: list[BaseRoute] = [
    page("/v/{token}/plan", show_question, PUBLIC),
    page("/v/{token}/plan", answer, PUBLIC, "POST"),
    page("/visit/plan", plan, patients(Action.ATTEND_VISIT), "POST"),
]
