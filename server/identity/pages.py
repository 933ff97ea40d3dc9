"""Sign-in and sign-out."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Actor, may
from server.identity import oidc_pages
from server.identity.actions import SignIn, demo_account, sign_in, sign_out, start_session
from server.identity.middleware import STAFF_COOKIE
from server.kit import N_, Form, Invalid, Secret
from server.web import PUBLIC, deps, is_local, page, render, see_other, set_cookie, signed_in

# role of the demo account, the word on its button
DEMO_PEOPLE = (
    ("pcp", N_("Primary care doctor")),
    ("psychiatrist", N_("Psychiatrist")),
    ("caremanager", N_("Care manager")),
    ("frontdesk", N_("Front desk")),
    ("admin", N_("Administrator")),
    ("outsider", N_("Somebody from another organization")),
)


async def show_login(request: Request) -> Response:
    """Show the sign-in form; whoever is signed in goes on."""
    if request.state.staff is not None or request.state.portal is not None:
        return see_other(_next(request.query_params.get("next", "")))
    return await _form(request, {}, {})


async def login(request: Request) -> Response:
    """Sign in with e-mail and password."""
    async with request.form() as posted:
        form = Form(dict(posted))
        # as it was typed: a form's texts are trimmed, and a password may begin or end with a space
        password = str(posted.get("password", ""))
    email = form.text("email", N_("Enter your e-mail address."), 254).lower()
    form.text("password", N_("Enter your password."), 1000)
    try:
        form.check()
        await _limit(request, email)
        secret = await sign_in(deps(request), email, password, _from(request))
    except Invalid as error:
        return await _form(request, {"email": email, "next": form.values.get("next", "")}, error.errors, error.status)
    return await _signed_in(request, secret, form.values.get("next", ""))


async def demo_login(request: Request) -> Response:
    """Sign in as a demo person, in the demo only."""
    who = str((await request.form()).get("who", ""))
    account = await demo_account(deps(request), f"{who}@demo.test")
    return await _signed_in(request, await start_session(deps(request), account, _from(request)), "")


async def alive(_: Request) -> Response:
    """Keep the session of somebody who is in a call; that it was used is written on the way in."""
    return Response(status_code=204)


async def home(request: Request) -> Response:
    """Lead everybody to where their work begins: the day, the organization, one's own visits, or the sign-in page."""
    who: Actor | None = request.state.staff or request.state.portal
    return see_other(home_of(who) if who else "/login")


def home_of(who: Actor) -> str:
    """Give the first page of somebody: by what the roles are for."""
    if may(who, Action.READ_OWN_RECORD):
        return "/my"
    return "/today" if may(who, Action.SEE_TODAY) else "/admin"


async def _limit(request: Request, email: str) -> None:
    limits = deps(request).limits
    await limits.spend("sign-in address", "30/minute", _address(request))
    await limits.spend("sign-in account", "10/minute", email)


async def _form(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    people = DEMO_PEOPLE if deps(request).settings.is_demo else ()
    values = {"email": "", "next": request.query_params.get("next", ""), **values}
    issuers, by_email = await oidc_pages.login_choices(request)
    return render(
        request,
        "identity/login.html",
        status,
        values=values,
        errors=errors,
        people=people,
        issuers=issuers,
        by_email=by_email,
    )


async def _signed_in(request: Request, secret: Secret, wanted: str) -> Response:
    """Give the new session's cookie; the one that this browser held before ends."""
    if who := request.state.staff or request.state.portal:
        await sign_out(deps(request), who)
    response = see_other(_next(wanted))
    settings = deps(request).settings
    set_cookie(response, settings, STAFF_COOKIE, secret.text, max_age=settings.session_hours * 3600)
    return response


def _next(wanted: str) -> str:
    return wanted if is_local(wanted) else "/"


def _from(request: Request) -> SignIn:
    return SignIn(_address(request), request.headers.get("user-agent", ""))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


routes: list[BaseRoute] = [
    page("/", home, PUBLIC),
    page("/login", show_login, PUBLIC),
    page("/login", login, PUBLIC, "POST"),
    page("/login/demo", demo_login, PUBLIC, "POST"),
    page("/alive", alive, signed_in(), "POST"),
    *oidc_pages.routes,
]
