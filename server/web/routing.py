"""Routes with a declared policy: there is no way to add a page without saying who may open it."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.access import ROLES, Action, Actor, Decision, Why, refusal
from server.kit import SignInNeeded, StepUpNeeded
from server.web.deps import deps

Endpoint = Callable[[Request], Awaitable[Response]]


Audience = Literal["public", "staff", "patient", "planner", "portal", "account"]
# For how long after proving who they are people may do what asks for that.
FRESH = timedelta(minutes=10)
MOST_FIELDS = 200
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may open a page at all; the record's own check follows in the store.

    `fresh` asks that the person was proved within the last ten minutes (a step-up), not only that the session lives.
    `in_call` also lets somebody in whose session is locked while a call is running in the browser: what the call needs.
    `servers` opens a public page to other servers: no Origin is asked for, what is posted must prove itself.
    At most so many `fields` and `files` are posted to it, and with them so many `megabytes` more than forms have.
    """

    audience: Audience
    action: Action | None = None
    fresh: bool = False
    in_call: bool = False
    servers: bool = False
    fields: int = MOST_FIELDS
    files: int = 0
    megabytes: int = 0


PUBLIC = Policy("public")
SERVERS = Policy("public", servers=True)


def staff(action: Action) -> Policy:
    """Members of staff whose roles allow the action."""
    return Policy("staff", action)


def patients(action: Action) -> Policy:
    """A patient who has opened a visit link in this browser."""
    return Policy("patient", action)


def planners(action: Action) -> Policy:
    """A patient who has opened a visit link in this browser to change or book visits."""
    return Policy("planner", action)


def portal(action: Action) -> Policy:
    """A patient who is signed in with an account."""
    return Policy("portal", action)


def signed_in(action: Action = Action.USE_OWN_ACCOUNT) -> Policy:
    """Anybody who is signed in with an account, staff or patient."""
    return Policy("account", action)


def fresh(policy: Policy) -> Policy:
    """The same people, when they have proved who they are within the last ten minutes."""
    return replace(policy, fresh=True)


def during_call(policy: Policy) -> Policy:
    """The same people, also while only their running call keeps them signed in: automatic logoff never ends a call."""
    return replace(policy, in_call=True)


def large_form(policy: Policy, fields: int = MOST_FIELDS, files: int = 0, megabytes: int = 0) -> Policy:
    """The same people, with a form of more fields than most have, or with files."""
    return replace(policy, fields=fields, files=files, megabytes=megabytes)


class Page(Route):
    """A route that carries its policy, so that a test can walk all of them."""

    def __init__(self, path: str, endpoint: Endpoint, policy: Policy, methods: tuple[str, ...]) -> None:
        """Guard `endpoint` with the policy."""
        self.policy = policy
        super().__init__(
            path,
            _guarded(endpoint, policy),
            methods=list(methods),
            name=f"{endpoint.__module__}.{getattr(endpoint, '__name__', 'page')}",
        )


def page(path: str, endpoint: Endpoint, policy: Policy, *methods: str) -> Page:
    """Declare a page: path, endpoint, who may open it, and the methods (GET when none is named)."""
    return Page(path, endpoint, policy, methods or ("GET",))


def open_to_servers(routes: Iterable[BaseRoute]) -> list[re.Pattern[str]]:
    """Give the paths of the pages that other servers call."""
    return [route.path_regex for route in routes if isinstance(route, Page) and route.policy.servers]


def larger_bodies(routes: Iterable[BaseRoute]) -> list[tuple[re.Pattern[str], int]]:
    """Give the paths of the pages that are posted more than other forms have, with how many bytes more."""
    found = [route for route in routes if isinstance(route, Page) and route.policy.megabytes]
    return [(route.path_regex, route.policy.megabytes * 1024 * 1024) for route in found]


def page_above(routes: Iterable[BaseRoute], path: str) -> str:
    """Give the nearest address above one that only takes forms: the page on which its form stands."""
    shown = [route for route in routes if isinstance(route, Page) and "GET" in (route.methods or ())]
    while path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0]
        if any(route.path_regex.match(path) for route in shown):
            return path
    return "/"


def actor(request: Request) -> Actor:
    """Give the actor of a guarded page."""
    found: Actor = request.state.actor
    return found


def client_address(connection: HTTPConnection) -> str:
    """Give the address that somebody connects from; nothing where there is none, as over a socket of this machine."""
    return connection.client.host if connection.client else ""


def is_local(path: str) -> bool:
    """Tell whether a path leads to this server, so that a form cannot send people elsewhere."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and path.isprintable()


def _guarded(endpoint: Endpoint, policy: Policy) -> Endpoint:
    async def guarded(request: Request) -> Response:
        request.state.audience = policy.audience
        request.state.actor = _admit(request, policy)
        try:
            await _read_form(request, policy)
            return await endpoint(request)
        finally:
            await request.close()  # files that were posted

    guarded.__name__ = getattr(endpoint, "__name__", "page")
    return guarded


async def _read_form(request: Request, policy: Policy) -> None:
    """Read a posted form within limits (400 past them); the endpoint finds it read. Few pages take files."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _FORMS and request.method == "POST":
        await request.form(max_files=policy.files, max_fields=policy.fields)


def _admit(request: Request, policy: Policy) -> Actor | None:
    found = _present(request, policy.audience)
    if found is None and policy.in_call and getattr(request.state, "calling", False):
        found = _caller(request, policy.audience)
    if policy.action is None:
        return found
    if found is None and _is_elsewhere(request, policy.audience):
        # whoever is signed in as something else would be led from here to the sign-in page and back for ever
        raise refusal(policy.action, Decision(False, True, Why.ROLE))
    if found is None:
        raise SignInNeeded
    if not found.roles & ROLES[policy.action]:
        raise refusal(policy.action, Decision(False, True, Why.ROLE))
    if policy.fresh and (found.proved_at is None or deps(request).now() >= found.proved_at + FRESH):
        raise StepUpNeeded
    return found


def _caller(request: Request, audience: Audience) -> Actor | None:
    """Give who is in a call while the session is locked, if they are of the audience."""
    locked: Actor = request.state.locked
    theirs = {"account": True, "staff": not locked.is_patient, "portal": locked.is_patient}
    return locked if theirs.get(audience, False) else None


def _is_elsewhere(request: Request, audience: Audience) -> bool:
    """Tell whether a patient with an account opens a page of staff, or staff one of such a patient."""
    other = {"staff": "portal", "portal": "staff"}.get(audience, "")
    return getattr(request.state, other, None) is not None


def _present(request: Request, audience: Audience) -> Actor | None:
    """Give who is there of an audience; for a page that is for all, the member of staff, whom its head then names."""
    found = {name: getattr(request.state, name, None) for name in ("staff", "patient", "planner", "portal")}
    match audience:
        case "account":
            return found["staff"] or found["portal"]
        case "public":
            return found["staff"]
        case _:
            return found[audience]
