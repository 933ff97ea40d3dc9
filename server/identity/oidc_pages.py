"""Signing in and out with an OpenID provider: the way there, the way back, and what the provider tells by itself."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Actor
from server.identity.actions import SignIn, sign_out
from server.identity.issuer_store import (
    Choice,
    enabled_issuer,
    issuer_choices,
    issuer_of_session,
    issuers_by_domain,
)
from server.identity.middleware import STAFF_COOKIE
from server.identity.oidc_actions import Finished, Wish, begin_oidc, finish_oidc
from server.identity.oidc_rules import SignInRefused, Trouble, domain_of
from server.identity.oidc_session_actions import has_left, logout_address, take_logout_token
from server.identity.told_browser import told_browser
from server.kit import N_, Form, Invalid, NotFound
from server.kit.ids import parse_id
from server.web import (
    PUBLIC,
    SERVERS,
    actor,
    clear_cookie,
    client_address,
    deps,
    is_local,
    page,
    read_cookie,
    render,
    see_other,
    set_cookie,
    signed_in,
)

BROWSER_COOKIE = "curbside_oidc"
BROWSER_SECONDS = 600
# With more issuers than these the sign-in page asks for the e-mail instead of showing all of their buttons.
MOST_BUTTONS = 6
_ASK = N_("Ask your administrator to add you, or open the invitation that you were sent.")

# what went wrong -> title, and what to do next
WORDS: Mapping[Trouble, tuple[str, str]] = {
    Trouble.UNREACHABLE: (
        N_("%(label)s does not answer"),
        N_("Try again in a moment. If you have a password here, sign in with it meanwhile."),
    ),
    Trouble.CANCELLED: (
        N_("You did not sign in"),
        N_("The sign-in was stopped at %(label)s. Start again if you like."),
    ),
    Trouble.EXPIRED: (
        N_("Please start again"),
        N_("This sign-in was begun in another browser or tab, or it took longer than ten minutes."),
    ),
    Trouble.BROKEN: (
        N_("The answer of %(label)s does not fit"),
        N_("Nobody was signed in. Start again; if it stays so, tell your administrator."),
    ),
    Trouble.NO_EMAIL: (
        N_("%(label)s does not say your e-mail"),
        N_("Ask your administrator to pass on the claims email and email_verified to Curbside, or to invite you."),
    ),
    Trouble.UNVERIFIED: (
        N_("Your e-mail is not verified"),
        N_("Verify it at %(label)s and sign in again, or ask your administrator for an invitation."),
    ),
    Trouble.UNKNOWN: (N_("We do not know you yet"), _ASK),
    Trouble.NO_ROLE: (
        N_("You have no role here yet"),
        N_("Ask your administrator to give you one at %(label)s, or here under Members."),
    ),
    Trouble.DISABLED: (N_("This account is switched off"), N_("Ask your administrator if that is a mistake.")),
    Trouble.INVITATION: (
        N_("This invitation cannot be used"),
        N_("It was used, has ended, or is for an account of another organization. Ask for a new one."),
    ),
    Trouble.OTHER_PERSON: (
        N_("That was somebody else"),
        N_("Sign in at %(label)s as the person who is signed in here."),
    ),
}


async def start_oidc(
    request: Request, issuer_id: UUID | None, *, invitation_token: str = "", wanted: str = "", step_up: bool = False
) -> Response:
    """Send the browser to an issuer; for an answer to a GET as well as to a form. Raises NotFound."""
    tools, who = deps(request), _present(request)
    session_id = who.session_id if step_up and who else None
    wish = Wish(wanted if is_local(wanted) else "", invitation_token, session_id)
    await tools.limits.spend("issuer sign-in", "120/minute", client_address(request))
    try:
        begun = await begin_oidc(tools, issuer_id, wish)
    except SignInRefused as error:
        return await _refused(request, issuer_id, error)
    response = _leave(request, begun.address)
    set_cookie(response, tools.settings, BROWSER_COOKIE, begun.browser.text, max_age=BROWSER_SECONDS)
    return response


async def start(request: Request) -> Response:
    """Begin to sign in with an issuer."""
    return await start_oidc(request, _issuer_id(request), wanted=request.query_params.get("next", ""))


async def confirm(request: Request) -> Response:
    """Have the issuer of this session prove the person anew. Raises NotFound for a session of another issuer."""
    issuer_id = _issuer_id(request)
    async with deps(request).database.read() as session:
        issuer = await issuer_of_session(session, actor(request))
    if issuer is None or issuer.id != issuer_id:
        raise NotFound
    return await start_oidc(request, issuer_id, wanted=request.query_params.get("next", ""), step_up=True)


async def route_by_email(request: Request) -> Response:
    """Lead somebody to the issuer of their e-mail's domain."""
    form = Form(dict(await request.form()))
    email, wanted = form.email("work_email"), form.values.get("next", "")
    try:
        form.check()
        await deps(request).limits.spend("issuer sign-in", "120/minute", client_address(request))
        async with deps(request).database.read() as session:
            found = await issuers_by_domain(session, domain_of(email))
        if not found:
            form.wrong("work_email", N_("No organization here signs in with this e-mail. Use your password below."))
        form.check()
    except Invalid as error:
        return render(
            request,
            "identity/oidc_email.html",
            error.status,
            values={"next": wanted, **form.values},
            errors=error.errors,
        )
    return await start_oidc(request, found[0].id, wanted=wanted)


