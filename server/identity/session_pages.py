"""A person's own account: its sessions and the organization at hand, being locked out by idleness, and coming back."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.access import Actor
from server.identity.middleware import ALIVE, CALLING, STAFF_COOKIE, Arrival
from server.identity.session_actions import (
    revoke_other_sessions,
    revoke_session,
    switch_organization,
    unlock_session,
)
from server.identity.session_rules import SessionState, device_of
from server.identity.session_store import own_sessions
from server.identity.tables import PageSession
from server.kit import Form, Invalid, Secret, SignInNeeded, TooMany, digest
from server.kit.ids import parse_id
from server.web import (
    PUBLIC,
    actor,
    deps,
    during_call,
    is_local,
    page,
    read_cookie,
    render,
    see_other,
    set_cookie,
    signed_in,
)

NEVER = datetime(2020, 1, 1, tzinfo=UTC)
_KEPT = frozenset({SessionState.LIVE, SessionState.LOCKED, SessionState.CALLING})


async def show_account(request: Request) -> Response:
    """Show who is signed in, the ways to prove it, and where else."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        rows = await own_sessions(session, who, tools.now())
    lines = [_line(row, who, tools.now()) for row in rows]
    return render(request, "identity/account.html", sessions=lines)


def _line(row: PageSession, who: Actor, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "device": device_of(row.agent),
        "address": row.address,
        "since": now - row.created_at,
        "seen": now - row.seen_at,
        "here": row.id == who.session_id,
    }


async def end_one(request: Request) -> Response:
    """End one of the person's other sessions."""
    await revoke_session(deps(request), actor(request), parse_id(request.path_params["session_id"]))
    return see_other("/account#sessions")


async def end_others(request: Request) -> Response:
    """End all of the person's other sessions."""
    await revoke_other_sessions(deps(request), actor(request))
    return see_other("/account#sessions")


async def enter_organization(request: Request) -> Response:
    """Go on working for another of the person's organizations."""
    wanted = parse_id(str((await request.form()).get("organization", "")))
    secret, ends_at = await switch_organization(deps(request), actor(request), wanted)
    return _with_cookie(request, see_other("/"), secret, ends_at)


async def alive(_: Request) -> Response:
    """Take it that somebody is at the keyboard, or that a call is running; it was written on the way in."""
    return Response(status_code=204)


async def show_session(request: Request) -> Response:
    """Tell a page what its session is good for, and for how many seconds more, without counting as being there."""
    arrival: Arrival | None = request.state.arrival
    if arrival is None:
        return JSONResponse({"state": "none", "who": "", "left": 0, "proved": 0})
    left = int(arrival.idle_left.total_seconds())
    proved = (deps(request).now() - (arrival.actor.proved_at or NEVER)).total_seconds()
    return JSONResponse({"state": arrival.state, "who": arrival.who, "left": left, "proved": proved})


async def show_locked(request: Request) -> Response:
    """Ask whoever was away to prove themselves again; whoever was not goes on."""
    wanted = _next(request.query_params.get("next", ""))
    if request.state.locked is None:
        return see_other(wanted)
    return _locked(request, wanted, {})


async def unlock(request: Request) -> Response:
    """Go on with a locked session. A page that is covered asks for JSON and gets no content when it may go on."""
    async with request.form() as posted:
        password, wanted = str(posted.get("password", "")), _next(Form(dict(posted)).optional("next"))
    arrival: Arrival | None = request.state.arrival
    if arrival is None or arrival.state not in _KEPT:
        raise SignInNeeded
    by_script = request.headers.get("accept", "").startswith("application/json")
    try:
        await _limit(request, arrival)
        secret, ends_at = await unlock_session(deps(request), arrival.actor, _held(request), password[:1000])
    except (Invalid, TooMany) as error:
        if by_script:
            raise
        errors = error.errors if isinstance(error, Invalid) else {"password": error.message}
        return _locked(request, wanted, errors, error.status)
    response = Response(status_code=204) if by_script else see_other(wanted)
    return _with_cookie(request, response, secret, ends_at)


def _held(request: Request) -> bytes:
    return digest(read_cookie(request, deps(request).settings, STAFF_COOKIE))


async def _limit(request: Request, arrival: Arrival) -> None:
    """Refuse before the password is hashed. Per session: who holds its cookie can lock out nobody but its owner."""
    for name, limit in (("unlock", "5/minute"), ("unlock for long", "30/hour")):
        await deps(request).limits.spend(name, limit, arrival.actor.session_key)


def _locked(request: Request, wanted: str, errors: dict[str, str], status: int = 200) -> Response:
    return render(
        request,
        "identity/locked.html",
        status,
        next=wanted,
        errors=errors,
        people=deps(request).settings.is_demo,
    )


def _with_cookie(request: Request, response: Response, secret: Secret, ends_at: datetime) -> Response:
    left = int((ends_at - deps(request).now()).total_seconds())
    set_cookie(response, deps(request).settings, STAFF_COOKIE, secret.text, max_age=left)
    return response


def _next(wanted: str) -> str:
    return wanted if is_local(wanted) else "/"


routes: list[BaseRoute] = [
    page("/account", show_account, signed_in()),
    page("/account/sessions/end", end_others, signed_in(), "POST"),
    page("/account/sessions/{session_id}/end", end_one, signed_in(), "POST"),
    page("/account/organization", enter_organization, signed_in(), "POST"),
    page(ALIVE, alive, signed_in(), "POST"),
    page(CALLING, alive, during_call(signed_in()), "POST"),
    page("/session", show_session, PUBLIC),
    page("/unlock", show_locked, PUBLIC),
    page("/unlock", unlock, PUBLIC, "POST"),
]
