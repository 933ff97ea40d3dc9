"""Facts over a real Redis: in order, kept until committed, through cut links, an empty Redis and dead readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from signaling import Happened, Joined, Left, Measured, Offline, Online, Place, Refused, Said
from signaling.apart import Consumer, RemoteApplication, consumer, sender, streams
from tests import redis
from tests.playbook import NOON

pytestmark = pytest.mark.anyio

KEY = b"the key that signs tickets, 32 b"
JOINED = Joined("visit", "patient", "admitted", "hub-1", NOON)
LEFT = Left("visit", "patient", "hub-1", NOON)


def said(text: str = "¿Me oye?", ref: str = "m1", room: str = "visit") -> Said:
    return Said(room, "patient", ref, text, NOON)


@dataclass
class Application:
    """Keeps what it is told; a message twice is kept once."""

    facts: list[Joined | Left | Online | Offline | Said] = field(default_factory=list)
    story: list[Measured | Happened] = field(default_factory=list)
    kept: dict[str, datetime] = field(default_factory=dict)
    failing: int = 0
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def joined(self, fact: Joined) -> None:
        self._take(fact)

    async def left(self, fact: Left) -> None:
        self._take(fact)

    async def said(self, fact: Said) -> datetime:
        self._take(fact)
        if fact.text == "refuse":
            raise Refused
        return self.kept.setdefault(fact.id, NOON + timedelta(seconds=len(self.kept)))

    async def live(self, keys: Collection[str]) -> Collection[str]:
        if "unknown" in keys:
            raise RuntimeError
        return [key for key in keys if key != "ended"]

    async def online(self, fact: Online) -> None:
        self._take(fact)

    async def offline(self, fact: Offline) -> None:
        self._take(fact)

    async def observed(self, fact: Measured | Happened) -> None:
        self.story.append(fact)

    async def standing(self, room: str, participant: str) -> Place:
        return "removed" if participant == "outsider" else "admitted"

    def _take(self, fact: Joined | Left | Online | Offline | Said) -> None:
        self.told.set()
        if self.failing:
            self.failing -= 1
            raise RuntimeError
        self.facts.append(fact)


class Desk:
    """A web process that works, until it is ended."""

    def __init__(self, url: str, application: Application, name: str = "web-1") -> None:
        self.consumer = Consumer(url, KEY, application, application, name)
        self.turn = True
        self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while True:
            if not await self.consumer.work(lambda: self.turn):
                await asyncio.sleep(0.02)

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.consumer.close()


@asynccontextmanager
async def hub(url: str) -> AsyncIterator[RemoteApplication]:
    """A signaling process's end."""
    opened = RemoteApplication(url, KEY)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.stop()


@asynccontextmanager
async def desk(url: str, application: Application, name: str = "web-1") -> AsyncIterator[Desk]:
    opened = Desk(url, application, name)
    try:
        yield opened
    finally:
        await opened.end()


@pytest.fixture
async def url(redis_url: str) -> str:
    """Redis with nothing in it."""
    async with Redis.from_url(redis_url) as operator:
        await operator.flushall()
    return redis_url


@pytest.fixture
def own_redis() -> Iterator[redis.Server]:
    """Run a Redis that the test may end."""
    with redis.running() as server:
        yield server


async def eventually_empty(remote: RemoteApplication) -> None:
    """Wait until everything that was sent is answered."""
    async with asyncio.timeout(20):
        while remote._open:
            await asyncio.wait([letter.answer for letter in remote._open.values()])


async def test_facts_arrive_in_their_order_and_a_message_with_the_time_of_its_row(url: str) -> None:
    app = Application()
    async with hub(url) as remote, desk(url, app):
        await remote.joined(JOINED)
        await remote.left(LEFT)
        assert await remote.said(said()) == NOON
        assert await remote.said(said()) == NOON  # sent again: the first one's time
        await eventually_empty(remote)
    assert [fact for fact in app.facts if not isinstance(fact, Said)] == [JOINED, LEFT]
    async with Redis.from_url(url) as operator:
        assert await operator.xlen(streams.FACTS) == 0  # nothing stays of what is done


async def test_who_may_not_speak_is_refused_and_whose_session_ended_is_told(url: str) -> None:
    async with hub(url) as remote, desk(url, Application()):
        with pytest.raises(Refused):
            await remote.said(said("refuse"))
        assert set(await remote.live({"here", "ended"})) == {"here"}
        with pytest.raises(OSError, match="could not tell"):
            await remote.live({"unknown"})


async def test_facts_wait_in_redis_for_an_application_that_is_not_there(url: str) -> None:
    app = Application()
    async with hub(url) as remote:
        await remote.joined(JOINED)
    async with hub(url) as other, desk(url, app):  # the hub may even be gone by then
        await other.left(LEFT)
        await eventually_empty(other)
    assert app.facts == [JOINED, LEFT]


async def test_a_question_that_nobody_answers_fails(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "ANSWER_SECONDS", 0.05)
    async with hub(url) as remote:
        with pytest.raises(TimeoutError):
            await remote.live({"here"})
        assert not remote._open


async def test_nothing_is_lost_over_links_that_are_cut(url: str) -> None:
    app = Application()
    async with hub(url) as remote, desk(url, app), Redis.from_url(url) as operator:
        for number in range(10):
            await operator.client_kill_filter(_type="normal", skipme=True)
            assert await remote.said(said(ref=f"m{number}")) == NOON + timedelta(seconds=number)


