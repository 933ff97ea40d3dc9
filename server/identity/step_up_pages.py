"""Proving again who one is (step-up): the page that asks, and what leads there without losing what was typed."""

from urllib.parse import quote, urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from server.identity.authenticator_rules import code_alone_is_enough
from server.identity.authenticator_store import ways_of
from server.identity.issuer_store import issuer_of_session
from server.identity.middleware import STAFF_COOKIE
from server.identity.pages import next_page, party_of
from server.identity.passkey_actions import ask_passkey
from server.identity.passkey_pages import answer_of, challenge
from server.identity.step_up_actions import (
    KeptForm,
    confirm_demo_person,
    confirm_with_code,
    confirm_with_passkey,
    confirm_with_password,
    keep_form,
    kept_form,
)
from server.kit import N_, Form, Invalid, NotFound, Secret, StepUpNeeded
from server.web import actor, deps, is_local, page, render, set_cookie, signed_in, this_page

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
CONFIRM = N_("Confirm that it is you, then do it again.")


async def ask_to_confirm(request: Request, _: StepUpNeeded) -> Response:
    """Answer what needs a step-up: lead to the page that asks, and keep a form that was posted until after it."""
    back = _came_from(request)
    if request.headers.get("accept", "").startswith("application/json"):
        words = deps(request).templates.translations.gettext(CONFIRM)
        body = {"error": 401, "step_up": True, "message": words, "fields": {}, "confirm": _confirm(back)}
        return JSONResponse(body, 401)
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": _confirm(back)})
    if request.method in {"GET", "HEAD"}:
        return RedirectResponse(_confirm(request.url.path), 303)
    kept = await keep_form(deps(request), request.state.staff or request.state.portal, await _posted(request, back))
    return RedirectResponse(_confirm(f"/confirm/form?kept={kept}"), 303)


async def show_confirm(request: Request) -> Response:
    """Ask the person to prove who they are."""
    return await _ask(request, request.query_params.get("next", ""), {})


async def confirm(request: Request) -> Response:
    """Take the password, or the code where that is enough, and go on."""
    async with request.form() as posted:
        typed = {name: str(value) for name, value in posted.items()}
    wanted = next_page(typed.get("next", ""))
    try:
        secret = await _proved(request, typed)
    except Invalid as error:
        return await _ask(request, wanted, error.errors, error.status)
    return _go_on(request, RedirectResponse(wanted, 303), secret)


async def ask_own_passkey(request: Request) -> Response:
    """Ask the browser for one of the person's own passkeys."""
    account_id = actor(request).account_id
    if account_id is None:
        raise NotFound
    return challenge(await ask_passkey(deps(request), party_of(request), account_id))


async def confirm_passkey(request: Request) -> Response:
    """Take the passkey and go on."""
    form = Form(dict(await request.form()))
    secret = await confirm_with_passkey(deps(request), actor(request), answer_of(request, form))
    return _go_on(request, JSONResponse({"next": next_page(form.values.get("next", ""))}), secret)


async def show_kept_form(request: Request) -> Response:
    """Offer to send what was typed before, with one press."""
    kept = await kept_form(deps(request), actor(request), request.query_params.get("kept", ""))
    return render(request, "identity/kept_form.html", kept=kept)


async def _proved(request: Request, typed: dict[str, str]) -> Secret:
    if "password" in typed:
        return await confirm_with_password(deps(request), actor(request), typed["password"])
    if "code" in typed:
        return await confirm_with_code(deps(request), actor(request), typed["code"])
    return await confirm_demo_person(deps(request), actor(request))


def _go_on(request: Request, response: Response, secret: Secret) -> Response:
    settings = deps(request).settings
    set_cookie(response, settings, STAFF_COOKIE, secret.text, max_age=settings.session_hours * 3600)
    return response


async def _ask(request: Request, wanted: str, errors: dict[str, str], status: int = 200) -> Response:
    who, tools = actor(request), deps(request)
    async with tools.database.read() as session:
        ways = await ways_of(session, who.account_id)
        issuer = await issuer_of_session(session, who)
    return render(
        request,
        "identity/confirm.html",
        status,
        ways=ways,
        issuer=issuer if issuer and issuer.disabled_at is None else None,
        wanted=next_page(wanted),
        by_code=code_alone_is_enough(ways),
        by_button=tools.settings.is_demo and not (ways.ways_in or ways.apps),
        named=party_of(request).is_named,
        values={},
        errors=errors,
    )


async def _posted(request: Request, back: str) -> KeptForm:
    """Read what was posted; files are not kept, and neither is what is no form."""
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return KeptForm(this_page(request), back, [])
    async with request.form() as posted:
        fields = [(name, value) for name, value in posted.multi_items() if not isinstance(value, UploadFile)]
    return KeptForm(this_page(request), back, fields)


def _came_from(request: Request) -> str:
    """Give the page of ours that the request was sent from, as far as the browser says so."""
    parts = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer", ""))
    if f"{parts.scheme}://{parts.netloc}" not in deps(request).settings.origins or not is_local(parts.path):
        return "/"
    return parts.path


def _confirm(wanted: str) -> str:
    return f"/confirm?next={quote(wanted)}"


routes: list[BaseRoute] = [
    page("/confirm", show_confirm, signed_in()),
    page("/confirm", confirm, signed_in(), "POST"),
    page("/confirm/passkey/options", ask_own_passkey, signed_in(), "POST"),
    page("/confirm/passkey", confirm_passkey, signed_in(), "POST"),
    page("/confirm/form", show_kept_form, signed_in()),
]
