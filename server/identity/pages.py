"""Sign-in and sign-out."""

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Actor, may
from server.audit import Subject, note_denial
from server.identity import oidc_pages, reset_pages
from server.identity.actions import Entry, SignIn, demo_account, enter, sign_in, sign_out, start_session
from server.identity.authenticator_rules import RelyingParty, relying_party
from server.identity.ceremony_actions import LIFETIME
from server.identity.known_devices import remember_device, spend_sign_in
from server.identity.middleware import STAFF_COOKIE
from server.identity.store import email_index, session_by_hash
from server.identity.tables import Account
from server.identity.told_browser import told_browser
from server.kit import N_, Form, Invalid, Secret, TooMany
from server.web import PUBLIC, Deps, clear_cookie, client_address, deps, is_local, page, render, see_other, set_cookie

# Holds the secret of the second step between a right password and the session.
STEP_COOKIE = "curbside_step"
OK = 200
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
    """Show the sign-in form; whoever is signed in goes on, and whose session is locked is asked to unlock it."""
    if request.state.staff is not None or request.state.portal is not None:
        return see_other(next_page(request.query_params.get("next", "")))
    if request.state.locked is not None and "other" not in request.query_params:
        return see_other(f"/unlock?{urlencode({'next': next_page(request.query_params.get('next', ''))})}")
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
        entry = await sign_in(deps(request), email, password, sign_in_from(request), form.values.get("next", ""))
    except Invalid as error:
        return await _form(request, {"email": email, "next": form.values.get("next", "")}, error.errors, error.status)
    return await go_on(request, entry, form.values.get("next", ""))


async def demo_login(request: Request) -> Response:
    """Sign in as a demo person, in the demo only."""
    who = str((await request.form()).get("who", ""))
    account = await demo_account(deps(request), f"{who}@demo.test")
    return await _signed_in(request, await start_session(deps(request), account, sign_in_from(request)), "")


async def home(request: Request) -> Response:
    """Lead everybody to where their work begins: the day, the organization, one's own visits, or the sign-in page."""
    who: Actor | None = request.state.staff or request.state.portal
    return see_other(home_of(who) if who else "/login")


def home_of(who: Actor) -> str:
    """Give the first page of somebody: by what the roles are for."""
    if may(who, Action.READ_OWN_RECORD):
        return "/my"
    return "/today" if may(who, Action.SEE_TODAY) else "/admin"


async def let_in_account(
    request: Request, account: Account, methods: tuple[str, ...], where: UUID, wanted: str = "/"
) -> Response:
    """Sign in somebody who has just been proved in another way than by the sign-in form, in an organization."""
    how = replace(sign_in_from(request), methods=methods, organization_id=where)
    return await go_on(request, await enter(deps(request), account, how, wanted), wanted)


async def _limit(request: Request, email: str) -> None:
    """Count the try before anything is hashed; what is refused is on the record once a minute for each account."""
    try:
        await spend_sign_in(request, email)
    except TooMany:
        await _note_refusal(deps(request), email, client_address(request))
        raise


async def _note_refusal(tools: Deps, email: str, address: str) -> None:
    with suppress(TooMany):
        await tools.limits.spend("sign-in refusal", "1/minute", email_index(tools.keyring, email).hex())
        await note_denial(tools, None, "sign_in", Subject("Account"), "too many tries", address)


async def _form(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    people = DEMO_PEOPLE if deps(request).settings.is_demo else ()
    values = {"email": "", "next": request.query_params.get("next", ""), **values}
    arrival = request.state.arrival
    issuers, by_email = await oidc_pages.login_choices(request)
    context = {
        "values": values,
        "errors": errors,
        "people": people,
        "named": party_of(request).is_named,
        "over": arrival.state if arrival and status == OK else "",
        "issuers": issuers,
        "by_email": by_email,
    }
    return render(request, "identity/login.html", status, **context)


async def go_on(request: Request, entry: Entry, wanted: str) -> Response:
    """Answer a right password: with a session, or on the way to the second step."""
    if not entry.waits:
        return await _signed_in(request, entry.secret, wanted)
    response = see_other("/login/second")
    max_age = int(LIFETIME.total_seconds())
    set_cookie(response, deps(request).settings, STEP_COOKIE, entry.secret.text, max_age=max_age)
    return response


async def _signed_in(request: Request, secret: Secret, wanted: str) -> Response:
    return await give_session(request, see_other(next_page(wanted)), secret)


async def give_session(request: Request, response: Response, secret: Secret) -> Response:
    """Give the new session's cookie along with an answer; the session that this browser held before ends."""
    if who := request.state.staff or request.state.portal or request.state.locked:
        await sign_out(deps(request), who)
    settings = deps(request).settings
    set_cookie(response, settings, STAFF_COOKIE, secret.text, max_age=settings.session_hours * 3600)
    clear_cookie(response, settings, STEP_COOKIE)
    async with deps(request).database.read() as session:
        found = await session_by_hash(session, secret.digest, deps(request).now())
    if found is not None:
        remember_device(request, response, found.account.email_index)
    return response


def next_page(wanted: str) -> str:
    """Give where to go on to: a page of this server, or the start."""
    return wanted if is_local(wanted) else "/"


def sign_in_from(request: Request) -> SignIn:
    """Give from where somebody signs in."""
    return SignIn(client_address(request), request.headers.get("user-agent", ""), told_browser(request))


def party_of(request: Request) -> RelyingParty:
    """Give whom passkeys are for on the page that the request came from."""
    settings = deps(request).settings
    # a page's own address says it where no form was sent; it is one of ours or it does not count
    origin = request.headers.get("origin") or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return relying_party(settings.origins, settings.public_url, origin)


routes: list[BaseRoute] = [
    page("/", home, PUBLIC),
    page("/login", show_login, PUBLIC),
    page("/login", login, PUBLIC, "POST"),
    page("/login/demo", demo_login, PUBLIC, "POST"),
    *reset_pages.routes,
    *oidc_pages.routes,
]
