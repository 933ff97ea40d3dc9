"""A connection to a STUN or TURN server, for as long as a check takes. What fails is told as a Trouble."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from aioice import stun
from aioice.turn import TurnClientProtocol, TurnClientTcpProtocol, TurnClientUdpProtocol

from signaling.ice import IceAddress

PATIENCE_SECONDS = 5.0
ALLOCATION_SECONDS = 60
CHANNEL_SECONDS = 500
_Answer = TypeVar("_Answer")


class Trouble(Enum):
    """What is wrong with a server."""

    ADDRESS = "its URL cannot be read"
    NAME = "its name is not found"
    SILENCE = "nothing answers"
    CERTIFICATE = "its certificate is not trusted"
    TLS = "it speaks no TLS"
    SECRET = "it does not accept the secret"  # noqa: S105 - what it is called
    CLOCK = "its clock and ours differ"
    QUOTA = "it gives no more allocations"
    REFUSAL = "it refuses"
    OWN_ADDRESS = "it refuses the address that it relays from"
    LOST = "what is sent to it does not come back"
    OPEN = "it reaches private networks"


@dataclass(frozen=True)
class Means:
    """What a check needs beside the address: secret, time of day, trust in certificates, and how long to wait."""

    secret: str | None = field(repr=False)
    now: datetime
    lifetime: timedelta
    tls: ssl.SSLContext | None = None
    patience: float = PATIENCE_SECONDS


class Failed(Exception):
    """A server does not do what it should."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(trouble.value)
        self.trouble, self.detail = trouble, detail


async def resolve(address: IceAddress) -> str:
    """Give the first IPv4 address of the server, or its first one where it has no such."""
    kind = socket.SOCK_DGRAM if address.transport == "udp" else socket.SOCK_STREAM
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=kind)
    except (socket.gaierror, UnicodeError):
        raise Failed(Trouble.NAME, address.host) from None
    return str(min(found, key=lambda one: one[0] != socket.AF_INET)[4][0])


@asynccontextmanager
async def turn_client(
    address: IceAddress, where: str, means: Means, username: str | None = None, password: str | None = None
) -> AsyncIterator[TurnClientProtocol]:
    """Hold a connection to a server, of which nothing is left afterwards. Raises Failed when there is none."""
    transport, client = await _connected(address, where, means, username, password)
    try:
        yield client
    finally:
        if client.refresh_task is not None:
            client.refresh_task.cancel()
        transport.abort()


async def _connected(
    address: IceAddress, where: str, means: Means, username: str | None, password: str | None
) -> tuple[Any, TurnClientProtocol]:
    loop, server = asyncio.get_running_loop(), (where, address.port)
    given = (server, username, password, ALLOCATION_SECONDS, CHANNEL_SECONDS)
    tls = (means.tls or ssl.create_default_context()) if address.is_secure else None
    try:
        async with asyncio.timeout(means.patience):
            if address.transport == "udp":
                return await loop.create_datagram_endpoint(lambda: TurnClientUdpProtocol(*given), remote_addr=server)
            name = address.host if tls else None
            return await loop.create_connection(
                lambda: TurnClientTcpProtocol(*given), *server, ssl=tls, server_hostname=name
            )
    except ssl.SSLCertVerificationError as wrong:
        raise Failed(Trouble.CERTIFICATE, wrong.verify_message) from None
    except ssl.SSLError as wrong:
        raise Failed(Trouble.TLS, wrong.reason or "") from None
    except OSError as wrong:  # also when the time was up
        raise Failed(Trouble.SILENCE, wrong.strerror or "") from None


async def asked(request: Awaitable[_Answer], means: Means) -> _Answer:
    """Give the answer to a request. Raises Failed, which says why there is none."""
    try:
        async with asyncio.timeout(means.patience):
            return await request
    except stun.TransactionFailed as failed:
        code, reason = failed.response.attributes.get("ERROR-CODE", (0, ""))
        known = {401: Trouble.SECRET, 486: Trouble.QUOTA, 508: Trouble.QUOTA}
        raise Failed(known.get(code, Trouble.REFUSAL), f"{code} {reason}".strip()) from None
    except (TimeoutError, stun.TransactionTimeout, ConnectionError):
        raise Failed(Trouble.SILENCE) from None
