"""uvicorn's HTTP, with an end to patience: a request must arrive within a time, and its head within a size.

uvicorn itself waits without end for the rest of a head, and keeps of it what comes (a "slow loris").
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PromptHttp(HttpToolsProtocol):
    """Closes a connection whose head takes longer than 15 s or 64 KiB, or whose body takes longer than a minute."""

    HEAD_SECONDS = 15.0
    BODY_SECONDS = 60.0
    LARGEST_HEAD = 64 * 1024

    _waiting: asyncio.TimerHandle | None = None
    _in_head = True
    _taken = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait(self.HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless the head grows without end."""
        self._taken += len(data)
        if self._in_head and self._taken > self.LARGEST_HEAD + len(data):
            self.transport.close()
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin to wait for a head."""
        super().on_message_begin()
        self._in_head, self._taken = True, 0
        self._wait(self.HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        """Begin to wait for a body; a connection that becomes a WebSocket has its own pings."""
        super().on_headers_complete()
        self._in_head = False
        self._wait(None if self.parser.should_upgrade() else self.BODY_SECONDS)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over. Parser and protocol hold each other: only the collector would find them, later."""
        super().handle_websocket_upgrade()
        del self.parser  # nothing more is read here

    def on_message_complete(self) -> None:
        """Wait no longer: what follows is the answer, and then uvicorn's own limit on idle connections."""
        super().on_message_complete()
        self._wait(None)

    def _wait(self, seconds: float | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None if seconds is None else self.loop.call_later(seconds, self.transport.close)
