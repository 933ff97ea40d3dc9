"""A participant in Python, for tests and load: joins, sends, and says what it expects to hear."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from signaling.frames import parse_server
from signaling.protocol import SUBPROTOCOLS, VERSION, ServerMessage, Welcome

WAIT = 5.0
"""Seconds after which something expected counts as missing."""


class Unexpected(Exception):
    """Something else came than was expected, or nothing did."""


class Client:
    """One participant's page. What was received and not yet asked for is in `backlog`; heartbeats are only counted.

    It remembers how far it has heard the room, so that it can go on by another connection.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.instance = secrets.token_hex(4)
        self.backlog: deque[ServerMessage] = deque()
        self.heartbeats = 0
        self.generation: str | None = None
        self.position: str | None = None

    @classmethod
    async def connect(
        cls, url: str, origin: str | None = None, subprotocols: Sequence[str] | None = SUBPROTOCOLS
    ) -> Self:
        """Open a WebSocket to `url`. Raises OSError or `websockets.InvalidStatus`."""
        return cls(await _opened(url, origin, subprotocols))

    async def reconnect(self, url: str, ticket: str, origin: str | None = None) -> str:
        """Go on by a new connection, to whichever node; gives the id of the join. Raises as `connect` does.

        The next message is `welcome`. When that says `resumed`, then comes exactly what was missed.
        """
        await self.socket.close()
        self.socket = await _opened(url, origin, SUBPROTOCOLS)
        resume = {"generation": self.generation, "position": self.position}
        body = {"ticket": ticket, "instance": self.instance, "resume": resume if self.position else None}
        return await self.send("join", body)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def join(self, ticket: str) -> str:
        """Show a ticket; gives the id of the message."""
        return await self.send("join", {"ticket": ticket, "instance": self.instance})

    async def send(self, kind: str, body: dict[str, Any] | None = None, to: str | None = None, ref: str = "") -> str:
        """Send a message of a type, with the id `ref` or a random one; gives the id."""
        ref = ref or secrets.token_hex(6)
        envelope = {"v": VERSION, "id": ref, "to": to, "epoch": 0, "type": kind, "body": body or {}}
        await self.send_frame(json.dumps(envelope))
        return ref

    async def send_frame(self, frame: str | bytes) -> None:
        """Send a frame as it is, whatever it is."""
        await self.socket.send(frame)

    async def receive(self, wait: float = WAIT) -> ServerMessage:
        """Give the next message that is no heartbeat. Raises `TimeoutError` or `websockets.ConnectionClosed`."""
        if self.backlog:
            return self.backlog.popleft()
        async with asyncio.timeout(wait):
            while (message := await self._next()).type == "heartbeat":
                self.heartbeats += 1
            return message

    async def expect(self, kind: str, wait: float = WAIT) -> Any:
        """Give the next message, which must be of this type. Raises `Unexpected`."""
        try:
            message = await self.receive(wait)
        except (TimeoutError, ConnectionClosed) as error:
            raise Unexpected(f"expected {kind}, got {error!r}") from error
        if message.type != kind:
            raise Unexpected(f"expected {kind}, got {message!r}")
        return message

    async def expect_error(self, code: str, wait: float = WAIT) -> Any:
        """Give the next message, which must be an error of this code. Raises `Unexpected`."""
        message = await self.expect("error", wait)
        if message.body.code != code:
            raise Unexpected(f"expected error {code}, got {message!r}")
        return message

    async def expect_silence(self) -> None:
        """Make sure nothing but heartbeats was sent up to now. Costs one error. Raises `Unexpected`."""
        marker = await self.send("silence")  # no such type; its error comes after everything sent before
        message: Any = await self.expect("error")
        if message.body.re != marker:
            raise Unexpected(f"expected nothing, got {message!r}")

    async def expect_close(self, wait: float = WAIT) -> int:
        """Give the code the server closes with; messages before it go to the backlog. Raises `Unexpected`."""
        try:
            async with asyncio.timeout(wait):
                while True:
                    self.backlog.append(await self._next())
        except ConnectionClosed:
            return self.socket.close_code or 1006
        except TimeoutError as error:
            raise Unexpected("expected a close") from error

    async def _next(self) -> ServerMessage:
        message = parse_server(await self.socket.recv())
        if isinstance(message, Welcome):
            self.generation, self.position = message.body.generation, message.body.position
        self.position = message.pos or self.position
        return message


async def _opened(url: str, origin: str | None, subprotocols: Sequence[str] | None) -> ClientConnection:
    headers = {"Origin": origin} if origin else None
    names = [Subprotocol(name) for name in subprotocols or ()] or None
    return await connect(url, additional_headers=headers, subprotocols=names, compression=None, proxy=None)
