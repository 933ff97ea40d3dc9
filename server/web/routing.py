"""Routes with a declared policy: there is no way to add a page without saying who may open it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.access import ROLES, Action, Actor
from server.kit import Forbidden, SignInNeeded

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may open a page at all. The record's own check follows in the store."""

    audience: Literal["public", "staff", "patient"]
    action: Action | None = None


PUBLIC = Policy("public")


def staff(action: Action) -> Policy:
    """Members of staff whose roles allow the action."""
    return Policy("staff", action)


def patients(action: Action) -> Policy:
    """A patient who has opened a visit link in this browser."""
    return Policy("patient", action)


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
    found: Actor | None = getattr(request.state, "patient" if policy.audience == "patient" else "staff", None)
    if policy.action is None:
        return found
    if found is None:
        raise SignInNeeded
    if not found.roles & ROLES[policy.action]:
        raise Forbidden
    return found
