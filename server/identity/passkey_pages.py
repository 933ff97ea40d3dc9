"""Passkeys towards the browser: JSON that `static/identity/page.js` hands to the authenticator, and back."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.identity.pages import give_session, next_page, party_of, sign_in_from
from server.identity.passkey_actions import Answer, Challenge, add_passkey, ask_passkey, new_passkey, passkey_sign_in
from server.kit import N_, Form
from server.web import PUBLIC, actor, client_address, deps, fresh, page, signed_in

NAME = N_("Passkey")


def challenge(made: Challenge) -> Response:
    """Answer with what the browser's authenticator is asked."""
    return JSONResponse({"options": made.options, "token": made.token})


def answer_of(request: Request, form: Form) -> Answer:
    """Read what the browser's authenticator said."""
    return Answer(party_of(request), form.values.get("token", ""), form.values.get("credential", ""))


def passkey_name(request: Request, form: Form) -> str:
    """Read the name of a new passkey; it has one also when nothing was typed. Raises Invalid for a long one."""
    name = form.optional("name", 60)
    form.check()
    return name or deps(request).templates.translations.gettext(NAME)


async def ask_to_sign_in(request: Request) -> Response:
    """Ask the browser for a passkey of anybody."""
    await deps(request).limits.spend("passkey asked", "120/minute", client_address(request))
    return challenge(await ask_passkey(deps(request), party_of(request)))


async def sign_in_with_passkey(request: Request) -> Response:
    """Sign in with a passkey alone."""
    await deps(request).limits.spend("passkey", "60/minute", client_address(request))
    form = Form(dict(await request.form()))
    secret = await passkey_sign_in(deps(request), answer_of(request, form), sign_in_from(request))
    return await give_session(request, JSONResponse({"next": next_page(form.values.get("next", ""))}), secret)


async def ask_new_passkey(request: Request) -> Response:
    """Ask the browser to make a passkey for whoever is signed in."""
    return challenge(await new_passkey(deps(request), actor(request), party_of(request)))


async def keep_passkey(request: Request) -> Response:
    """Keep the passkey that the browser made."""
    form = Form(dict(await request.form()))
    await add_passkey(deps(request), actor(request), answer_of(request, form), passkey_name(request, form))
    return JSONResponse({"next": "/account/authenticators"})


routes: list[BaseRoute] = [
    page("/login/passkey/options", ask_to_sign_in, PUBLIC, "POST"),
    page("/login/passkey", sign_in_with_passkey, PUBLIC, "POST"),
    page("/account/passkeys/options", ask_new_passkey, fresh(signed_in()), "POST"),
    page("/account/passkeys", keep_passkey, fresh(signed_in()), "POST"),
]
