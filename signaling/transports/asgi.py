"""The signaling WebSocket as a raw ASGI application, to be mounted at `/signaling`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from signaling.hub import Hub
from signaling.protocol import CLOSE_UNSUPPORTED, chosen_subprotocol
from signaling.transports.lean import OFFER, WRITE
from signaling.wire import Take

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Write = Callable[[str], bool]
Offer = Callable[[Take], None]


def quiet_invalid_text(record: logging.LogRecord) -> bool:
    """Filter for the loggers `uvicorn.error` and `asyncio`: a text frame that is no UTF-8 is a client's mistake.

    uvicorn closes such a connection (1007) before we hear of the frame, and logs a traceback, even a second one when a
    close frame comes right behind.
    """
    error = record.exc_info[1] if record.exc_info else None
    while error and not isinstance(error, UnicodeDecodeError):
        error = error.__context__
    if error:
        record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


class SignalingEndpoint:
    """Accepts WebSockets whose origin `allow_origin` approves (others get 403) and hands them to the hub."""

    def __init__(self, hub: Hub, allow_origin: Callable[[Scope], bool]) -> None:
        self._hub = hub
        self._allow_origin = allow_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "websocket":
            await _upgrade_required(send)
            return
        await receive()  # websocket.connect
        if not self._allow_origin(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        offered = list(scope.get("subprotocols") or ())
        chosen = chosen_subprotocol(offered)
        # A browser hears a close code only on a socket that opened, and that opens only with a subprotocol it offered.
        await send({"type": "websocket.accept", "subprotocol": (chosen or offered[0]) if offered else None})
        if chosen is None:
            await send({"type": "websocket.close", "code": CLOSE_UNSUPPORTED, "reason": "unsupported"})
            return
        await self._hub.serve(_wired(scope, receive, send))


class AsgiWire:
    """One ASGI WebSocket as the hub sees it."""

    __slots__ = ("_receive", "_send", "offer", "send_now")

    def __init__(self, receive: Receive, send: Send, write: Write, offer: Offer) -> None:
        self._receive = receive
        self._send = send
        self.send_now = write
        self.offer = offer

    async def receive(self) -> str | bytes | None:
        """Wait for a frame; None when the socket is closed."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return None
        text: str | None = message.get("text")
        return text if text is not None else bytes(message["bytes"])

    async def send(self, text: str) -> None:
        """Send a text frame."""
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame."""
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _wired(scope: Scope, receive: Receive, send: Send) -> AsgiWire:
    """Take what is needed; what else the client said of itself would be kept for as long as the socket is open."""
    extensions = scope.get("extensions", {})
    write: Write = extensions.get(WRITE, _not_at_once)
    offer: Offer = extensions.get(OFFER, _not_offered)
    scope.clear()
    return AsgiWire(receive, send, write, offer)


def _not_at_once(_: str) -> bool:
    return False


def _not_offered(_: Take) -> None:
    return None


async def _upgrade_required(send: Send) -> None:
    headers = [(b"content-length", b"0"), (b"upgrade", b"websocket"), (b"connection", b"upgrade")]
    await send({"type": "http.response.start", "status": 426, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
