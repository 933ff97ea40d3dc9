"""uvicorn's WebSocket protocol with a short way for what nearly every frame is: a whole text frame of moderate size.

Everything else (the handshake, fragments, control and binary frames, whatever is too large or wrong) goes through
websockets' parser as before, one whole frame at a time, so that it decides what is refused. Measured by
tests/bench/bench_signaling.py; decisions 22 and 23 say what it brings.
"""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from signaling.transports.waiting import Gate, Inbox
from signaling.wire import Take

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiled part for this machine
    from websockets.utils import apply_mask

WRITE: Final = "curbside.write"
"""Extension of the ASGI scope: a function that sends a text at once, or gives False when that would need waiting."""

OFFER: Final = "curbside.offer"
"""Extension of the ASGI scope: a function that takes another one, to which each text is offered while nothing waits."""

MOST_UNREAD: Final = 16
"""So many frames may wait for the application before nothing more is read from the client."""

_WHOLE_TEXT: Final = 0x81
_LONGEST_SHORT: Final = 125
_MASKED: Final = 0x80


class LeanSocket(WebSocketsSansIOProtocol):
    """To be given to uvicorn as `ws=`. Relies on the inside of one minor version of uvicorn, which is pinned."""

    # What uvicorn keeps of a socket, too: a dictionary of so many names takes 1.5 KiB, these take a fifth of it.
    __slots__ = (
        "_fragmented",
        "_long_way",
        "_needed",
        "_offered",
        "_rest",
        "app",
        "app_state",
        "asgi_version",
        "client",
        "close_sent",
        "close_timeout",
        "close_timer",
        "config",
        "conn",
        "connections",
        "curr_msg_data_type",
        "default_headers",
        "disconnected",
        "frames",
        "handshake_complete",
        "handshake_initiated",
        "initial_response",
        "last_ping_rtt",
        "logger",
        "loop",
        "pending_ping_payload",
        "ping_interval",
        "ping_sent_at",
        "ping_timeout",
        "ping_timer",
        "pong_timer",
        "queue",
        "read_paused",
        "request",
        "response",
        "root_path",
        "scheme",
        "scope",
        "server",
        "tasks",
        "transport",
        "writable",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.queue: Any = Inbox()
        self.writable: Any = Gate()
        self._rest = bytearray()
        self._offered: Take | None = None
        self._needed = 0
        self._fragmented = False
        self._long_way = False

    def data_received(self, data: bytes) -> None:
        """Take what came in."""
        if not self.handshake_complete:
            self._shake_hands(data)
        elif self._long_way or self.close_sent:
            self._go_the_long_way(data)
        elif self._rest:
            self._rest += data
            if len(self._rest) >= self._needed:
                whole, self._rest = bytes(self._rest), bytearray()
                self._take(whole)
        else:
            self._take(data)

    def handle_connect(self, event: Request) -> None:
        """Take the opening request, and offer the application to write at once."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[WRITE] = self.write
            extensions[OFFER] = self.offer

    async def send(self, message: Any) -> None:
        """Send what the application says; once it let the client in, what the client said of itself is forgotten."""
        await super().send(message)
        if message["type"] == "websocket.accept" and self.handshake_complete:
            self.request.headers.clear()
            self.response.headers.clear()
            del self.request, self.response
            self.server = self.client = None

    def write(self, text: str) -> bool:
        """Send a text frame; False when the client is slow, or nothing may be sent."""
        if not self.writable.is_set() or self.close_sent or not self.handshake_complete or self.transport.is_closing():
            return False
        payload = text.encode()
        self.transport.write(_header(len(payload)) + payload)
        return True

    def offer(self, take: Take) -> None:
        """Offer each text to `take` while the application waits for one; what it leaves is received as before."""
        self._offered = take

    def _shake_hands(self, data: bytes) -> None:
        # A client that sends before it was let in has its frames read by websockets, for good: where one ends there
        # cannot be seen from here.
        early = self.handshake_initiated
        super().data_received(data)
        if early or (self.handshake_initiated and not data.endswith(b"\r\n\r\n")):
            self._long_way = True

    def _go_the_long_way(self, data: bytes) -> None:
        self._long_way = True
        data, self._rest = bytes(self._rest) + data, bytearray()
        super().data_received(data)

    def _take(self, data: bytes) -> None:
        at, size = 0, len(data)
        while at < size:
            head, length = _measured(data, at)
            if length > self.config.ws_max_size:
                self._go_the_long_way(data[at:])
                return
            end = at + head + length
            if not head or end > size:
                self._rest += data[at:]
                self._needed = end - at if head else 0
                return
            if not self._take_text(data, at, at + head, end):
                super().data_received(data[at:end])
                self._fragmented = self.conn.current_size is not None
                if self.transport.is_closing():
                    return
            at = end

    def _take_text(self, data: bytes, at: int, begin: int, end: int) -> bool:
        if data[at] != _WHOLE_TEXT or not data[at + 1] & _MASKED or self._fragmented:
            return False
        try:
            text = apply_mask(data[begin:end], data[begin - 4 : begin]).decode()
        except UnicodeDecodeError:
            return False
        if self._offered is not None and self.queue.is_awaited() and self._offered(text):
            return True
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self.read_paused and self.queue.qsize() >= MOST_UNREAD:
            self.read_paused = True
            self.transport.pause_reading()
        return True


def _measured(data: bytes, at: int) -> tuple[int, int]:
    """Give the lengths of a frame's head and of its payload; the head's is 0 while not all of it is there."""
    if len(data) - at < 2:
        return 0, 0
    length, head = data[at + 1] & 0x7F, 2 + 4 * (data[at + 1] >> 7)
    if length > _LONGEST_SHORT:
        wide = 2 if length == _LONGEST_SHORT + 1 else 8
        length, head = int.from_bytes(data[at + 2 : at + 2 + wide], "big"), head + wide
    return (head, length) if len(data) - at >= head else (0, 0)


def _header(length: int) -> bytes:
    if length <= _LONGEST_SHORT:
        return bytes((_WHOLE_TEXT, length))
    if length < 1 << 16:
        return bytes((_WHOLE_TEXT, _LONGEST_SHORT + 1)) + length.to_bytes(2, "big")
    return bytes((_WHOLE_TEXT, _LONGEST_SHORT + 2)) + length.to_bytes(8, "big")
