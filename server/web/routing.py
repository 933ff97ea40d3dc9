"""Routes with a declared policy: there is no way to add a page without saying who may open it."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.access import ROLES, Action, Actor, Decision, Why, refusal
from server.kit import SignInNeeded, StepUpNeeded
from server.web.deps import deps

Endpoint = Callable[[Request], Awaitable[Response]]


Audience = Literal["public", "staff", "patient", "portal", "account"]
# For how long after proving who they are people may do what asks for that.
FRESH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may open a page at all; the record's own check follows in the store.

    `fresh` asks that the person was proved within the last ten minutes (a step-up), not only that the session lives.
    `servers` opens a public page to other servers: no Origin is asked for, what is posted must prove itself.
    """

    audience: Audience
    action: Action | None = None
    fresh: bool = False
    servers: bool = False


PUBLIC = Policy("public")
SERVERS = Policy("public", servers=True)


def staff(action: Action) -> Policy:
    """Members of staff whose roles allow the action."""
    return Policy("staff", action)


def patients(action: Action) -> Policy:
    """A patient who has opened a visit link in this browser."""
    return Policy("patient", action)


def portal(action: Action) -> Policy:
    """A patient who is signed in with an account."""
    return Policy("portal", action)


def signed_in(action: Action = Action.USE_OWN_ACCOUNT) -> Policy:
    """Anybody who is signed in with an account, staff or patient."""
    return Policy("account", action)


def fresh(policy: Policy) -> Policy:
    """The same people, when they have proved who they are within the last ten minutes."""
    return replace(policy, fresh=True)


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


def actor(request: Request) -> Actor:
    """Give the actor of a guarded page."""
    found: Actor = request.state.actor
    return found


def is_local(path: str) -> bool:
    """Tell whether a path leads to this server, so that a form cannot send people elsewhere."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and path.isprintable()


def _guarded(endpoint: Endpoint, policy: Policy) -> Endpoint:
    async def guarded(request: Request) -> Response:
        request.state.audience = policy.audience
        request.state.actor = _admit(request, policy)
        return await endpoint(request)

    guarded.__name__ = getattr(endpoint, "__name__", "page")
    return guarded


def _admit(request: Request, policy: Policy) -> Actor | None:
    found = _present(request, policy.audience)
    if policy.action is None:
        return found
    if found is None:
        raise SignInNeeded
    if not found.roles & ROLES[policy.action]:
        raise refusal(policy.action, Decision(False, True, Why.ROLE))
    if policy.fresh and (found.proved_at is None or deps(request).now() >= found.proved_at + FRESH):
        raise StepUpNeeded
    return found


def _present(request: Request, audience: Audience) -> Actor | None:
    """Give who is there of an audience; for a page that is for all, the member of staff, whom its head then names."""
    found = {name: getattr(request.state, name, None) for name in ("staff", "patient", "portal")}
    match audience:
        case "account":
            return found["staff"] or found["portal"]
        case "public":
            return found["staff"]
        case _:
            return found[audience]
