"""A small TCP balancer for tests: one address before several nodes, nothing sticky, and only those that are ready.

It stands for what operators put before several nodes. Connections that exist are left alone when their node goes bad:
noticing that is the client's business.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from threading import Thread

CHECK_SECONDS = 0.4
CHECK_WAIT = 1.0


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
        self._ends: set[_End] = set()

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
        server = await self._loop.create_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._keep(server.serve_forever())
        self._keep(self._check())

    async def _stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in tuple(self._ends):
            end.abort()
        await asyncio.sleep(0)  # they hear of it one turn later

    def _keep(self, work: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _check(self) -> None:
        while True:
            answers = await asyncio.gather(*(_is_ready(port) for port in self._ports))
            self._ready = {port for port, ready in zip(self._ports, answers, strict=True) if ready}
            await asyncio.sleep(CHECK_SECONDS)

    def _accept(self) -> _End:
        client = _End(self._ends)
        self._keep(self._connect(client))
        return client

    async def _connect(self, client: _End) -> None:
        ready = sorted(self._ready) or self._ports  # with none ready, any may be better than its check says
        for port in self._chance.sample(ready, len(ready)):
            with suppress(OSError):
                await self._loop.create_connection(lambda: _End(self._ends, client), "127.0.0.1", port)
                return
        client.abort()


class _End(asyncio.Protocol):
    """One end of a connection; what comes in goes out of the other one. `ends` holds those that are open."""

    def __init__(self, ends: set[_End], other: _End | None = None) -> None:
        self._ends, self._other = ends, other
        self._transport: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; the end that was there first has waited for this one."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ends.add(self)
        if self._other is not None:
            self._other.meet(self)

    def meet(self, other: _End) -> None:
        """Pass on what came before there was anybody to pass it to."""
        self._other = other
        for data in self._early:
            other.write(data)
        self._early.clear()
        if self._over:
            other.close()

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self._other is None:
            self._early.append(data)
        else:
            self._other.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other end too."""
        self._over = True
        self._ends.discard(self)
        if self._other is not None:
            self._other.close()

    def pause_writing(self) -> None:
        """Whoever sends faster than this end takes has to wait."""
        if self._other is not None and self._other._transport is not None:
            self._other._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        if self._other is not None and self._other._transport is not None:
            self._other._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send it out of this end."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close it once everything is sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()


async def _is_ready(port: int) -> bool:
    try:
        async with asyncio.timeout(CHECK_WAIT):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError):
        return False