async def test_what_was_not_committed_is_written_again_when_redis_comes_back_empty(own_redis: redis.Server) -> None:
    app = Application()
    async with hub(own_redis.url) as remote:
        await remote.joined(JOINED)
        await remote.left(LEFT)
        own_redis.stop()
        assert not await remote.reachable()
        own_redis.start()
        async with desk(own_redis.url, app):
            await eventually_empty(remote)
        assert app.facts == [JOINED, LEFT]
        assert await remote.reachable()


async def test_what_is_said_while_redis_is_away_is_said_when_it_is_back(own_redis: redis.Server) -> None:
    app = Application()
    async with hub(own_redis.url) as remote, desk(own_redis.url, app):
        await remote.said(said(ref="before"))
        own_redis.stop()
        waiting = asyncio.create_task(remote.said(said(ref="during")))
        await asyncio.sleep(0)
        own_redis.start()
        await waiting
    told = [fact.id for fact in app.facts if isinstance(fact, Said)]
    assert list(dict.fromkeys(told)) == ["before", "during"], "in order; a Redis that is new may be told twice"


async def test_a_letter_taken_by_a_process_that_died_is_taken_by_the_next_and_changes_nothing_twice(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Application()

    async def die(*_: object) -> None:
        raise asyncio.CancelledError  # between the commit and the acknowledgement

    async with hub(url) as remote:
        asked = asyncio.create_task(remote.said(said()))
        with monkeypatch.context() as deadly:
            deadly.setattr(Consumer, "_acknowledge", die)
            async with desk(url, app, "web-1") as first, asyncio.timeout(5):
                await asyncio.wait([first._task])
        assert list(app.kept) == ["m1"]
        async with desk(url, app, "web-2"):
            assert await asked == NOON
    assert len(app.facts) == 2  # it came twice
    assert app.kept == {"m1": NOON}  # and was kept once


async def test_whose_turn_it_is_no_longer_takes_nothing(url: str) -> None:
    app, other = Application(), Application()
    async with hub(url) as remote, desk(url, app, "web-1") as paused:
        await remote.said(said(ref="first"))
        paused.turn = False
        asked = asyncio.create_task(remote.said(said(ref="second")))
        async with Redis.from_url(url) as operator, asyncio.timeout(5):
            while not (await operator.xpending(streams.FACTS, streams.GROUP))["pending"]:
                pass
        await paused.end()
        async with desk(url, other, "web-2"):
            await asked
    assert (list(app.kept), list(other.kept)) == (["first"], ["second"])


async def test_a_failure_keeps_the_order_of_its_room_and_is_tried_again(url: str) -> None:
    app = Application(failing=2)
    async with hub(url) as remote, desk(url, app):
        await remote.joined(JOINED)
        await remote.left(LEFT)
        await eventually_empty(remote)
    assert app.facts == [JOINED, LEFT]


async def test_what_always_fails_is_given_up_and_stops_nobody(url: str) -> None:
    app = Application(failing=consumer.TRIES)
    async with hub(url) as remote, desk(url, app):
        with pytest.raises(OSError, match="could not keep"):
            await remote.said(said(ref="poison"))
        assert await remote.said(said(ref="sound")) == NOON


async def test_what_cannot_be_read_is_dropped_and_stops_nobody(url: str) -> None:
    app = Application()
    async with hub(url) as remote, Redis.from_url(url) as operator:
        await operator.xadd(streams.FACTS, {"id": "x", "from": "nobody", "letter": "of another release"})
        await operator.xadd(streams.FACTS, {"else": "nothing of ours"})
        async with desk(url, app):
            assert await remote.said(said()) == NOON
        await operator.xadd(streams.answers_of(remote.id), {"id": "unknown", "answer": ""})


async def test_too_many_facts_that_nobody_takes_are_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "MOST_OPEN", 1)
    async with hub(url) as remote:
        await remote.joined(JOINED)
        with pytest.raises(OSError, match="too many"):
            await remote.left(LEFT)


async def test_nobody_reads_in_redis_what_was_said(url: str) -> None:
    async with hub(url) as remote, Redis.from_url(url) as operator:
        await remote.joined(JOINED)
        asked = asyncio.create_task(remote.said(said("my brother drinks")))
        async with asyncio.timeout(5):
            while await operator.xlen(streams.FACTS) < 2:
                pass
        stored = await values_in(operator, streams.FACTS)
        assert not [value for value in stored for word in (b"brother", b"patient", b"visit") if word in value]
        async with desk(url, Application()):
            await asked
        stored = await values_in(operator, streams.answers_of(remote.id))
        assert stored
        assert not [value for value in stored if b"2026" in value]


async def values_in(operator: Redis, stream: str) -> list[bytes]:
    """Give every value of every entry."""
    entries: Any = await operator.xrange(stream)
    return [value for _, fields in entries for value in fields.values()]


async def test_where_somebody_belongs_is_asked_of_the_rows(url: str) -> None:
    async with hub(url) as remote, desk(url, Application()):
        assert await remote.standing("visit", "patient") == "admitted"
        assert await remote.standing("visit", "outsider") == "removed"


async def test_whose_pages_are_connected_is_told_in_its_order(url: str) -> None:
    application = Application()
    came, went = Online("pcp", "hub-1", NOON), Offline("pcp", "hub-1", NOON)
    async with hub(url) as remote, desk(url, application):
        await remote.online(came)
        await remote.offline(went)
        await remote.standing("visit", "patient")
        async with asyncio.timeout(10):
            while len(application.facts) < 2:
                application.told.clear()
                await application.told.wait()
    assert application.facts == [came, went]
