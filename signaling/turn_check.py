"""Tries a STUN or TURN server out as a browser uses it. Asks and measures; the words for people are elsewhere.

A relay is asked for two allocations with fresh credentials. A packet goes from one through the relay to the other and
back, and the relay is asked to let us reach addresses that it must refuse. Nothing is sent to those.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from aioice import stun
from aioice.turn import TurnClientProtocol, TurnClientTcpProtocol, TurnClientUdpProtocol

from signaling.ice import IceAddress, ice_address, ice_servers

PATIENCE_SECONDS = 5.0
AGAIN_SECONDS = 0.3
ALLOCATION_SECONDS = 60
CHANNEL_SECONDS = 500
A_DAY = timedelta(days=1)
# Addresses that nobody may reach by way of a relay: this machine, the cloud's metadata, and private networks.
FORBIDDEN = (
    "127.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
)
_STAMP = struct.Struct("!d")
_FIRST_CHANNEL = 0x4800  # aioice counts its own from 0x4000


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
class Report:
    """What was found at one server. Times are in milliseconds."""

    url: str
    trouble: Trouble | None = None
    detail: str = ""
    seen_as: str = ""  # our address, as the server sees it
    relayed: str = ""  # the address that it relays from
    round_trip_ms: float = 0.0
    refused: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()


@dataclass(frozen=True)
class Means:
    """What a check needs beside the address: secret, time of day, trust in certificates, and how long to wait."""

    secret: str | None = field(repr=False)
    now: datetime
    lifetime: timedelta
    tls: ssl.SSLContext | None = None
    patience: float = PATIENCE_SECONDS


class _Failed(Exception):
    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(trouble.value)
        self.trouble, self.detail = trouble, detail


async def check_server(url: str, means: Means) -> Report:
    """Try one server out; whatever is wrong with it is in the report. Never raises for a server's fault."""
    report = Report(url)
    try:
        try:
            address = ice_address(url)
        except ValueError as wrong:
            raise _Failed(Trouble.ADDRESS, str(wrong)) from None
        where = await _resolve(address)
        return await (_check_relay if address.is_relay else _check_stun)(report, address, where, means)
    except _Failed as failed:
        return replace(report, trouble=failed.trouble, detail=failed.detail)


async def _check_stun(report: Report, address: IceAddress, where: str, means: Means) -> Report:
    async with _client(address, where, means, None, None) as client:
        began = time.perf_counter()
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        response, _ = await _asked(client.request(request), means)
        spent = (time.perf_counter() - began) * 1000
    seen = response.attributes.get("XOR-MAPPED-ADDRESS") or response.attributes.get("MAPPED-ADDRESS") or ("", 0)
    return replace(report, seen_as=seen[0], round_trip_ms=spent)


async def _check_relay(report: Report, address: IceAddress, where: str, means: Means) -> Report:
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(_allocation(report.url, address, where, means))
        far = await stack.enter_async_context(_allocation(report.url, address, where, means))
        report = replace(report, seen_as=_ip(near.mapped_address), relayed=_ip(near.relayed_address))
        refused, reached = await _probe(near, means)
        report = replace(report, refused=refused, reached=reached)
        try:
            report = replace(report, round_trip_ms=await _round_trip(near, far, means))
        except _Failed as failed:
            return replace(report, trouble=failed.trouble, detail=failed.detail)
    return replace(report, trouble=Trouble.OPEN, detail=", ".join(reached)) if reached else report


async def _resolve(address: IceAddress) -> str:
    """Give the first IPv4 address of the server, or its first one where it has no such."""
    kind = socket.SOCK_DGRAM if address.transport == "udp" else socket.SOCK_STREAM
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=kind)
    except (socket.gaierror, UnicodeError):
        raise _Failed(Trouble.NAME, address.host) from None
    return str(min(found, key=lambda one: one[0] != socket.AF_INET)[4][0])


@asynccontextmanager
async def _allocation(url: str, address: IceAddress, where: str, means: Means) -> AsyncIterator[TurnClientProtocol]:
    """Hold an allocation. Where the password is refused, find out whether only the clocks differ."""
    async with _login(url, address, where, means) as client:
        try:
            await _asked(client.connect(), means)
        except _Failed as failed:
            if failed.trouble is Trouble.SECRET and await _accepts(url, address, where, means):
                raise _Failed(Trouble.CLOCK) from None
            raise
        try:
            yield client
        finally:
            with suppress(_Failed):  # it ends by itself soon
                await _asked(client.delete(), means)


