"""The application's end: takes letters out of the Redis stream, and acknowledges each after what it asks for is done.

One process works at a time, so that the facts of a room keep their order; the caller sees to that. Whatever another one
has taken and not acknowledged is claimed first. So a process may die at any instant: the same letter comes again.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from redis.exceptions import RedisError, ResponseError

from signaling.apart import streams
from signaling.apart.letters import (
    Alive,
    Answer,
    Declined,
    Failed,
    Kept,
    Letter,
    SessionsAsked,
    StandingAsked,
    Stands,
    Taken,
    Unreadable,
    lane,
    read_letter,
    write,
)
from signaling.apart.seal import NotOurs, Seal
from signaling.facts import Fact, tell
from signaling.faults import place
from signaling.outage import Outage
from signaling.ports import Facts, Refused, Sessions

BATCH: Final = 64
BLOCK_MS: Final = 1_000
TRIES: Final = 5

log = structlog.get_logger("signaling")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A letter as it lies in the stream; None when it cannot be read."""

    number: str
    hub: str
    id: str
    letter: Letter | None


class Consumer:
    """Takes letters to the application. `name` is this process's, another one's every time.

    `outage` is where failures of Redis are noted.
    """

    def __init__(
        self,
        url: str,
        ticket_key: bytes,
        facts: Facts,
        sessions: Sessions,
        name: str,
        outage: Outage | None = None,
    ) -> None:
        self._outage = outage or Outage()
        self._facts, self._sessions, self._name = facts, sessions, name
        self._seal = Seal(ticket_key)
        self._writing, self._reading = streams.writing(url), streams.reading(url)
        self._behind = True
        self._tried: Counter[str] = Counter()

    async def work(self, may: Callable[[], bool]) -> bool:
        """Take what there is, waiting a second for it. False when something failed: rest, and come again.

        Before each letter `may` is asked whether this process is still the one that works.
        """
        try:
            behind, self._behind = self._behind, True
            entries = await (self._claim() if behind else self._next())
            done = await self._take(entries, may)
            self._behind = not done or bool(entries) is behind  # until nothing is found; then again when it is quiet
        except (RedisError, OSError) as error:
            self._outage.failed(error, "taking facts")
            return False
        return done

    async def close(self) -> None:
        """Let go of Redis."""
        await self._reading.aclose()
        await self._writing.aclose()

    async def _claim(self) -> Sequence[_Entry]:
        """Take over what was given to somebody, also to this process, and never acknowledged."""
        try:
            found: Any = await self._writing.xautoclaim(
                streams.FACTS, streams.GROUP, self._name, min_idle_time=0, count=BATCH
            )
        except ResponseError as error:
            await self._begin(error)
            return ()
        return [self._opened(number, fields) for number, fields in found[1] if fields]

    async def _next(self) -> Sequence[_Entry]:
        try:
            found: Any = await self._reading.xreadgroup(
                streams.GROUP, self._name, {streams.FACTS: ">"}, count=BATCH, block=BLOCK_MS
            )
        except ResponseError as error:
            await self._begin(error)
            return ()
        return [self._opened(number, fields) for number, fields in found[0][1]] if found else ()

    async def _begin(self, error: ResponseError) -> None:
        """Make the group, from the stream's first entry on: Redis is new, or came back empty."""
        if not str(error).startswith("NOGROUP"):
            raise error
        try:
            await self._writing.xgroup_create(streams.FACTS, streams.GROUP, id="0", mkstream=True)
        except ResponseError as known:
            if not str(known).startswith("BUSYGROUP"):
                raise

    def _opened(self, number: bytes, fields: dict[bytes, bytes]) -> _Entry:
        hub, letter_id = (fields.get(name, b"").decode("ascii", "replace") for name in (b"from", b"id"))
        try:
            letter = read_letter(self._seal.open(fields.get(b"letter", b""), streams.letter_place(letter_id)))
        except (NotOurs, Unreadable) as error:
            log.error("fact unreadable", entry=number.decode(), error=place(error))
            letter = None
        return _Entry(number.decode(), hub, letter_id, letter)

    async def _take(self, entries: Sequence[_Entry], may: Callable[[], bool]) -> bool:
        """Take all, those of one lane one after another; False when one failed, or it is no longer this one's turn."""
        lanes: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            lanes[(entry.letter and lane(entry.letter)) or entry.number].append(entry)
        work = (self._take_lane(waiting, may) for waiting in lanes.values())
        ended = await asyncio.gather(*work, return_exceptions=True)  # nothing of this goes on beside the next batch
        for failure in ended:
            if isinstance(failure, BaseException):
                raise failure
        return all(ended)

    async def _take_lane(self, entries: Sequence[_Entry], may: Callable[[], bool]) -> bool:
        for entry in entries:
            if not may():
                return False
            answer = await self._outcome(entry)
            if answer is None:
                return False  # what comes after it in the lane waits with it
            await self._acknowledge(entry, answer)
        return True

    async def _outcome(self, entry: _Entry) -> Answer | None:
        """Give what became of a letter; None when it is to be tried again."""
        if entry.letter is None:
            return Failed()
        try:
            return await self._do(entry.letter)
        except Exception as error:  # noqa: BLE001 (one letter that cannot be taken must not stop the others)
            kind = type(entry.letter).__name__
            log.warning("fact failed", fact=kind, entry=entry.number, error=place(error))
            if lane(entry.letter) is not None and self._tries(entry) < TRIES:
                return None
            log.error("fact given up", fact=kind, entry=entry.number)
            return Failed()

    async def _do(self, letter: Letter) -> Answer:
        match letter:
            case SessionsAsked():
                return Alive(tuple(await self._sessions.live(letter.keys)))
            case StandingAsked():
                return Stands(await self._facts.standing(letter.room, letter.participant))
            case _:
                return await self._tell(letter)

    async def _tell(self, fact: Fact) -> Answer:
        try:
            at = await tell(self._facts, fact)
        except Refused:
            return Declined()
        return Taken() if at is None else Kept(at)

    def _tries(self, entry: _Entry) -> int:
        self._tried[entry.number] += 1
        return self._tried[entry.number]

    async def _acknowledge(self, entry: _Entry, answer: Answer) -> None:
        """Answer and take the letter out of the stream, both or neither."""
        sealed = self._seal.close(write(answer), streams.answer_place(entry.id))
        back = streams.answers_of(entry.hub)
        async with self._writing.pipeline(transaction=True) as both:
            both.xadd(back, {"id": entry.id, "answer": sealed}, maxlen=streams.KEPT_ANSWERS, approximate=True)
            both.expire(back, streams.ANSWERS_SECONDS)
            both.xack(streams.FACTS, streams.GROUP, entry.number)
            both.xdel(streams.FACTS, entry.number)
            await both.execute()
        self._tried.pop(entry.number, None)
