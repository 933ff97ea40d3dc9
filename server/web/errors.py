"""Errors to answers, in one place: a page for people, JSON for scripts, and no trace of what happened inside."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.access import Refusal, Why, may_open_in_emergency
from server.kit import N_, CurbsideError, Invalid, SignInNeeded, TooMany
from server.kit.faults import places
from server.web.routing import page_above
from server.web.templating import render, see_other

# Requests that pages make by themselves carry this: they show nobody at the keyboard.
BACKGROUND = "x-background"
_log = structlog.get_logger("curbside.error")

# status -> title and what to do next
WORDS: Mapping[int, tuple[str, str]] = {
    401: (N_("Please sign in"), N_("You were signed out, or this page needs you to sign in.")),
    403: (N_("Not for your role"), N_("Ask an administrator of your organization if you need this.")),
    404: (N_("Nothing here"), N_("The page does not exist, or it is not yours to see. Check the address.")),
    405: (N_("Nothing here"), N_("Go back and try again.")),
    409: (N_("Somebody was faster"), N_("Go back, look at how things are now, and try again if it is still needed.")),
    410: (N_("This is over"), N_("It was here and has ended.")),
    413: (N_("Too large"), N_("Send something smaller.")),
    422: (N_("Please check what you typed"), N_("Go back and correct it.")),
    429: (N_("Too often"), N_("Wait a minute, then try again.")),
    500: (N_("Something broke on our side"), N_("Nothing that was saved is lost. Try again in a moment.")),
}
LINK_AGAIN = N_(
    "Open the link from your message again. If it does not open, or your visit is on another device, call the clinic."
)
NO_TIE = N_(
    "You are not part of this patient's care: only those who take part in a visit, belong to the care team or work for "
    "the clinic see this."
)
SIGN_IN_YOURSELF = N_(
    "You signed in through your organization, which speaks for itself alone. Sign out, and sign in with your own "
    "password or passkey to do this."
)
# Errors whose title is not their status's.
_SPECIAL = {
    LINK_AGAIN: (N_("Please open your link again"), LINK_AGAIN),
    NO_TIE: (N_("Not your patient"), NO_TIE),
    SIGN_IN_YOURSELF: (N_("Please sign in yourself"), SIGN_IN_YOURSELF),
}


def exception_handlers() -> dict[Any, Callable[[Request, Any], Awaitable[Response]]]:
    """Give the handlers of the errors that are expected; `LastResort` answers all others."""
    return {CurbsideError: _known, HTTPException: _routing}


class LastResort:
    """ASGI middleware that answers what nobody expected. It stands inside the middleware that sets headers.

    (Starlette's own place for this is outside of all middleware: that page would lack the security headers.)
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. An error after the answer has begun goes on, so that the connection is cut."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            _log.error("unhandled", kind=type(error).__name__, places=places(error))
            if begun:
                raise
            await _answer(Request(scope), 500, "", {}, {})(scope, receive, send)


async def _known(request: Request, error: CurbsideError) -> Response:
    request.state.refused = error.refused  # for the audit trail, which writes it before the answer leaves
    by_link = getattr(request.state, "audience", "") in {"patient", "planner"}
    if isinstance(error, SignInNeeded) and not _wants_json(request) and not by_link:
        return _to_sign_in(request)
    if isinstance(error, SignInNeeded) and by_link:
        error.message = LINK_AGAIN
    if isinstance(error.refused, Refusal) and error.refused.why == Why.NO_TIE:
        error.message = NO_TIE
        request.state.emergency = _way_on(request, error.refused)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
    fields = error.errors if isinstance(error, Invalid) else {}
    return _answer(request, error.status, error.message, headers, fields)


def _way_on(request: Request, refused: Refusal) -> str:
    """Give the page on which the refused record is opened in an emergency; empty for who may not."""
    who = getattr(request.state, "actor", None) or getattr(request.state, "staff", None)
    return f"/patients/{refused.patient_id}/emergency" if who and may_open_in_emergency(who, refused) else ""


async def _routing(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405 and _is_looked_at(request):
        return see_other(page_above(request.app.routes, request.url.path))
    return _answer(request, error.status_code, "", dict(error.headers or {}), {})


def _is_looked_at(request: Request) -> bool:
    """Tell whether a person opens an address: after the language was switched on a refused form, or out of history."""
    is_part = "hx-request" in request.headers or BACKGROUND in request.headers
    return request.method == "GET" and not is_part and "text/html" in request.headers.get("accept", "")


def _answer(
    request: Request, status: int, message: str, headers: dict[str, str], fields: Mapping[str, str]
) -> Response:
    title, advice = _SPECIAL.get(message) or WORDS.get(status, WORDS[422 if status < 500 else 500])
    translate = request.app.state.deps.templates.translations.gettext
    if _wants_json(request):
        body = {
            "error": status,
            "message": translate(message or advice),
            "fields": {k: translate(v) for k, v in fields.items()},
        }
        return JSONResponse(body, status, headers)
    words = {"title": translate(title), "advice": translate(message or advice)}
    response = render(request, "error.html", status, emergency=getattr(request.state, "emergency", ""), **words)
    response.headers.update(headers)
    return response


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers=_towards_page(request))
    back = quote(request.url.path) if request.method == "GET" else ""
    return RedirectResponse(f"/login?next={back}" if back else "/login", 303)


def _towards_page(request: Request) -> dict[str, str]:
    """Say what a page is to do whose part was asked for.

    When the session is only locked or old, it covers itself and keeps what was typed. What a page asks for by itself
    never leads it away: the cookie may have changed while that was on its way, so the page asks what its session is
    good for.
    """
    if getattr(request.state, "may_return", False):
        return {"HX-Trigger": "curbside:locked"}
    return {"HX-Trigger": "curbside:check"} if BACKGROUND in request.headers else {"HX-Redirect": "/login"}


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")