async def _accepts(url: str, address: IceAddress, where: str, means: Means) -> bool:
    """Tell whether the relay accepts a password that is good for a day more."""
    async with _login(url, address, where, replace(means, now=means.now + A_DAY)) as client:
        try:
            await _asked(client.connect(), means)
        except _Failed:
            return False
        with suppress(_Failed):
            await _asked(client.delete(), means)
    return True


def _login(url: str, address: IceAddress, where: str, means: Means) -> AbstractAsyncContextManager[TurnClientProtocol]:
    (server,) = ice_servers([url], means.secret, means.now, means.lifetime, "check")
    return _client(address, where, means, server["username"], server["credential"])


@asynccontextmanager
async def _client(
    address: IceAddress, where: str, means: Means, username: str | None, password: str | None
) -> AsyncIterator[TurnClientProtocol]:
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
        raise _Failed(Trouble.CERTIFICATE, wrong.verify_message) from None
    except ssl.SSLError as wrong:
        raise _Failed(Trouble.TLS, wrong.reason or "") from None
    except OSError as wrong:  # also when the time was up
        raise _Failed(Trouble.SILENCE, wrong.strerror or "") from None


async def _asked(asked: Any, means: Means) -> Any:
    """Give the answer to a request; _Failed says why there is none."""
    try:
        async with asyncio.timeout(means.patience):
            return await asked
    except stun.TransactionFailed as failed:
        code, reason = failed.response.attributes.get("ERROR-CODE", (0, ""))
        known = {401: Trouble.SECRET, 486: Trouble.QUOTA, 508: Trouble.QUOTA}
        raise _Failed(known.get(code, Trouble.REFUSAL), f"{code} {reason}".strip()) from None
    except (TimeoutError, stun.TransactionTimeout, ConnectionError):
        raise _Failed(Trouble.SILENCE) from None


async def _probe(client: TurnClientProtocol, means: Means) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ask for forbidden peers; gives those that were refused and those that were not. Nothing is sent to them."""
    own = ipaddress.ip_address(_ip(client.relayed_address))
    peers = [peer for peer in FORBIDDEN if (ip := ipaddress.ip_address(peer)).version == own.version and ip != own]
    refused, reached = [], []
    for number, peer in enumerate(peers, _FIRST_CHANNEL):
        try:
            await _asked(client.channel_bind(number, (peer, 9)), means)
        except _Failed as failed:
            if failed.trouble is not Trouble.REFUSAL:
                raise
            refused.append(peer)
        else:
            reached.append(peer)
    return tuple(refused), tuple(reached)


async def _round_trip(near: TurnClientProtocol, far: TurnClientProtocol, means: Means) -> float:
    """Send a packet from one allocation to the other and back; gives the milliseconds that took."""
    if near.relayed_address is None or far.relayed_address is None:
        raise _Failed(Trouble.REFUSAL)
    near.receiver, far.receiver = heard, echoed = _Ear(), _Ear()
    try:
        await _asked(far.send_data(b"", near.relayed_address), means)  # binds the channels: both must let the other in
        await _asked(near.send_data(b"", far.relayed_address), means)
    except _Failed as failed:
        is_own = failed.detail.startswith("403")
        raise _Failed(Trouble.OWN_ADDRESS if is_own else failed.trouble, failed.detail) from None
    async with _echoing(far, echoed, near.relayed_address):
        return await _heard_again(near, heard, far.relayed_address, means)


async def _heard_again(near: TurnClientProtocol, heard: _Ear, peer: tuple[str, int], means: Means) -> float:
    """Send a packet until one is heard again: one may get lost on the way."""
    for _ in range(max(1, int(means.patience / AGAIN_SECONDS))):
        await near.send_data(_STAMP.pack(time.perf_counter()), peer)
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_SECONDS):
                (sent,) = _STAMP.unpack(await heard.packets.get())
                return (time.perf_counter() - float(sent)) * 1000
    raise _Failed(Trouble.LOST)


@asynccontextmanager
async def _echoing(client: TurnClientProtocol, ear: _Ear, peer: tuple[str, int]) -> AsyncIterator[None]:
    async def echo() -> None:
        while True:
            await client.send_data(await ear.packets.get(), peer)

    task = asyncio.create_task(echo())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Ear(asyncio.DatagramProtocol):
    """Keeps what arrives at an allocation."""

    def __init__(self) -> None:
        self.packets: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if len(data) == _STAMP.size:
            self.packets.put_nowait(data)


def _ip(address: tuple[str, int] | None) -> str:
    return address[0] if address else ""
