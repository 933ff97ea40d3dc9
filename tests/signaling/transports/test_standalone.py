"""Signaling alone, on a real socket: origins, limits, dead clients, health, TLS, and leaving without losing anybody."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from signaling import Hub, Tickets
from signaling.client import Client
from signaling.transports import standalone
from signaling.transports.standalone import Standalone, tls_context
from signaling.wire import Wire
from tests.playbook import ticket_of
from tests.signaling.certificate import self_signed
from tests.signaling.server import Application, now

pytestmark = pytest.mark.anyio

HOME = "http://home.test"


class NotedHub(Hub):
    """Tells when somebody came, and went."""

    came: asyncio.Event
    went: asyncio.Event

    async def serve(self, wire: Wire) -> None:
        self.came.set()
        await super().serve(wire)
        self.went.set()


@dataclass
class Alone:
    """A signaling process in this one."""

    hub: NotedHub = field(init=False)
    server: Standalone = field(init=False)
    tickets: Tickets = field(default_factory=lambda: Tickets(b"key", now))
    is_ready: bool = True

    def __post_init__(self) -> None:
        self.hub = NotedHub(self.tickets, Application(), now)
        self.hub.came, self.hub.went = asyncio.Event(), asyncio.Event()
        self.server = Standalone(self.hub, self._from_home, self._ready)

    @property
    def port(self) -> int:
        return self.server.ports[0]

    async def client(self, origin: str = HOME) -> Client:
        return await Client.connect(f"ws://127.0.0.1:{self.port}/signaling", origin)

    async def get(self, path: str, *headers: str) -> str:
        """Ask for a page; gives the whole answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write("\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer.decode()

    def _from_home(self, headers: Mapping[str, str]) -> bool:
        return headers.get("origin") == HOME

    async def _ready(self) -> bool:
        return self.is_ready


@asynccontextmanager
async def running(tls: ssl.SSLContext | None = None) -> AsyncIterator[Alone]:
    alone = Alone()
    await alone.server.start("127.0.0.1", 0, tls)
    try:
        yield alone
    finally:
        await alone.server.drain()


@pytest.fixture
async def alone() -> AsyncIterator[Alone]:
    async with running() as alone:
        yield alone


async def test_two_people_talk(alone: Alone) -> None:
    async with await alone.client() as pcp, await alone.client() as patient:
        for client, who in ((pcp, "pcp"), (patient, "patient")):
            await client.join(alone.tickets.mint(ticket_of(who, issued=now())))
            await client.expect("welcome")
        await pcp.expect("joined")
        await patient.send("chat", {"text": "¿Me oye?"}, ref="m1")
        assert (await pcp.expect("chat")).id == (await patient.expect("chat")).id == "m1"


async def test_another_origin_and_another_path_are_refused_before_the_socket_opens(alone: Alone) -> None:
    with pytest.raises(InvalidStatus) as elsewhere:
        await alone.client("http://elsewhere.test")
    assert elsewhere.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as lost:
        await connect(f"ws://127.0.0.1:{alone.port}/other", additional_headers={"Origin": HOME}, proxy=None)
    assert lost.value.response.status_code == 404


async def test_binary_and_large_frames_cost_an_error_and_huge_ones_the_connection(alone: Alone) -> None:
    async with await alone.client() as outsider, await alone.client() as other:
        await outsider.send_frame(b"\x00\xff")
        await outsider.expect_error("malformed")
        await outsider.send_frame("x" * 100_000)
        await outsider.expect_error("too_large")
        await outsider.send_frame("x" * 200_000)
        assert await outsider.expect_close() == 1009
        await other.expect_silence()


async def test_nothing_is_compressed(alone: Alone) -> None:
    async with connect(
        f"ws://127.0.0.1:{alone.port}/signaling", additional_headers={"Origin": HOME}, proxy=None
    ) as socket:
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


async def test_who_answers_no_ping_is_gone(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    assert standalone.PING_SECONDS + standalone.PONG_SECONDS == 5
    monkeypatch.setattr(standalone, "PING_SECONDS", 0.05)
    monkeypatch.setattr(standalone, "PONG_SECONDS", 0.05)
    async with running() as alone:
        silent = await alone.client()
        silent.socket.transport.pause_reading()
        async with asyncio.timeout(5):
            await alone.hub.went.wait()
        silent.socket.transport.abort()


async def test_a_plain_request_is_told_to_upgrade(alone: Alone) -> None:
    answer = await alone.get("/signaling")
    assert answer.startswith("HTTP/1.1 426")
    assert "Upgrade: websocket" in answer


async def test_the_process_is_healthy_while_it_runs_and_ready_while_redis_answers(alone: Alone) -> None:
    assert (await alone.get("/healthz")).startswith("HTTP/1.1 200")
    assert (await alone.get("/readyz?probe")).startswith("HTTP/1.1 200")
    alone.is_ready = False
    assert (await alone.get("/healthz")).startswith("HTTP/1.1 200")
    assert (await alone.get("/readyz")).startswith("HTTP/1.1 503")


async def test_whoever_is_connected_is_sent_elsewhere_when_it_stops(alone: Alone) -> None:
    pcp = await alone.client()
    await pcp.join(alone.tickets.mint(ticket_of("pcp", issued=now())))
    await pcp.expect("welcome")
    port = alone.port
    leaving = asyncio.create_task(alone.server.drain())
    assert await pcp.expect_close() == 1012
    await leaving
    with pytest.raises(OSError, match="refused"):
        await asyncio.open_connection("127.0.0.1", port)


async def test_while_it_stops_it_is_not_ready_and_sends_newcomers_elsewhere(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.hub.CLOSE_WAIT_SECONDS", 1.0)
    slow = await alone.client()
    slow.socket.transport.pause_reading()
    await alone.hub.came.wait()
    leaving = asyncio.create_task(alone.server.drain())
    await asyncio.sleep(0)
    assert (await alone.get("/readyz")).startswith("HTTP/1.1 503")
    assert await (await alone.client()).expect_close() == 1012
    slow.socket.transport.abort()
    await leaving


async def test_a_trouble_of_the_hub_is_one_connection_s_only(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(wire: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(alone.hub, "serve", fail)
        assert await (await alone.client()).expect_close() in {1000, 1011}
    async with await alone.client() as pcp:
        await pcp.expect_silence()


async def test_it_speaks_tls_with_a_certificate(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    async with running(tls_context(certificate, key)) as alone:
        trusting = ssl.create_default_context(cafile=str(certificate))
        async with connect(
            f"wss://localhost:{alone.port}/signaling", ssl=trusting, additional_headers={"Origin": HOME}, proxy=None
        ) as socket:
            await socket.send("{}")
            assert '"malformed"' in str(await socket.recv())
