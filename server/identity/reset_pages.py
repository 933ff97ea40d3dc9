"""Passwords: forgotten and replaced by a mailed link, or changed by somebody who is signed in."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.identity.account_link_actions import (
    account_of_reset,
    ask_for_reset,
    change_password,
    reset_password,
)
from server.identity.issuer_limits import require_own_ways
from server.identity.password_rules import refused_password
from server.identity.store import account_email
from server.identity.tables import Account
from server.kit import Form, Invalid
from server.web import PUBLIC, actor, client_address, deps, fresh, page, render, signed_in


async def show_forgot(request: Request) -> Response:
    """Ask for the e-mail of a forgotten password."""
    return render(request, "identity/forgot.html", values={}, errors={}, sent=False)


async def forgot(request: Request) -> Response:
    """Promise a mail, in the same words whether or not anybody has this e-mail."""
    form = Form(dict(await request.form()))
    email = form.email("email")
    if form.errors:
        return render(request, "identity/forgot.html", 422, values=form.values, errors=form.errors, sent=False)
    limits = deps(request).limits
    await limits.spend("reset address", "30/hour", client_address(request))
    await limits.spend("reset mail", "3/hour", email)
    await ask_for_reset(deps(request), email, client_address(request))
    return render(request, "identity/forgot.html", values={"email": email}, errors={}, sent=True)


async def show_reset(request: Request) -> Response:
    """Ask for the new password; the link is not spent by looking."""
    await deps(request).limits.spend("account link", "60/minute", client_address(request))
    account = await account_of_reset(deps(request), request.path_params["token"])
    return _reset_form(request, account, {})


async def reset(request: Request) -> Response:
    """Take the new password and spend the link; whoever did it signs in with it next."""
    await deps(request).limits.spend("account link", "60/minute", client_address(request))
    token = request.path_params["token"]
    account = await account_of_reset(deps(request), token)
    password = await posted_password(request)
    if wrong := refused_password(password, _names(request, account)):
        return _reset_form(request, account, {"password": wrong}, 422)
    await reset_password(deps(request), token, password)
    return render(request, "identity/reset.html", errors={}, email="", done=True)


async def show_password(request: Request) -> Response:
    """Show the form that changes one's own password."""
    return await _password_form(request, {})


async def update_password(request: Request) -> Response:
    """Change one's own password; other browsers are signed out."""
    account = await _own(request)
    form = await request.form()
    old, new = str(form.get("old", "")), str(form.get("password", ""))
    wrong = refused_password(new, _names(request, account))
    if wrong:
        return await _password_form(request, {"password": wrong}, 422)
    await deps(request).limits.spend("password change", "10/hour", str(account.id))
    try:
        await change_password(deps(request), actor(request), old[:1000], new)
    except Invalid as error:
        return await _password_form(request, error.errors, error.status)
    return await _password_form(request, {}, saved=True)


async def posted_password(request: Request) -> str:
    """Read a password as it was typed: it may begin or end with a space."""
    return str((await request.form()).get("password", ""))


def _reset_form(request: Request, account: Account, errors: dict[str, str], status: int = 200) -> Response:
    email = account_email(deps(request).keyring, account)
    return render(request, "identity/reset.html", status, errors=errors, email=email, done=False)


async def _password_form(
    request: Request, errors: dict[str, str], status: int = 200, *, saved: bool = False
) -> Response:
    account = await _own(request)
    values = {"email": account_email(deps(request).keyring, account), "has_one": account.password_hash is not None}
    return render(request, "identity/password.html", status, errors=errors, saved=saved, **values)


async def _own(request: Request) -> Account:
    async with deps(request).database.read() as session:
        await require_own_ways(session, actor(request))
        return await session.get_one(Account, actor(request).account_id)


def _names(request: Request, account: Account) -> Iterable[str]:
    return account.name, account_email(deps(request).keyring, account)


routes: list[BaseRoute] = [
    page("/forgot", show_forgot, PUBLIC),
    page("/forgot", forgot, PUBLIC, "POST"),
    page("/reset/{token}", show_reset, PUBLIC),
    page("/reset/{token}", reset, PUBLIC, "POST"),
    page("/account/password", show_password, fresh(signed_in())),
    page("/account/password", update_password, fresh(signed_in()), "POST"),
]
