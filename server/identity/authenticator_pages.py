"""A person's ways to sign in: passkeys, authenticator apps, the password and recovery codes; add, rename, remove."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.identity.authenticator_actions import (
    APP_NAME,
    confirm_app,
    remove_authenticator,
    remove_password,
    rename_authenticator,
    start_app,
)
from server.identity.authenticator_rules import Part, refuses_removal, typed_code
from server.identity.authenticator_store import (
    account_by_id,
    authenticator_by_id,
    authenticators_of,
    codes_left,
    codes_made_at,
    pending_app,
    ways_of,
)
from server.identity.enrolment import drawn, enrolment
from server.identity.issuer_limits import may_change_ways, require_own_ways
from server.identity.pages import party_of
from server.identity.recovery_code_actions import make_recovery_codes
from server.kit import N_, Form, Invalid
from server.kit.ids import parse_id
from server.web import SIGN_IN_YOURSELF, actor, deps, fresh, page, render, see_other, signed_in

HERE = "/account/authenticators"


async def show_authenticators(request: Request) -> Response:
    """List what the account can be proved with."""
    who, tools = actor(request), deps(request)
    async with tools.database.read() as session:
        account = await account_by_id(session, who.account_id)
        ways = await ways_of(session, account.id)
        rows = await authenticators_of(session, account.id)
        codes = await codes_left(session, account.id), await codes_made_at(session, account.id)
        may_change = await may_change_ways(session, who)
    return render(
        request,
        "identity/authenticators.html",
        account=account,
        ways=ways,
        passkeys=[row for row in rows if row.kind == Part.PASSKEY],
        apps=[row for row in rows if row.kind == Part.APP],
        kept={part.value: refuses_removal(part, ways) for part in Part},
        codes=codes,
        now=tools.now(),
        may_change=may_change,
        why_not="" if may_change else SIGN_IN_YOURSELF,
        named=party_of(request).is_named,
    )


async def begin_app(request: Request) -> Response:
    """Begin an authenticator app."""
    await start_app(deps(request), actor(request))
    return see_other(f"{HERE}/app")


async def show_app(request: Request) -> Response:
    """Show the secret of the app that was begun; without one, the list."""
    return await _app(request, {}, {})


async def keep_app(request: Request) -> Response:
    """Let the app count upon its first code, and show recovery codes when there are none yet."""
    form = Form(dict(await request.form()))
    name = form.optional("name", 60) or deps(request).templates.translations.gettext(APP_NAME)
    try:
        form.check()
        await confirm_app(deps(request), actor(request), typed_code(form.values.get("code", "")), name)
    except Invalid as error:
        return await _app(request, form.values, error.errors, error.status)
    async with deps(request).database.read() as session:
        left = await codes_left(session, actor(request).account_id)
    return see_other(HERE) if left else await make_codes(request)


async def rename(request: Request) -> Response:
    """Give a passkey or an app another name."""
    async with deps(request).database.read() as session:  # what is another's is not found, whatever was posted
        await authenticator_by_id(session, actor(request).account_id, _wanted(request))
    form = Form(dict(await request.form()))
    name = form.text("name", N_("Type a name."), 60)
    form.check()
    await rename_authenticator(deps(request), actor(request), _wanted(request), name)
    return see_other(HERE)


async def remove(request: Request) -> Response:
    """Remove a passkey or an app."""
    await remove_authenticator(deps(request), actor(request), _wanted(request))
    return see_other(HERE)


async def forget_password(request: Request) -> Response:
    """Remove the password."""
    await remove_password(deps(request), actor(request))
    return see_other(HERE)


async def make_codes(request: Request) -> Response:
    """Make recovery codes and show them this once."""
    codes = await make_recovery_codes(deps(request), actor(request))
    return render(request, "identity/codes.html", codes=codes, onward=HERE)


async def _app(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    tools = deps(request)
    async with tools.database.read() as session:
        await require_own_ways(session, actor(request))
        row = await pending_app(session, actor(request).account_id, tools.now())
        if row is None:
            return see_other(HERE)
        begun = await enrolment(session, tools.keyring, row)
    return render(
        request, "identity/add_app.html", status, begun=begun, code=drawn(begun), values=values, errors=errors
    )


def _wanted(request: Request) -> UUID | None:
    return parse_id(request.path_params["authenticator_id"])


routes: list[BaseRoute] = [
    page(HERE, show_authenticators, signed_in()),
    page(f"{HERE}/app", show_app, fresh(signed_in())),
    page(f"{HERE}/app", begin_app, fresh(signed_in()), "POST"),
    page(f"{HERE}/app/code", keep_app, fresh(signed_in()), "POST"),
    page(f"{HERE}/codes", make_codes, fresh(signed_in()), "POST"),
    page(f"{HERE}/password/remove", forget_password, fresh(signed_in()), "POST"),
    page(f"{HERE}/{{authenticator_id}}/rename", rename, fresh(signed_in()), "POST"),
    page(f"{HERE}/{{authenticator_id}}/remove", remove, fresh(signed_in()), "POST"),
]
