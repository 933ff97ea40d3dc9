"""Notices between the hubs of several nodes: a Redis stream that each node reads from where it was.

A room's log still lives in the process that serves the room; what is shared is who must go and what changed. A stream
keeps what was said while a link to Redis was down, which publishing would lose. What is announced here takes effect
here at once, and is kept for the others until Redis has taken it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.backplane.log import Notice, SessionRevoked, TopicChanged
from signaling.backplane.memory import Memory
from signaling.faults import place
from signaling.tasks import Tasks

STREAM: Final = "curbside:notices"
KEPT: Final = 10_000
"""Notices that the stream keeps, roughly: hours of them."""
MOST_UNSENT: Final = 1_000
BLOCK_MS: Final = 10_000
PAUSE_SECONDS: Final = 0.5
CONNECT_SECONDS: Final = 3.0

log = structlog.get_logger("signaling")


class SharedNotices(Memory):
    """`start` begins to read. `back` is called after each new link to Redis: what was missed can be looked up.

    `lost` is called for each link that broke.
    """

    def __init__(
        self, url: str, back: Callable[[], None] | None = None, lost: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self._origin = secrets.token_hex(8).encode()
        self._back = back
        self._lost = lost
        self._last = ""
        self._unsent: deque[Notice] = deque(maxlen=MOST_UNSENT)
        self._unsent_waits = asyncio.Event()
        self._tasks = Tasks()
        # blocking reads answer when there is something, which may be never: no timeout on the socket
        self._reading = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=CONNECT_SECONDS)
        self._writing = Redis.from_url(url, socket_timeout=CONNECT_SECONDS, socket_connect_timeout=CONNECT_SECONDS)

    async def announce(self, notice: Notice) -> None:
        """Give a notice to the hubs of this process, and to those of the others as soon as Redis takes it."""
        self._unsent.append(notice)
        self._unsent_waits.set()
        await super().announce(notice)

    async def start(self) -> None:
        """Begin to read and to send. A Redis that does not answer is tried again for as long as it takes."""
        self._tasks.spawn(self._read_on())
        self._tasks.spawn(self._send_on())

    async def stop(self) -> None:
        """Stop both."""
        await self._tasks.close()
        await self._reading.aclose()
        await self._writing.aclose()

    async def _read_on(self) -> None:
        while True:
            try:
                await self._begin()
                while True:
                    await self._read()
            except (RedisError, OSError) as error:
                self._broke(error)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _begin(self) -> None:
        """Find the stream's end, if this node has read nothing yet; then have looked up what may have been missed."""
        if not self._last:
            newest: Any = await self._reading.xrevrange(STREAM, count=1)
            self._last = newest[0][0].decode() if newest else "0-0"
        else:
            await self._reading.ping()
        if self._back is not None:
            self._back()

    async def _read(self) -> None:
        found: Any = await self._reading.xread({STREAM: self._last}, block=BLOCK_MS)
        for _, entries in found or ():
            for number, fields in entries:
                self._last = number.decode()
                if fields.get(b"from") != self._origin:
                    await self._hear(fields.get(b"notice", b""))

    async def _hear(self, text: bytes) -> None:
        try:
            await super().announce(_opened(text))
        except Exception as error:  # noqa: BLE001 - another release wrote it, or a listener failed: the next one counts
            log.error("notice failed", error=place(error))

    async def _send_on(self) -> None:
        while True:
            await self._unsent_waits.wait()
            self._unsent_waits.clear()
            try:
                await self._send_all()
            except (RedisError, OSError) as error:
                self._broke(error)
                self._unsent_waits.set()
                await asyncio.sleep(PAUSE_SECONDS)

    def _broke(self, error: Exception) -> None:
        log.warning("backplane lost", error=place(error))
        if self._lost is not None:
            self._lost()

    async def _send_all(self) -> None:
        while self._unsent:
            notice = self._unsent[0]
            fields: Any = {"from": self._origin, "notice": _written(notice)}
            await self._writing.xadd(STREAM, fields, maxlen=KEPT, approximate=True)
            if self._unsent and self._unsent[0] is notice:
                self._unsent.popleft()


def _written(notice: Notice) -> str:
    match notice:
        case SessionRevoked():
            return json.dumps({"revoked": notice.session, "at": notice.at.isoformat()})
        case TopicChanged():
            return json.dumps({"audience": notice.audience, "topic": notice.topic})


def _opened(text: bytes) -> Notice:
    fields = json.loads(text)
    if "revoked" in fields:
        return SessionRevoked(str(fields["revoked"]), datetime.fromisoformat(fields["at"]))
    return TopicChanged(str(fields["audience"]), str(fields["topic"]))
