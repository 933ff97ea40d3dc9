"""WebSockets go straight to their endpoint: everything between there and the server concerns requests and answers."""

from collections.abc import Awaitable, Iterable

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class Sockets:
    """ASGI middleware, the outermost. An open socket would keep a suspended call in memory of each one it passed by."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        """Wrap an application that has these routes; those of WebSockets have no parameters in their paths."""
        self.app = app
        self._endpoints = {route.path: route.app for route in routes if isinstance(route, WebSocketRoute)}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request or one socket, without a suspended call of its own."""
        endpoint = self._endpoints.get(scope["path"]) if scope["type"] == "websocket" else None
        return (endpoint or self.app)(scope, receive, send)
