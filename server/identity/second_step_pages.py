"""Pages of the second step: the code after a right password, or a first authenticator where the role needs one."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.identity.authenticator_actions import APP_NAME, start_app
from server.identity.authenticator_rules import Asked
from server.identity.authenticator_store import pending_app
from server.identity.enrolment import drawn, enrolment
from server.identity.pages import STEP_COOKIE, give_session, next_page, party_of, sign_in_from
from server.identity.passkey_actions import add_passkey, methods_of, new_passkey
from server.identity.passkey_pages import answer_of, challenge, passkey_name
from server.identity.second_step_actions import (
    Waiting,
    answer_second_step,
    enrol_first_app,
    pass_step,
    waiting,
)
from server.kit import Conflict, Form, Invalid
from server.web import PUBLIC, client_address, deps, page, read_cookie, render, see_other


async def show_second_step(request: Request) -> Response:
    """Ask for the second step, or offer what can become one."""
    who = await _who(request)
    match who.asked:
        case Asked.FACTOR:
            return _ask(request, who, {})
        case Asked.ENROL:
            return render(request, "identity/enrol.html", named=party_of(request).is_named)
        case Asked.NOTHING:
            return see_other("/login")


async def second_step(request: Request) -> Response:
    """Take the code and start the session."""
    who = await _who(request)
    code = str((await request.form()).get("code", ""))
    try:
        passed = await answer_second_step(deps(request), who, code, sign_in_from(request))
    except Invalid as error:
        return _ask(request, who, error.errors, error.status)
    return await give_session(request, see_other(next_page(passed.wanted)), passed.secret)


async def begin_app(request: Request) -> Response:
    """Begin an authenticator app as the first second factor."""
    who = await _enrolling(request)
    await start_app(deps(request), who.actor)
    return see_other("/login/second/app")


async def show_app(request: Request) -> Response:
    """Show the secret of the app that was begun."""
    return await _app(request, await _enrolling(request), {})


async def first_code(request: Request) -> Response:
    """Take the app's first code, start the session and show the recovery codes."""
    who = await _enrolling(request)
    code = str((await request.form()).get("code", ""))
    try:
        name = deps(request).templates.translations.gettext(APP_NAME)
        passed = await enrol_first_app(deps(request), who, code, name, sign_in_from(request))
    except Invalid as error:
        return await _app(request, who, error.errors, error.status)
    shown = render(request, "identity/codes.html", codes=passed.codes, onward=next_page(passed.wanted))
    return await give_session(request, shown, passed.secret)


async def ask_first_passkey(request: Request) -> Response:
    """Ask the browser for a passkey as the first second factor."""
    who = await _enrolling(request)
    return challenge(await new_passkey(deps(request), who.actor, party_of(request)))


async def first_passkey(request: Request) -> Response:
    """Keep the passkey and start the session."""
    who = await _enrolling(request)
    form = Form(dict(await request.form()))
    row = await add_passkey(deps(request), who.actor, answer_of(request, form), passkey_name(request, form), first=True)
    passed = await pass_step(deps(request), who, sign_in_from(request), methods_of(row)[0])
    return await give_session(request, JSONResponse({"next": next_page(passed.wanted)}), passed.secret)


async def _who(request: Request) -> Waiting:
    address = client_address(request)
    return await waiting(deps(request), read_cookie(request, deps(request).settings, STEP_COOKIE), address)


async def _enrolling(request: Request) -> Waiting:
    """Give who waits, when they may add a first authenticator. Raises Conflict for somebody who has one."""
    who = await _who(request)
    if who.asked is not Asked.ENROL:
        raise Conflict
    return who


def _ask(request: Request, who: Waiting, errors: dict[str, str], status: int = 200) -> Response:
    named = party_of(request).is_named
    wanted = next_page(who.step.data["wanted"])
    return render(
        request, "identity/second.html", status, ways=who.ways, errors=errors, wanted=wanted, named=named, values={}
    )


async def _app(request: Request, who: Waiting, errors: dict[str, str], status: int = 200) -> Response:
    tools = deps(request)
    async with tools.database.read() as session:
        row = await pending_app(session, who.account_id, tools.now())
        if row is None:
            return see_other("/login/second")
        begun = await enrolment(session, tools.keyring, row)
    return render(request, "identity/enrol_app.html", status, begun=begun, code=drawn(begun), errors=errors, values={})


routes: list[BaseRoute] = [
    page("/login/second", show_second_step, PUBLIC),
    page("/login/second", second_step, PUBLIC, "POST"),
    page("/login/second/app", show_app, PUBLIC),
    page("/login/second/app", begin_app, PUBLIC, "POST"),
    page("/login/second/app/code", first_code, PUBLIC, "POST"),
    page("/login/second/passkey/options", ask_first_passkey, PUBLIC, "POST"),
    page("/login/second/passkey", first_passkey, PUBLIC, "POST"),
]
