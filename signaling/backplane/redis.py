"""The backplane of several nodes: Redis.

Every node reads one stream, its inbox, from where it was, so that a link that was cut loses nothing; and keeps a lease
by which the others know that it is there. Redis may come back empty: then the hubs say what they know of each room.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenLink
from redis.exceptions import RedisError

from signaling.backplane import scripts
from signaling.backplane.codec import Codec, Unreadable
from signaling.backplane.log import LogLost, Notice, Past, Reader
from signaling.backplane.scripts import Script
from signaling.backplane.writer import PATIENCE, Writer
from signaling.events import Event
from signaling.faults import place
from signaling.outage import Outage
from signaling.roster import Room
from signaling.tasks import Tasks

BLOCK_MS: Final = 2_000
BEAT_SECONDS: Final = 1.5
AGAIN_SECONDS: Final = 0.25
MOST_AT_ONCE: Final = 256
MOST_LINKS: Final = 8
"""When Redis comes back, every room is asked for at once: each with a link of its own would be a storm."""

log = structlog.get_logger("signaling")


class RedisBackplane:
    """`start` begins to write and, when a hub is attached, to read. `secret` is the key of the tickets.

    `back` is called whenever Redis is reached again: what was missed can be looked up. `lost` is called for each link
    that broke. Whatever else needs the same Redis may share `outage`.
    """

    waits = True

    def __init__(
        self, url: str, secret: bytes, back: Callable[[], None] | None = None, lost: Callable[[], None] | None = None
    ) -> None:
        self.outage = Outage()
        self._codec = Codec(secret)
        self._back = back
        self._lost = lost
        self._hub = f"{secrets.token_hex(4)}.commands"
        self._reader: Reader | None = None
        self._numbers = itertools.count(1)
        self._inbox, self._notices = "0-0", ""
        self._trouble = asyncio.Event()
        self._linked = False
        self._burying: set[str] = set()
        self._tasks = Tasks(self.outage)
        # blocking reads answer when there is something, which may be never: no timeout on the socket
        self._reading = _client(url, None)
        self._asking = _client(url, PATIENCE, MOST_LINKS, tries=2)
        self._beating = _client(url, PATIENCE, tries=2)  # of its own: a lease may not run out behind other questions
        self._writing = _client(url, PATIENCE)
        self._writer = Writer(self._writing, self._trouble, self.outage)

    @property
    def is_linked(self) -> bool:
        """Tell whether Redis answered when it was last asked."""
        return self._linked

    def attach(self, hub: str, reader: Reader) -> None:
        """Tell a reader everything from now on. A node has one hub."""
        self._hub, self._reader = hub, reader

    async def start(self) -> None:
        """Begin. A Redis that does not answer is tried again for as long as it takes."""
        self._writer.start()
        if self._reader is not None:
            self._tasks.spawn(self._beat_on(self._reader))
            self._tasks.spawn(self._read_on(self._reader))

    async def nodes(self) -> dict[str, timedelta]:
        """Give the hubs that are there, and how long their leases last. Raises OSError when Redis does not answer."""
        try:
            found = await self._ask(scripts.WHO)
        except OSError:
            self._linked = self._reader is not None and self._linked
            raise
        if self._reader is None:
            self._linked = True
            self.outage.over()
        hubs, left = found[::2], found[1::2]
        return {hub.decode(): timedelta(milliseconds=ms) for hub, ms in zip(hubs, left, strict=True)}

    async def stop(self) -> None:
        """Stop, and let another node see to the rooms at once."""
        await self._tasks.close()
        if self._reader is not None and self._linked:
            with contextlib.suppress(OSError):  # noted; its lease runs out
                await self._ask(scripts.LEAVE, self._hub)
        self._linked = False
        await self._writer.close()
        for client in (self._reading, self._asking, self._beating, self._writing):
            await client.aclose()

    async def follow(self, hub: str, room: str, now: datetime) -> Past:
        """Give a room's log and have the hub read every entry after it. Raises OSError."""
        key, fresh = scripts.room_key(room), secrets.token_hex(8)
        found = await self._ask(scripts.FOLLOW, key, room, hub, fresh, now.isoformat())
        generation, born, first = found[0].decode(), datetime.fromisoformat(found[1].decode()), int(found[2])
        entries = tuple(
            self._codec.read_entry(room, generation, int(number.partition(b"-")[0]), fields[1])
            for number, fields in found[4]
        )
        if [entry.number for entry in entries] != list(range(first + 1, first + 1 + len(entries))):
            log.error("log not whole", room=room)
            await self._ask(scripts.DISCARD, key, room, generation, "")
            return await self.follow(hub, room, now)
        return Past(generation, born, self._codec.read_room(room, first, found[3]), entries)

    async def unfollow(self, hub: str, room: str) -> None:
        """Have the hub read no more of a room. Raises OSError."""
        await self._ask(scripts.UNFOLLOW, scripts.room_key(room), room, hub)

    async def append(self, room: str, at: datetime, event: Event, generation: str | None = None) -> None:
        """Put an event at the end of the log of this generation. Raises LogLost, or OSError when it was not taken.

        Without a generation it is put there however long that takes; this returns after a while all the same.
        """
        sealed, fresh = self._codec.write_event(room, at, event), secrets.token_hex(8)
        arguments = (scripts.room_key(room), room, self._hub, next(self._numbers))
        writing = self._writer.write(
            scripts.APPEND, *arguments, generation or "", fresh, at.isoformat(), sealed, kept=generation is None
        )
        if generation is None:
            await asyncio.wait({writing}, timeout=PATIENCE)
        elif (await writing)[0] == b"lost":
            raise LogLost(room)

    def append_now(self, room: str, at: datetime, event: Event, generation: str) -> bool:
        """Never do it: Redis is asked."""
        return False

    async def announce(self, notice: Notice) -> None:
        """Give a notice to the hub of this process, and to the others as soon as Redis takes it."""
        self._writer.write(scripts.ANNOUNCE, self._hub, self._codec.write_notice(notice), kept=True)
        if self._reader is not None:
            await self._reader.listen(notice)

    async def keep(self, generation: str, room: Room) -> None:
        """Keep a room as it is."""
        self._writer.write(scripts.KEEP, scripts.room_key(room.id), generation, room.seq, self._codec.write_room(room))

    async def discard(self, room: str, generation: str, number: int) -> None:
        """Drop the log of a room, unless it went on; this hub reads no more of it in either case."""
        self._writer.write(scripts.UNFOLLOW, scripts.room_key(room), room, self._hub)
        await self._writer.write(scripts.DISCARD, scripts.room_key(room), room, generation, number)

    def _broke(self, error: RedisError | OSError) -> None:
        self.outage.failed(error, "reading")
        if self._lost is not None:
            self._lost()

    async def _ask(self, script: Script, *arguments: str | bytes | int, by: Redis | None = None) -> Any:
        try:
            return await (by or self._asking).eval(script.text, 0, *arguments)
        except RedisError as error:
            self._trouble.set()
            self.outage.failed(error, "asking")
            raise ConnectionError(type(error).__name__) from error

    async def _beat_on(self, reader: Reader) -> None:
        seen = b""
        while True:
            try:
                mark, alive, gone = await self._ask(scripts.BEAT, self._hub, secrets.token_hex(4), by=self._beating)
                forgotten, seen = seen not in {b"", mark}, mark
                self._after_beat(reader, forgotten=forgotten)
                reader.alive([hub.decode() for hub in alive])
                for hub in {hub.decode() for hub in gone} - self._burying:
                    self._tasks.spawn(self._bury(reader, hub))  # beside: who stops beating for it is buried next
            except OSError as error:
                self._broke(error)
                self._linked = False
            await self._pause()

    async def _pause(self) -> None:
        """Wait for the next beat, less long when there is trouble."""
        if not self._linked:
            await asyncio.sleep(AGAIN_SECONDS)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                await self._trouble.wait()

    def _after_beat(self, reader: Reader, *, forgotten: bool) -> None:
        back, self._linked = not self._linked or self._trouble.is_set() or forgotten, True
        self._trouble.clear()
        if back:
            self.outage.over()
            reader.linked(forgotten=forgotten)
            if self._back is not None:
                self._back()

    async def _bury(self, reader: Reader, hub: str) -> None:
        self._burying.add(hub)
        try:
            rooms = await self._ask(scripts.CLAIM, hub, self._hub)
            if rooms is not None:
                log.warning("node lost", hub=hub, rooms=len(rooms))
                await reader.lost(hub, [room.decode() for room in rooms])
                await self._ask(scripts.BURY, hub)
        finally:
            self._burying.discard(hub)

    async def _read_on(self, reader: Reader) -> None:
        while True:
            try:
                if not self._notices:
                    newest: Any = await self._reading.xrevrange(scripts.NOTICES, count=1)
                    self._notices = newest[0][0].decode() if newest else "0-0"
                async with asyncio.timeout(BLOCK_MS / 1000 + PATIENCE):
                    await self._read(reader)
            except (RedisError, OSError) as error:
                self._broke(error)
                self._trouble.set()
                await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self, reader: Reader) -> None:
        inbox = scripts.inbox_key(self._hub)
        streams: Any = {inbox: self._inbox, scripts.NOTICES: self._notices}
        found: Any = await self._reading.xread(streams, count=MOST_AT_ONCE, block=BLOCK_MS)
        for stream, entries in found or ():
            for number, fields in entries:
                if stream.decode() == inbox:
                    self._inbox = number.decode()
                    self._take(reader, fields)
                else:
                    self._notices = number.decode()
                    await self._hear(reader, fields)

    def _take(self, reader: Reader, fields: dict[bytes, bytes]) -> None:
        room, generation = fields[b"r"].decode(), fields[b"g"].decode()
        entry = self._codec.read_entry(room, generation, int(fields[b"n"]), fields[b"e"])
        try:
            reader.read(room, entry)
        except Exception as error:  # noqa: BLE001 - one room's trouble is not the others'
            log.error("entry failed", room=room, error=place(error))

    async def _hear(self, reader: Reader, fields: dict[bytes, bytes]) -> None:
        if fields.get(b"from") == self._hub.encode():
            return
        try:
            await reader.listen(self._codec.read_notice(fields.get(b"notice", b"")))
        except Unreadable as error:
            log.error("notice not readable", error=place(error))
        except Exception as error:  # noqa: BLE001 - the next notice counts
            log.error("notice failed", error=place(error))


def _client(url: str, timeout: float | None, links: int = 1, tries: int = 1) -> Redis:
    """Make a client. A link that was cut while nobody used it is noticed by the first who does: so a second try."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=links,
        timeout=PATIENCE,
        socket_timeout=timeout,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), tries - 1, (BrokenLink,)),
    )
    return Redis.from_pool(pool)
