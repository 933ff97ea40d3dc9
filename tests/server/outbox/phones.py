"""A real gateway for the tests of text messages: sends what it is told once per `Idempotency-Key`, and says so."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.server.outbox.loopback import listening, read_request

_WORDS = {200: "OK", 202: "Accepted"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it was answered (monotonic seconds), its headers in lower case and its JSON."""

    at: float
    method: str
    headers: dict[str, str]
    body: Any


@dataclass
class Gateway:
    """`asked` are all requests; `sent` what was passed on to phones, by key. `status` is what it answers.

    `lines` says how many clients are connected; `told` is called at any change.
    """

    port: int = 0
    status: int = 202
    silent: bool = False
    asked: list[Asked] = field(default_factory=list)
    sent: dict[str, Any] = field(default_factory=dict)
    lines: int = 0
    told: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """Address as `Settings.sms_url` takes it."""
        return f"http://127.0.0.1:{self.port}/messages"

    def settings(self, **more: Any) -> dict[str, Any]:
        """Settings of a server that uses this gateway, which is inside and without TLS."""
        return {"sms_url": self.url, "outbound_allow": ("127.0.0.1",), **more}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        self.lines += 1
        try:
            (method, *_), headers, body = await read_request(reader)
            if self.silent:
                await reader.read()  # until the other side hangs up
            else:
                self._take(method, headers, json.loads(body or b"null"))
                words = _WORDS.get(self.status, "No")
                writer.write(
                    f"HTTP/1.1 {self.status} {words}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode()
                )
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked was killed
        finally:
            writer.close()
            self.lines -= 1
            self.told()

    def _take(self, method: str, headers: dict[str, str], body: Any) -> None:
        self.asked.append(Asked(time.monotonic(), method, headers, body))
        if method == "POST" and 200 <= self.status < 300:
            self.sent.setdefault(headers["idempotency-key"], body)
        self.told()


@asynccontextmanager
async def opened_gateway() -> AsyncIterator[Gateway]:
    """Run a gateway on a free port of loopback for the length of the block."""
    gateway = Gateway()
    async with listening(gateway.serve) as gateway.port:
        yield gateway