async def ask_email(request: Request) -> Response:
    """Ask for the e-mail that tells which issuer it is."""
    values = {"next": request.query_params.get("next", "")}
    return render(request, "identity/oidc_email.html", values=values, errors={})


async def callback(request: Request) -> Response:
    """Take the issuer's answer."""
    tools, issuer_id = deps(request), _issuer_id(request)
    await tools.limits.spend("issuer sign-in", "120/minute", client_address(request))
    how = SignIn(client_address(request), request.headers.get("user-agent", ""), told_browser(request))
    browser = read_cookie(request, tools.settings, BROWSER_COOKIE)
    try:
        done = await finish_oidc(tools, issuer_id, dict(request.query_params), browser, how, _present(request))
    except SignInRefused as error:
        response = await _refused(request, issuer_id, error)
    else:
        response = await _enter(request, done)
    clear_cookie(response, tools.settings, BROWSER_COOKIE)
    return response


async def take_logout(request: Request) -> Response:
    """Take a logout token (Back-Channel Logout 1.0, section 2.5): 200 when its sessions have ended, else 400."""
    await deps(request).limits.spend("issuer logout", "120/minute", client_address(request))
    async with request.form() as posted:
        token = posted.get("logout_token")
    try:
        if not isinstance(token, str):
            raise NotFound
        await take_logout_token(deps(request), _issuer_id(request), token)
    except (SignInRefused, NotFound):
        return Response(status_code=400, headers={"Cache-Control": "no-store"})
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


async def left(request: Request) -> Response:
    """Greet somebody who has signed out at the issuer too."""
    known = await has_left(deps(request), _issuer_id(request), request.query_params.get("state", ""))
    return render(request, "identity/oidc_left.html") if known else see_other("/login")


async def logout(request: Request) -> Response:
    """Sign out here, then at the issuer that signed the person in, where there is one."""
    tools, who, elsewhere = deps(request), _present(request), ""
    if who:
        elsewhere = await logout_address(tools, who)
        await sign_out(tools, who)
    response = _leave(request, elsewhere) if elsewhere else see_other("/login")
    clear_cookie(response, tools.settings, STAFF_COOKIE)
    # not "cookies": a patient's link and the language of this browser are nobody's session
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


async def login_choices(request: Request) -> tuple[list[Choice], bool]:
    """Give the issuers whose buttons the sign-in page shows, or that it asks for the e-mail instead."""
    async with deps(request).database.read() as session:
        found = await issuer_choices(session, MOST_BUTTONS + 1)
    too_many = len(found) > MOST_BUTTONS
    return ([] if too_many else list(found)), too_many


def _leave(request: Request, address: str) -> Response:
    """Send the browser to an issuer. After a form by a page that goes on: `form-action` forbids to be redirected."""
    if request.method == "GET":
        return see_other(address)
    return render(request, "identity/oidc_leave.html", address=address)


async def _refused(request: Request, issuer_id: UUID | None, error: SignInRefused) -> Response:
    async with deps(request).database.read() as session:
        label = (await enabled_issuer(session, issuer_id)).label
    title, advice = WORDS[error.trouble]
    return render(request, "identity/oidc_refused.html", error.status, title=title, advice=advice, label=label)


async def _enter(request: Request, done: Finished) -> Response:
    response = see_other(done.next or "/")
    who = _present(request)
    if who and done.is_new:
        await sign_out(deps(request), who)
    settings = deps(request).settings
    set_cookie(response, settings, STAFF_COOKIE, done.secret.text, max_age=settings.session_hours * 3600)
    return response


def _present(request: Request) -> Actor | None:
    who: Actor | None = request.state.staff or request.state.portal or request.state.locked
    return who


def _issuer_id(request: Request) -> UUID | None:
    return parse_id(request.path_params["issuer_id"])


routes: list[BaseRoute] = [
    page("/logout", logout, PUBLIC, "POST"),
    page("/login/oidc", ask_email, PUBLIC),
    page("/login/oidc", route_by_email, PUBLIC, "POST"),
    page("/login/oidc/{issuer_id}", start, PUBLIC),
    page("/login/oidc/{issuer_id}/callback", callback, PUBLIC),
    page("/login/oidc/{issuer_id}/confirm", confirm, signed_in()),
    page("/login/oidc/{issuer_id}/left", left, PUBLIC),
    page("/login/oidc/{issuer_id}/logout", take_logout, SERVERS, "POST"),
]
