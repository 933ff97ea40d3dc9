"""HTTP on a free port of loopback for the servers of these tests: what was asked, and listening for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


async def read_request(reader: asyncio.StreamReader) -> tuple[list[str], dict[str, str], bytes]:
    """Read one request: the words of its first line, its headers in lower case, and its body."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if value}
    return first.split(" "), headers, await reader.readexactly(int(headers.get("content-length", "0")))


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Serve connections for the length of the block; gives the port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
