"""Connections that send slowly or without end are closed, and ordinary ones are served."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.config import Config
from uvicorn.server import ServerState

from server.web.prompt import PromptHttp

pytestmark = pytest.mark.anyio
WAIT = 10


class Impatient(PromptHttp):
    HEAD_SECONDS = 0.2
    BODY_SECONDS = 0.2


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


@asynccontextmanager
async def connected(kind: type[PromptHttp]) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection to a server that speaks so."""
    config = Config(Starlette(routes=[Route("/", echo, methods=["GET", "POST"])]), lifespan="off", log_level="error")
    server = await asyncio.get_running_loop().create_server(
        lambda: kind(config=config, server_state=ServerState(), app_state={}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
async def test_what_does_not_arrive_in_time_is_not_waited_for(sent: bytes) -> None:
    async with connected(Impatient) as (reader, writer), asyncio.timeout(WAIT):
        writer.write(sent)
        assert b"200 OK" not in await reader.read()


async def write_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n")
    while not reader.at_eof():
        writer.write(b"X-More: " + b"a" * 8000 + b"\r\n")
        await writer.drain()
    raise ConnectionError


async def test_a_head_without_end_is_not_kept() -> None:
    async with connected(PromptHttp) as (reader, writer), asyncio.timeout(WAIT):
        with pytest.raises(ConnectionError):
            await write_without_end(reader, writer)


async def test_an_ordinary_request_is_answered_also_when_its_body_is_larger_than_a_head_may_be() -> None:
    body = b"a" * (PromptHttp.LARGEST_HEAD * 2)
    async with connected(PromptHttp) as (reader, writer), asyncio.timeout(WAIT):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"


async def test_a_connection_serves_one_request_after_another() -> None:
    async with connected(PromptHttp) as (reader, writer), asyncio.timeout(WAIT):
        for _ in range(3):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
            assert await reader.readuntil(b"ok") != b""


class Watched(PromptHttp):
    seen: weakref.WeakSet[PromptHttp] = weakref.WeakSet()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self.seen.add(self)


async def test_who_becomes_a_websocket_leaves_nothing_for_the_collector_to_find() -> None:
    opening = (
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    gc.collect()
    gc.disable()
    try:
        async with connected(Watched) as (reader, writer), asyncio.timeout(WAIT):
            writer.write(opening)
            assert (await reader.readline()).startswith(b"HTTP/1.1 ")
            assert len(Watched.seen) == 0
    finally:
        gc.enable()
