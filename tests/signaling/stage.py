"""A stage for the hub: time that moves only when told to, sockets without a network, an application that can fail."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from anyio.lowlevel import checkpoint

from signaling import Happened, Hub, Joined, Left, Measured, Offline, Online, Place, Said, Ticket, Tickets
from signaling.frames import parse_server
from signaling.protocol import Standing
from signaling.transports.waiting import Inbox
from signaling.wire import Take
from tests.playbook import NOON, ticket_of


async def settle() -> None:
    """Let everything happen that needs no time to pass."""
    for _ in range(30):
        await checkpoint()


class Entry:
    """A timer of the stage."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        """Do it not."""
        self.act = None


class StageTime:
    """A clock and its timers; both move only by `pass_by`."""

    def __init__(self) -> None:
        self.now = NOON
        self._numbers = itertools.count()
        self._timers: list[tuple[datetime, int, Entry]] = []

    def __call__(self) -> datetime:
        return self.now

    def call_at(self, when: datetime, act: Callable[[], None]) -> Entry:
        """Do it when the time comes."""
        entry = Entry(act)
        heapq.heappush(self._timers, (when, next(self._numbers), entry))
        return entry

    @property
    def running(self) -> int:
        """How many timers are not cancelled."""
        return sum(entry.act is not None for _, _, entry in self._timers)

    async def pass_by(self, seconds: float) -> None:
        """Let time pass, and everything happen that was to happen in it."""
        until = self.now + timedelta(seconds=seconds)
        await settle()
        while self._timers and self._timers[0][0] <= until:
            due, _, entry = heapq.heappop(self._timers)
            self.now = max(self.now, due)
            if entry.act:
                entry.act()
            await settle()
        self.now = until


class StageWire:
    """A socket whose client may stop reading. What arrives is offered first, unless told not to."""

    def __init__(self, *, offering: bool = True) -> None:
        self.inbox = Inbox()
        self._offering = offering
        self._take: Take | None = None
        self.texts: list[str] = []
        self.code: int | None = None
        self.gone = False
        self.reading = asyncio.Event()
        self.reading.set()

    def offer(self, take: Take) -> None:
        """Offer what arrives from now on."""
        self._take = take if self._offering else None

    def arrives(self, frame: str | bytes) -> None:
        """The client sends."""
        if isinstance(frame, str) and self._take and self.inbox.is_awaited() and self._take(frame):
            return
        self.inbox.put_nowait(frame)

    async def receive(self) -> str | bytes | None:
        """What the client sent."""
        frame: str | bytes | None = await self.inbox.get()
        return frame

    def send_now(self, text: str) -> bool:
        """What the server sends, while the client reads."""
        if self.gone or not self.reading.is_set():
            return False
        self.texts.append(text)
        return True

    async def send(self, text: str) -> None:
        """What the server sends; waits while the client does not read."""
        await self.reading.wait()
        if self.gone:
            raise OSError("gone")
        self.texts.append(text)

    async def close(self, code: int, reason: str) -> None:
        """The server closes."""
        await self.reading.wait()
        if self.gone:
            raise OSError("gone")
        self.code = code
        self.inbox.put_nowait(None)


class Someone:
    """A participant on the stage."""

    def __init__(self, stage: Stage, hub: Hub) -> None:
        self.stage = stage
        self.wire = StageWire(offering=stage.offering)
        self.task = asyncio.get_running_loop().create_task(hub.serve(self.wire))
        self._seen = 0

    async def frame(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        self.wire.arrives(frame)
        await settle()

    async def says(self, kind: str, body: dict[str, Any] | None = None, to: str | None = None, ref: str = "m1") -> None:
        """Send a message."""
        await self.frame(json.dumps({"v": 1, "id": ref, "to": to, "type": kind, "body": body or {}}))

    async def joins(self, ticket: Ticket, page: str = "page-1") -> None:
        """Show a ticket issued now."""
        await self.says("join", {"ticket": self.stage.tickets.mint(ticket), "instance": page}, ref="j1")

    async def vanishes(self) -> None:
        """The network is gone."""
        self.wire.gone = True
        self.wire.inbox.put_nowait(None)
        await settle()

    def heard(self) -> list[Any]:
        """The messages since the last look, without heartbeats."""
        fresh = [parse_server(text) for text in self.wire.texts[self._seen :]]
        self._seen = len(self.wire.texts)
        return [message for message in fresh if message.type != "heartbeat"]

    def types(self) -> list[str]:
        """The types of the messages since the last look."""
        return [message.type for message in self.heard()]

    def errors(self) -> list[str]:
        """The codes of the errors since the last look."""
        return [message.body.code for message in self.heard() if message.type == "error"]

    @property
    def code(self) -> int | None:
        """The code the server closed with."""
        return self.wire.code


class Application:
    """The other side of the port. `failing` is raised by every call while it is set; `busy` holds commits back."""

    def __init__(self, time: StageTime) -> None:
        self.time = time
        self.facts: list[Joined | Left] = []
        self.pages: list[Online | Offline] = []
        self.story: list[Measured | Happened] = []
        self.rows: dict[tuple[str, str], datetime] = {}
        self.places: dict[str, Place] = {}
        self.commits = 0
        self.failing: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def joined(self, fact: Joined) -> None:
        """Record the fact."""
        self._record(fact)

    async def left(self, fact: Left) -> None:
        """Record the fact."""
        self._record(fact)

    async def online(self, fact: Online) -> None:
        """Record the fact."""
        self._record(fact)

    async def offline(self, fact: Offline) -> None:
        """Record the fact."""
        self._record(fact)

    async def observed(self, fact: Measured | Happened) -> None:
        """Keep what was told."""
        self.story.append(fact)

    async def said(self, fact: Said) -> datetime:
        """Keep the row."""
        await self.open.wait()
        if self.failing:
            raise self.failing
        self.commits += 1
        return self.rows.setdefault((fact.participant, fact.id), self.time.now)

    async def standing(self, room: str, participant: str) -> Place:
        """Where somebody belongs."""
        if self.failing:
            raise self.failing
        return self.places.get(participant, "admitted")

    def told(self) -> list[tuple[str, str]]:
        """The facts so far, as (kind, participant)."""
        return [(type(fact).__name__.lower(), fact.participant) for fact in self.facts]

    def _record(self, fact: Joined | Left | Online | Offline) -> None:
        if self.failing:
            raise self.failing
        if isinstance(fact, Joined | Left):
            self.facts.append(fact)
        else:
            self.pages.append(fact)


class Stage:
    """A hub with everything it needs. `offering` says whether its sockets offer frames before they wait in line."""

    def __init__(self, *, offering: bool = True) -> None:
        self.offering = offering
        self.time = StageTime()
        self.tickets = Tickets(b"key", self.time)
        self.application = Application(self.time)
        self.hub = self.another_hub()
        self.everyone: list[Someone] = []

    def another_hub(self, **more: Any) -> Hub:
        """A hub of the same server."""
        return Hub(self.tickets, self.application, self.time, timers=self.time, **more)

    def connects(self, hub: Hub | None = None) -> Someone:
        """Somebody opens a socket."""
        someone = Someone(self, hub or self.hub)
        self.everyone.append(someone)
        return someone

    async def enters(
        self,
        who: str,
        standing: Standing = "admitted",
        room: str = "visit",
        hub: Hub | None = None,
        page: str = "page-1",
    ) -> Someone:
        """Somebody in the cast opens a socket and shows a ticket."""
        someone = self.connects(hub)
        await someone.joins(ticket_of(who, standing, room=room), page)
        return someone

    async def close(self) -> None:
        """Everybody goes home."""
        await self.hub.close()
        for someone in self.everyone:
            someone.task.cancel()
        await asyncio.gather(*(someone.task for someone in self.everyone), return_exceptions=True)


def lobby_ticket(who: str, *audiences: str) -> Ticket:
    """The ticket of a signed-in page."""
    return replace(ticket_of(who, room=f"person:{who}"), audiences=audiences)
