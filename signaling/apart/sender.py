"""The hub's end: the port's `Facts` and `Sessions` without a database, over a Redis stream.

A fact is kept here until the application has committed it. So nothing is lost when a link to Redis is cut, and when
Redis comes back empty everything that is still open is written again, in its order. The application takes each twice
as once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from signaling.apart import streams
from signaling.apart.letters import (
    Alive,
    Answer,
    Declined,
    Kept,
    Letter,
    SessionsAsked,
    StandingAsked,
    Stands,
    Unreadable,
    read_answer,
    write,
)
from signaling.apart.seal import NotOurs, Seal
from signaling.faults import place
from signaling.outage import Outage
from signaling.ports import Happened, Joined, Left, Measured, Offline, Online, Place, Refused, Said
from signaling.tasks import Tasks

MOST_OPEN: Final = 10_000
BLOCK_MS: Final = 2_000
PAUSE_SECONDS: Final = 0.25
ANSWER_SECONDS: Final = 8.0

# Adds a letter if Redis is the one that was named, and says which one it is.
_ADD: Final = """
local born = redis.call('GET', KEYS[2])
if not born then
  born = ARGV[2]
  redis.call('SET', KEYS[2], born)
end
if born == ARGV[1] then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'from', ARGV[4], 'id', ARGV[5], 'letter', ARGV[6])
end
return born
"""

log = structlog.get_logger("signaling")


@dataclass(slots=True, eq=False)
class _Open:
    """A letter that is not answered yet."""

    id: str
    sealed: bytes
    answer: asyncio.Future[Answer]


class RemoteApplication:
    """`Facts` and `Sessions` of an application that runs apart. `start` begins to hear its answers.

    `outage` is where failures of Redis are noted.
    """

    def __init__(self, url: str, ticket_key: bytes, outage: Outage | None = None) -> None:
        self._outage = outage or Outage()
        self.id = secrets.token_hex(8)
        self._seal = Seal(ticket_key)
        self._writing, self._reading = streams.writing(url), streams.reading(url)
        self._open: dict[str, _Open] = {}
        self._order = asyncio.Lock()
        self._born = b""
        self._last = "0-0"
        self._tasks = Tasks()

    async def joined(self, fact: Joined) -> None:
        """Hand the fact to Redis; the application commits it in its order."""
        await self._post(fact)

    async def left(self, fact: Left) -> None:
        """Hand the fact to Redis; the application commits it in its order."""
        await self._post(fact)

    async def online(self, fact: Online) -> None:
        """Hand the fact to Redis; the application commits it in its order."""
        await self._post(fact)

    async def offline(self, fact: Offline) -> None:
        """Hand the fact to Redis; the application commits it in its order."""
        await self._post(fact)

    async def observed(self, fact: Measured | Happened) -> None:
        """Hand the fact to Redis; of this some may be lost."""
        await self._post(fact)

    async def standing(self, room: str, participant: str) -> Place:
        """Give where a participant belongs by the rows. Raises OSError when nobody can tell."""
        match await self._ask(StandingAsked(room, participant)):
            case Stands(found):
                return found
            case _:
                raise OSError("the application could not tell")

    async def said(self, fact: Said) -> datetime:
        """Have the message committed and give the time of its row. Raises `Refused`, or OSError when it failed."""
        match await self._ask(fact):
            case Kept(at):
                return at
            case Declined():
                raise Refused("declined")
            case _:
                raise OSError("the application could not keep it")

    async def live(self, keys: Collection[str]) -> Collection[str]:
        """Give those of the session keys whose session was not ended. Raises OSError when nobody answers."""
        match await self._ask(SessionsAsked(tuple(keys))):
            case Alive(found):
                return found
            case _:
                raise OSError("the application could not tell")

    async def reachable(self) -> bool:
        """Tell whether Redis answers."""
        try:
            await self._writing.ping()
        except (RedisError, OSError):
            return False
        return True

    async def start(self) -> None:
        """Begin to hear answers. A Redis that does not answer is tried again for as long as it takes."""
        self._tasks.spawn(self._listen())

    async def stop(self) -> None:
        """Stop. What is not answered stays in Redis, where the application finds it."""
        await self._tasks.close()
        await self._reading.aclose()
        await self._writing.aclose()

    async def _ask(self, letter: Letter) -> Answer:
        async with asyncio.timeout(ANSWER_SECONDS):
            asked = await self._post(letter)
            try:
                return await asked.answer
            finally:
                self._open.pop(asked.id, None)

    async def _post(self, letter: Letter) -> _Open:
        """Return once Redis has the letter. Raises OSError when too many are open."""
        if len(self._open) >= MOST_OPEN:
            raise OSError("too many letters are not answered")
        letter_id = secrets.token_hex(8)
        sealed = self._seal.close(write(letter), streams.letter_place(letter_id))
        posted = _Open(letter_id, sealed, asyncio.get_running_loop().create_future())
        self._open[letter_id] = posted
        try:
            await self._put(posted)
        except BaseException:
            self._open.pop(letter_id, None)
            raise
        return posted

    async def _put(self, letter: _Open) -> None:
        while True:
            try:
                async with self._order:
                    if not await self._add(letter):
                        await self._put_all()
                return
            except (RedisError, OSError) as error:
                self._outage.failed(error, "handing facts over")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _put_all(self) -> None:
        """Write again what is open: Redis is another one than before."""
        self._last = "0-0"
        for letter in tuple(self._open.values()):
            await self._add(letter)

    async def _add(self, letter: _Open) -> bool:
        """Tell whether it was added; if not, it was learnt which Redis is there now."""
        arguments: tuple[Any, ...] = (self._born, secrets.token_hex(8), streams.KEPT, self.id, letter.id, letter.sealed)
        born: bytes = await self._writing.eval(_ADD, 2, streams.FACTS, streams.BORN, *arguments)
        known, self._born = self._born, born
        return known == born

    async def _listen(self) -> None:
        while True:
            try:
                await self._look()
                await self._read()
            except (RedisError, OSError) as error:
                self._outage.failed(error, "reading answers")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self) -> None:
        """See whether Redis came back empty while something was open."""
        async with self._order:
            oldest = next(iter(self._open.values()), None)
            if oldest is None or await self._writing.get(streams.BORN) == self._born:
                return
            if not await self._add(oldest):
                await self._put_all()

    async def _read(self) -> None:
        """Take answers until there was none for a while."""
        while True:
            found: Any = await self._reading.xread({streams.answers_of(self.id): self._last}, block=BLOCK_MS)
            if not found:
                return
            for number, fields in found[0][1]:
                self._last = number.decode()
                self._hear(fields)

    def _hear(self, fields: dict[bytes, bytes]) -> None:
        letter_id = fields.get(b"id", b"").decode("ascii", "replace")
        letter = self._open.pop(letter_id, None)
        if letter is None:
            return
        try:
            answer = read_answer(self._seal.open(fields.get(b"answer", b""), streams.answer_place(letter_id)))
        except (NotOurs, Unreadable) as error:
            self._open[letter_id] = letter
            log.error("answer unreadable", error=place(error))
            return
        if not letter.answer.done():
            letter.answer.set_result(answer)
