"""WebSockets go straight to their endpoint, and only those that have one."""

from typing import Any

import pytest
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from server.web import Sockets

pytestmark = pytest.mark.anyio


class Called:
    """An ASGI application that counts."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.times += 1


@pytest.mark.parametrize(
    ("kind", "path", "straight"),
    [("websocket", "/signaling", True), ("websocket", "/elsewhere", False), ("http", "/signaling", False)],
)
async def test_only_a_socket_with_an_endpoint_goes_straight_to_it(kind: str, path: str, straight: bool) -> None:
    rest, endpoint, page = Called(), Called(), Called()
    nothing: Any = None
    sockets = Sockets(rest, [Route("/elsewhere", page), WebSocketRoute("/signaling", endpoint)])
    await sockets({"type": kind, "path": path}, nothing, nothing)
    assert (endpoint.times, rest.times, page.times) == (straight, not straight, 0)
