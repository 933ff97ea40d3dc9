"""Writes denials into the audit trail before their answer leaves."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.access import Actor, Refusal
from server.audit.denial_actions import keep_denial
from server.audit.denial_rules import Denial, Tally
from server.web import client_address, deps


class Denials:
    """ASGI middleware inside the one that knows the actors. `state.refused` says what the policy refused."""

    def __init__(self, app: ASGIApp, tally: Tally) -> None:
        """Wrap an application; the tally keeps storms from filling the disk."""
        self.app, self._tally = app, tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. When the denial cannot be written the answer is not given either."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._keep(HTTPConnection(scope))
            await send(message)

        await self.app(scope, receive, watch)

    async def _keep(self, connection: HTTPConnection) -> None:
        refused = getattr(connection.state, "refused", None)
        if not isinstance(refused, Refusal):
            return
        pattern = getattr(connection.scope.get("route"), "path", "unknown")
        route = f"{connection.scope['method']} {pattern}"
        address = client_address(connection)
        await keep_denial(deps(connection), self._tally, Denial(_actor(connection), refused, route, address))


def _actor(connection: HTTPConnection) -> Actor | None:
    """Give who was refused: the page's actor, or where the page let nobody in, who is there of its audience."""
    state = connection.state
    names = {"staff": ("staff",), "patient": ("patient",), "planner": ("planner",), "portal": ("portal",)}
    found = (getattr(state, name, None) for name in names.get(getattr(state, "audience", ""), ("staff", "portal")))
    return getattr(state, "actor", None) or next((actor for actor in found if actor is not None), None)
