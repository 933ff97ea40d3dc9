"""Signaling in a process of its own, on the websockets library: for who scales it apart from the web pages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from signaling.faults import place
from signaling.hub import Hub
from signaling.protocol import CLOSE_RESTARTING, CLOSE_UNSUPPORTED, SUBPROTOCOLS, chosen_subprotocol
from signaling.wire import Take

PATH: Final = "/signaling"
PING_SECONDS: Final = 2
PONG_SECONDS: Final = 3
MAX_MESSAGE_BYTES: Final = 128 * 1024
"""What is larger than a frame may be (64 KiB) costs an `error too_large`, what is larger than this the connection."""
MAX_QUEUED: Final = 4
HANDSHAKE_SECONDS: Final = 5
CLOSE_SECONDS: Final = 5
STOP_SECONDS: Final = 5.0

Ready = Callable[[], Awaitable[bool]]
AllowOrigin = Callable[[Mapping[str, str]], bool]

log = structlog.get_logger("signaling")
_silent = logging.getLogger("signaling.sockets")
_silent.setLevel(logging.CRITICAL + 1)  # the library logs a client's mistakes with a traceback


class Standalone:
    """Serves a hub at `/signaling`, `/healthz` and `/readyz`.

    `allow_origin` is asked with a request's headers, their names in lower case. `ready` says whether what the hub
    depends on answers.
    """

    def __init__(self, hub: Hub, allow_origin: AllowOrigin, ready: Ready) -> None:
        self._hub = hub
        self._allow_origin = allow_origin
        self._ready = ready
        self._draining = False
        self._server: Server | None = None

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports it listens on, once started."""
        return tuple(bound.getsockname()[1] for bound in (self._server.sockets if self._server else ()))

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Begin to listen. Raises OSError when the address cannot be used."""
        self._server = await serve(
            self._serve,
            host,
            port,
            ssl=tls,
            process_request=self._answer,
            select_subprotocol=_subprotocol,
            compression=None,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=MAX_QUEUED,
            ping_interval=PING_SECONDS,
            create_connection=Watched,
            open_timeout=HANDSHAKE_SECONDS,
            close_timeout=CLOSE_SECONDS,
            server_header=None,
            logger=_silent,
        )

    async def drain(self) -> None:
        """Send everybody to another node (1012) and stop. `/readyz` says no from now on."""
        self._draining = True
        await self._hub.close()
        if self._server is not None:
            self._server.close(code=CLOSE_RESTARTING, reason="server restarting")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), STOP_SECONDS)

    async def _serve(self, socket: ServerConnection) -> None:
        try:
            if socket.subprotocol is not None and socket.subprotocol not in SUBPROTOCOLS:
                await socket.close(CLOSE_UNSUPPORTED, "unsupported")
                return
            await self._hub.serve(SocketWire(socket))
        except Exception as error:  # noqa: BLE001 (the library would write what a person sent into the log)
            log.error("connection failed", error=place(error))

    async def _answer(self, socket: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == PATH:
            return self._handshake(socket, request)
        if path == "/healthz":
            return socket.respond(HTTPStatus.OK, "ok\n")
        if path == "/readyz":
            is_ready = not self._draining and await self._ready()
            return socket.respond(HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE, f"{is_ready}\n")
        return socket.respond(HTTPStatus.NOT_FOUND, "Not here.\n")

    def _handshake(self, socket: ServerConnection, request: Request) -> Response | None:
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        if "upgrade" not in headers:
            answer = socket.respond(HTTPStatus.UPGRADE_REQUIRED, "")
            answer.headers["Upgrade"] = "websocket"
            return answer
        if not self._allow_origin(headers):
            return socket.respond(HTTPStatus.FORBIDDEN, "Not from our pages.\n")
        return None


def _subprotocol(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Choose; a browser hears why it is turned away only on a socket that opened with something it offered."""
    chosen = chosen_subprotocol(offered)
    return Subprotocol(chosen or offered[0]) if offered else None


class Watched(ServerConnection):
    """A connection that is dropped when a ping is not answered.

    The library would then still wait for the client to take part in closing.
    """

    async def keepalive(self) -> None:
        """Ping every few seconds, also while the client takes nothing."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            try:
                async with asyncio.timeout(PONG_SECONDS):
                    await (await self.ping())
            except TimeoutError:
                self.transport.abort()
                return


class SocketWire:
    """One connection of the library as the hub sees it."""

    __slots__ = ("_socket",)

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket

    def offer(self, take: Take) -> None:
        """Leave all frames to `receive`: the library reads in its own time."""

    async def receive(self) -> str | bytes | None:
        """Wait for a frame; None when the socket is closed."""
        try:
            return await self._socket.recv()
        except ConnectionClosed:
            return None

    async def send(self, text: str) -> None:
        """Send a text frame."""
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            raise ConnectionResetError from None

    def send_now(self, text: str) -> bool:
        """Leave it to `send`: the library writes in its own time."""
        return False

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame, and wait for the client's."""
        await self._socket.close(code, reason)


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Read a certificate with its key (PEM files). Raises OSError, of which `ssl.SSLError` is one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
