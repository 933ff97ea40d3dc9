"""The way to a patient's own account: asked for when a visit is over, opened by a mail. GET never spends the link."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Actor
from server.identity import (
    STAFF_COOKIE,
    Opening,
    SignIn,
    act_as_patient,
    look_at_opening,
    refused_password,
    sign_out,
)
from server.kit import N_, Conflict, Form, Invalid, Secret
from server.outbox import can_send
from server.visits.link_request import limit_links
from server.visits.mail import patient_email
from server.visits.portal_actions import AccountForm, add_own_patient, ask_for_account, open_own_account
from server.visits.portal_rules import may_have_account
from server.visits.portal_store import patient_of_link
from server.visits.rules import masked_email
from server.visits.store import Visit, visit_by_id
from server.web import PUBLIC, actor, client_address, deps, page, patients, render, see_other, set_cookie, use_language

NOT_CHOSEN = N_("This is not the password that you chose after your visit. Try again.")


async def show_ask(request: Request) -> Response:
    """Ask for e-mail and password, or once the mail is on its way, say so."""
    visit = await _visit(request)
    if not offers_account(request, visit):
        return see_other("/visit")
    if "sent" in request.query_params:
        return render(request, "portal/sent.html", clinic=visit.clinic)
    return _ask(request, visit, {}, {})


async def ask(request: Request) -> Response:
    """Send the mail that opens the account."""
    visit = await _visit(request)
    if not offers_account(request, visit):
        return see_other("/visit")
    async with request.form() as posted:
        form, password = Form(dict(posted)), str(posted.get("password", ""))
    try:
        typed = _read(form, password, patient_email(deps(request), visit))
    except Invalid as error:
        return _ask(request, visit, error.values, error.errors, error.status)
    await ask_for_account(deps(request), actor(request), visit, typed)
    return see_other("/visit/account?sent=1")


async def show_opening(request: Request) -> Response:
    """Show what the mailed link opens and what is needed for it."""
    await limit_links(request)
    return await _opening_page(request)


async def take_opening(request: Request) -> Response:
    """Make the account, or add the visits to the one that is signed in; either leads to one's visits."""
    await limit_links(request)
    opening = await look_at_opening(deps(request), request.path_params["token"])
    try:
        who = _holder(request, opening)
        secret = await (_add(request, who) if who else _open(request))
    except Conflict:
        return await _opening_page(request, status=409)
    if secret is None:
        return await _opening_page(request, {"password": NOT_CHOSEN}, 422)
    response = see_other("/my")
    set_cookie(
        response,
        deps(request).settings,
        STAFF_COOKIE,
        secret.text,
        max_age=deps(request).settings.session_hours * 3600,
    )
    return response


def offers_account(request: Request, visit: Visit) -> bool:
    """Tell whether to offer an account: after a visit with a clinician, where mail can be sent."""
    fits = may_have_account(visit.encounter.status, visit.encounter.admitted_at)
    return fits and can_send(deps(request).settings)


async def _add(request: Request, who: Actor) -> Secret:
    patient_id = await add_own_patient(deps(request), who, request.path_params["token"])
    return await act_as_patient(deps(request), who, patient_id)


async def _open(request: Request) -> Secret | None:
    password = str((await request.form()).get("password", ""))
    how = SignIn(client_address(request), request.headers.get("user-agent", ""))
    secret = await open_own_account(deps(request), request.path_params["token"], password, how)
    if secret is not None and (before := _account(request)) is not None:
        await sign_out(deps(request), before)
    return secret


async def _opening_page(request: Request, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    tools = deps(request)
    opening = await look_at_opening(tools, request.path_params["token"])
    async with tools.database.read() as session:
        patient, organization = await patient_of_link(session, opening.link)
    use_language(request, patient.language)
    context: dict[str, Any] = {
        "state": opening.state,
        "known": opening.holder.in_use,
        "signed_in": _holder(request, opening),
    }
    context["other"] = None if context["signed_in"] else _account(request)
    return render(request, "portal/open.html", status, organization=organization, errors=errors or {}, **context)


def _holder(request: Request, opening: Opening) -> Actor | None:
    """Give who is signed in, when it is the account that the link's address has already."""
    who, account = _account(request), opening.holder.account
    return who if who and account and opening.holder.in_use and who.account_id == account.id else None


def _account(request: Request) -> Actor | None:
    found: Actor | None = request.state.staff or request.state.portal
    return found


def _read(form: Form, password: str, on_file: str) -> AccountForm:
    name = form.text("name", N_("Enter your name."), 120)
    email = form.email("email", required=not on_file) or on_file
    if problem := refused_password(password, (email, name)):
        form.wrong("password", problem)
    form.check()
    return AccountForm(name, email, password)


def _ask(request: Request, visit: Visit, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    address = masked_email(patient_email(deps(request), visit))
    context: dict[str, Any] = {"clinic": visit.clinic, "address": address, "values": values, "errors": errors}
    return render(request, "portal/ask.html", status, **context)


async def _visit(request: Request) -> Visit:
    who = actor(request)
    async with deps(request).database.read() as session:
        visit = await visit_by_id(session, who, Action.ATTEND_VISIT, who.encounter_id)
    use_language(request, visit.patient.language)
    return visit


_ATTEND = patients(Action.ATTEND_VISIT)

routes: list[BaseRoute] = [
    page("/visit/account", show_ask, _ATTEND),
    page("/visit/account", ask, _ATTEND, "POST"),
    page("/my/open/{token}", show_opening, PUBLIC),
    page("/my/open/{token}", take_opening, PUBLIC, "POST"),
]
