"""A small TCP balancer for tests: one address before several nodes, nothing sticky, and only those that are ready.

It stands for what operators put before several nodes. Connections that exist are left alone when their node goes bad:
noticing that is the client's business.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

CHECK_SECONDS = 0.4
CHECK_WAIT = 1.0
CHUNK = 65536


class Balancer:
    """Listens on a free loopback port in a thread of its own; every new connection goes to any ready node."""

    def __init__(self, ports: Sequence[int], seed: int) -> None:
        self.port = 0
        self._ports = tuple(ports)
        self._ready: set[int] = set(ports)
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="balancer", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address that people use."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)

    def stop(self) -> None:
        """Let everything go."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _start(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._keep(asyncio.create_task(server.serve_forever()))
        self._keep(asyncio.create_task(self._check()))

    async def _stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _check(self) -> None:
        while True:
            answers = await asyncio.gather(*(_is_ready(port) for port in self._ports))
            self._ready = {port for port, ready in zip(self._ports, answers, strict=True) if ready}
            await asyncio.sleep(CHECK_SECONDS)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._keep(task)
        with suppress(OSError, asyncio.CancelledError):
            upstream = await self._connect()
            if upstream is not None:
                await _join((reader, writer), upstream)
        writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        ready = sorted(self._ready)
        for port in self._chance.sample(ready, len(ready)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _join(one: Stream, other: Stream) -> None:
    """Carry bytes both ways until either side is done."""
    ways = [asyncio.create_task(_carry(one[0], other[1])), asyncio.create_task(_carry(other[0], one[1]))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        other[1].close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def _is_ready(port: int) -> bool:
    try:
        async with asyncio.timeout(CHECK_WAIT):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            status = await reader.readline()
            writer.close()
            return b" 200 " in status
    except (OSError, TimeoutError):
        return False
