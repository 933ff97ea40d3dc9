"""What the requester posts about an answer: what they do with each item, and how it went in the end."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.calls import live
from server.consults.answer_pages import answer_page
from server.consults.answer_rules import Choice
from server.consults.case_request import consult_id
from server.consults.case_store import case_by_id
from server.consults.decision_actions import Wish, decide_item
from server.consults.outcome_actions import tell_outcome
from server.kit import N_, Conflict, Form, Invalid
from server.kit.ids import parse_id
from server.web import actor, deps, page, see_other, staff


async def post_decision(request: Request) -> Response:
    """Accept, modify or decline an item, or say next to the field what is missing."""
    form, item = Form(dict(await request.form())), request.path_params["item"]
    async with deps(request).database.read() as session:
        await case_by_id(session, actor(request), Action.CHANGE_CONSULT, consult_id(request))
    try:
        wish = _read(form, item)
        await decide_item(deps(request), live(request), actor(request), consult_id(request), wish)
    except Invalid as error:
        return await answer_page(request, error.status, values=form.values, errors=error.errors, item=item)
    except Conflict as error:
        return await answer_page(request, error.status, values=form.values, trouble=error.message)
    return see_other(f"/consults/{consult_id(request)}/answer#item-{item}")


async def post_outcome(request: Request) -> Response:
    """Tell how it went."""
    form = Form(dict(await request.form()))
    course, words = form.values.get("course", ""), form.values.get("words", "")
    try:
        await tell_outcome(deps(request), live(request), actor(request), consult_id(request), course, words)
    except Invalid as error:
        return await answer_page(request, error.status, values=form.values, errors=error.errors)
    except Conflict as error:
        return await answer_page(request, error.status, trouble=error.message)
    return see_other(f"/consults/{consult_id(request)}/answer")


def _read(form: Form, item: str) -> Wish:
    choice = form.choice("choice", list(Choice), N_("Say what you do with it."))
    due_on = form.day("due_on", N_("Choose a day.")) if form.values.get("due_on") else None
    form.check()
    owner_id = parse_id(form.values.get("owner", ""))
    reason, change = (form.values.get(name, "") for name in ("reason", "change"))
    return Wish(item, Choice(choice), reason, change, owner_id, due_on)


_CHANGE = staff(Action.CHANGE_CONSULT)

routes: list[BaseRoute] = [
    page("/consults/{consult_id}/answer/items/{item}", post_decision, _CHANGE, "POST"),
    page("/consults/{consult_id}/outcome", post_outcome, _CHANGE, "POST"),
]
