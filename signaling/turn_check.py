"""Tries a STUN or TURN server out as a browser uses it. Asks and measures; the words for people are elsewhere.

A relay is asked for two allocations with fresh credentials. A packet goes from one through the relay to the other and
back, and the relay is asked to let us reach addresses that it must refuse. Nothing is sent to those.
"""

from __future__ import annotations

import asyncio
import ipaddress
import struct
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from aioice import stun
from aioice.turn import TurnClientProtocol

from signaling.ice import IceAddress, ice_address, ice_servers
from signaling.turn_client import Failed, Means, Trouble, asked, resolve, turn_client

AGAIN_SECONDS = 0.3
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


async def check_server(url: str, means: Means) -> Report:
    """Try one server out; whatever is wrong with it is in the report. Never raises for a server's fault."""
    report = Report(url)
    try:
        try:
            address = ice_address(url)
        except ValueError as wrong:
            raise Failed(Trouble.ADDRESS, str(wrong)) from None
        where = await resolve(address)
        return await (_check_relay if address.is_relay else _check_stun)(report, address, where, means)
    except Failed as failed:
        return replace(report, trouble=failed.trouble, detail=failed.detail)


async def _check_stun(report: Report, address: IceAddress, where: str, means: Means) -> Report:
    async with turn_client(address, where, means) as client:
        began = time.perf_counter()
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        response, _ = await asked(client.request(request), means)
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
        except Failed as failed:
            return replace(report, trouble=failed.trouble, detail=failed.detail)
    return replace(report, trouble=Trouble.OPEN, detail=", ".join(reached)) if reached else report


@asynccontextmanager
async def _allocation(url: str, address: IceAddress, where: str, means: Means) -> AsyncIterator[TurnClientProtocol]:
    """Hold an allocation. Where the password is refused, find out whether only the clocks differ."""
    async with _login(url, address, where, means) as client:
        try:
            await asked(client.connect(), means)
        except Failed as failed:
            if failed.trouble is Trouble.SECRET and await _accepts(url, address, where, means):
                raise Failed(Trouble.CLOCK) from None
            raise
        try:
            yield client
        finally:
            with suppress(Failed):  # it ends by itself soon
                await asked(client.delete(), means)


async def _accepts(url: str, address: IceAddress, where: str, means: Means) -> bool:
    """Tell whether the relay accepts a password that is good for a day more."""
    async with _login(url, address, where, replace(means, now=means.now + A_DAY)) as client:
        try:
            await asked(client.connect(), means)
        except Failed:
            return False
        with suppress(Failed):
            await asked(client.delete(), means)
    return True


def _login(url: str, address: IceAddress, where: str, means: Means) -> AbstractAsyncContextManager[TurnClientProtocol]:
    (server,) = ice_servers([url], means.secret, means.now, means.lifetime, "check")
    return turn_client(address, where, means, server["username"], server["credential"])


async def _probe(client: TurnClientProtocol, means: Means) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ask for forbidden peers; gives those that were refused and those that were not. Nothing is sent to them."""
    own = ipaddress.ip_address(_ip(client.relayed_address))
    peers = [peer for peer in FORBIDDEN if (ip := ipaddress.ip_address(peer)).version == own.version and ip != own]
    refused, reached = [], []
    for number, peer in enumerate(peers, _FIRST_CHANNEL):
        try:
            await asked(client.channel_bind(number, (peer, 9)), means)
        except Failed as failed:
            if failed.trouble is not Trouble.REFUSAL:
                raise
            refused.append(peer)
        else:
            reached.append(peer)
    return tuple(refused), tuple(reached)


async def _round_trip(near: TurnClientProtocol, far: TurnClientProtocol, means: Means) -> float:
    """Send a packet from one allocation to the other and back; gives the milliseconds that took."""
    if near.relayed_address is None or far.relayed_address is None:
        raise Failed(Trouble.REFUSAL)
    near.receiver, far.receiver = heard, echoed = _Ear(), _Ear()
    try:
        await asked(far.send_data(b"", near.relayed_address), means)  # binds the channels: both must let the other in
        await asked(near.send_data(b"", far.relayed_address), means)
    except Failed as failed:
        is_own = failed.detail.startswith("403")
        raise Failed(Trouble.OWN_ADDRESS if is_own else failed.trouble, failed.detail) from None
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
    raise Failed(Trouble.LOST)


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
