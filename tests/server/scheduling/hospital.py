"""A calendar's server on loopback, for tests of feeds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Answers = Callable[[str], bytes]


def ok(content: bytes, *, length: bool = True, status: str = "200 OK", more: str = "") -> bytes:
    """Write an answer with this content."""
    said = f"Content-Length: {len(content)}\r\n" if length else ""
    return f"HTTP/1.1 {status}\r\n{said}{more}Connection: close\r\n\r\n".encode() + content


def moved(target: str) -> bytes:
    """Write an answer that leads elsewhere."""
    return ok(b"", status="302 Found", more=f"Location: {target}\r\n")


@asynccontextmanager
async def hospital(
    answer: Answers, asked: list[str] | None = None, heads: list[str] | None = None
) -> AsyncIterator[str]:
    """A server on loopback that answers a path; gives its address. Without an answer it stays silent."""
    silent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        if asked is not None:
            asked.append(path)
        if heads is not None:
            heads.append(head.lower())
        with suppress(ConnectionError):
            if said := answer(path):
                writer.write(said)
                await writer.drain()
            else:
                await silent.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    silent.set()
    server.close()
