"""The answer of a case: written as a draft, signed, read, and added to; and the list of a patient's answers."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, refusal
from server.audit import Subject, note_read
from server.calls import live
from server.consults.answer_actions import add_addendum, mark_settled, save_draft, sign_answer
from server.consults.answer_form import typed, with_item, without_item
from server.consults.answer_store import answers_of_patient, draft_in
from server.consults.answer_view import WORDS, kinds_to_add, view_of
from server.consults.case_request import consult_id
from server.consults.case_store import case_by_id, talk_of
from server.consults.case_view import asked_words
from server.consults.outcome_actions import mark_read
from server.directory import patient_by_id
from server.kit import Conflict, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.web import actor, deps, during_call, large_form, page, render, see_other, staff


async def show_answer(request: Request) -> Response:
    """Show the answer, or the form for it to who writes it; as a part of the case's page when htmx asks for one."""
    return await answer_page(request)


async def post_draft(request: Request) -> Response:
    """Save the draft, perhaps with an item more or less; a newer draft is told and nothing is lost."""
    form = Form(dict(await request.form()))
    values: Mapping[str, str] = typed(form.values)
    if kind := form.values.get("add"):
        values = with_item(values, kind)
    elif key := form.values.get("remove"):
        values = without_item(values, key)
    try:
        await save_draft(deps(request), actor(request), consult_id(request), values, _version(form))
    except Conflict as error:
        return await answer_page(request, error.status, values=values, trouble=error.message)
    added = dict(values).get("items", "").split()
    where = f"#{added[-1]}.what" if form.values.get("add") and added else ""
    return see_other(f"/consults/{consult_id(request)}/answer?saved=1{where}")


async def post_sign(request: Request) -> Response:
    """Sign the answer, or say next to the field what must be mended before."""
    form = Form(dict(await request.form()))
    values = typed(form.values)
    try:
        await sign_answer(deps(request), live(request), actor(request), consult_id(request), values, _version(form))
    except Invalid as error:
        return await answer_page(request, error.status, values=values, errors=error.errors)
    except Conflict as error:
        return await answer_page(request, error.status, values=values, trouble=error.message)
    return see_other(f"/consults/{consult_id(request)}/answer")


async def post_addendum(request: Request) -> Response:
    """Add to the signed answer."""
    form = Form(dict(await request.form()))
    body, key = form.values.get("addendum", ""), parse_id(form.values.get("key", "")) or new_id()
    try:
        await add_addendum(deps(request), live(request), actor(request), consult_id(request), key, body)
    except Invalid as error:
        return await answer_page(request, error.status, values=form.values, errors=error.errors)
    return see_other(f"/consults/{consult_id(request)}/answer")


async def show_answers_of_patient(request: Request) -> Response:
    """Show a patient's signed answers; as a part of a page it says so without a tie, else it raises Forbidden."""
    tools, who = deps(request), actor(request)
    patient_id = parse_id(request.path_params["patient_id"])
    async with tools.database.read() as session:
        patient = await patient_by_id(session, who, Action.READ_PATIENT, patient_id)
        found = await answers_of_patient(session, tools, who, patient_id)
    part = bool(request.headers.get("hx-request"))
    if not found.decision.allowed and not part:
        raise refusal(Action.READ_CONSULT, found.decision, found.facts)
    if found.decision.allowed:
        await note_read(tools, who, Subject("DocumentReference", None, patient.id), found.decision.why)
    context: dict[str, Any] = {"patient": patient, "answers": found.answers, "allowed": found.decision.allowed}
    name = "consults/_of_patient.html" if part else "consults/of_patient.html"
    return render(request, name, **context)


async def answer_page(
    request: Request,
    status: int = 200,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    trouble: str = "",
    item: str = "",
) -> Response:
    """Show the page with what was typed and what is wrong with it; `item` is which item the errors are about."""
    tools = deps(request)
    async with tools.database.read() as session:
        case = await case_by_id(session, actor(request), Action.READ_CONSULT, consult_id(request))
        view, talk = await view_of(session, tools, case), await talk_of(session, case)
    await note_read(tools, case.actor, Subject("DocumentReference", case.consult.id, case.consult.patient_id), case.why)
    await mark_read(tools, case, view.outcome)
    await mark_settled(tools, case, view.document)
    context: dict[str, Any] = {
        "case": case,
        "view": view,
        "talk": talk,
        "values": dict(values) if values is not None else dict(view.draft),
        "other": draft_in(tools.keyring, view.row) if trouble and view.may_answer else None,
        "key": str(new_id()),
        "errors": dict(errors or {}),
        "trouble": trouble,
        "item_at_fault": item,
        "saved": request.method == "GET" and "saved" in request.query_params,
        "to_add": kinds_to_add(),
        "zone": case.clinic.time_zone,
        "now": tools.now(),
        **WORDS,
        **asked_words(tools.keyring, case),
    }
    part = request.headers.get("hx-request")
    return render(request, "consults/_answer.html" if part else "consults/answer.html", status, **context)


def _version(form: Form) -> int:
    return form.whole("version", 0, 999_999, "") or 0


_READ, _ANSWER = during_call(staff(Action.READ_CONSULT)), large_form(during_call(staff(Action.ANSWER_CONSULT)))
_PATH = "/consults/{consult_id}/answer"

routes: list[BaseRoute] = [
    page(_PATH, show_answer, _READ),
    page(_PATH, post_draft, _ANSWER, "POST"),
    page(f"{_PATH}/sign", post_sign, _ANSWER, "POST"),
    page(f"{_PATH}/addendum", post_addendum, _ANSWER, "POST"),
    page("/patients/{patient_id}/consults", show_answers_of_patient, staff(Action.READ_CONSULT)),
]
