"""Nodes over one backplane and people on them, without sockets: real time, and what is expected is waited for."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signaling import Happened, Hub, Joined, Left, Measured, Offline, Online, Place, RedisBackplane, Said, Tickets
from signaling.frames import parse_server
from signaling.protocol import Standing
from signaling.wire import Take
from tests.playbook import ticket_of
from tests.signaling.server import now

KEY = b"the key of the tickets"
WAIT = 12.0


async def eventually(holds: Callable[[], Any]) -> None:
    """Wait until something holds that nobody tells of; `holds` may be awaited."""
    async with asyncio.timeout(WAIT):
        while True:
            found = holds()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.02)


class Rows:
    """The application of all nodes: what is in its rows."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, str]] = []
        self.story: list[Happened] = []
        self.chat: dict[tuple[str, str], datetime] = {}
        self.places: dict[str, Place] = {}

    async def joined(self, fact: Joined) -> None:
        """Note it."""
        self.facts.append(("joined", fact.participant))

    async def left(self, fact: Left) -> None:
        """Note it."""
        self.facts.append(("left", fact.participant))

    async def said(self, fact: Said) -> datetime:
        """Keep it once."""
        return self.chat.setdefault((fact.participant, fact.id), fact.at)

    async def online(self, fact: Online) -> None:
        """Note it."""
        self.facts.append(("online", fact.account))

    async def offline(self, fact: Offline) -> None:
        """Note it."""
        self.facts.append(("offline", fact.account))

    async def observed(self, fact: Measured | Happened) -> None:
        """Note what happened."""
        if isinstance(fact, Happened):
            self.story.append(fact)

    async def told(self, *facts: tuple[str, str]) -> None:
        """Wait for facts."""
        await eventually(lambda: set(facts) <= set(self.facts))

    async def standing(self, room: str, participant: str) -> Place:
        """Look it up."""
        return self.places.get(participant, "admitted")


class Node:
    """A hub with its link to Redis."""

    def __init__(self, url: str, rows: Rows) -> None:
        self.tickets = Tickets(KEY, now)
        self.links: asyncio.Queue[None] = asyncio.Queue()
        self.backplane = RedisBackplane(url, KEY, lambda: self.links.put_nowait(None))
        self.hub = Hub(self.tickets, rows, now, backplane=self.backplane)
        self.people: list[Person] = []

    async def start(self) -> Node:
        """Begin, and wait until Redis is reached."""
        await self.backplane.start()
        async with asyncio.timeout(WAIT):
            await self.links.get()
        return self

    async def enters(self, who: str, standing: Standing = "admitted", *, like: Page) -> Person:
        """Somebody connects; `like` is their page as it is so far."""
        person = Person(self, who, like)
        self.people.append(person)
        token = self.tickets.mint(ticket_of(who, standing, room=person.room))
        resume = {"generation": like.generation, "position": like.position} if like.position else None
        person.says("join", {"ticket": token, "instance": like.instance, "resume": resume})
        return person

    async def dies(self) -> None:
        """Is gone at once: nothing more is said, to anybody."""
        self.hub._closed = True
        await self.backplane._tasks.close()
        await self.backplane._writer.close()
        await self.hub._rooms.close()
        for person in self.people:
            person.task.cancel()
        await asyncio.gather(*(person.task for person in self.people), return_exceptions=True)
        for client in (
            self.backplane._reading,
            self.backplane._asking,
            self.backplane._beating,
            self.backplane._writing,
        ):
            await client.aclose()

    async def close(self) -> None:
        """Go as a node should."""
        await self.hub.close()
        await self.backplane.stop()
        for person in self.people:
            person.task.cancel()
        await asyncio.gather(*(person.task for person in self.people), return_exceptions=True)


@dataclass
class Page:
    """What a page remembers: where it is, and how far it has heard the room."""

    room: str
    instance: str = "page-1"
    generation: str = ""
    position: str = ""


class Person(Page):
    """Somebody with their page open."""

    def __init__(self, node: Node, who: str, like: Page) -> None:
        super().__init__(like.room, like.instance, like.generation, like.position)
        self.who = who
        self.inbox: asyncio.Queue[str | None] = asyncio.Queue()
        self.outbox: asyncio.Queue[str] = asyncio.Queue()
        self.code: int | None = None
        self.task = asyncio.get_running_loop().create_task(node.hub.serve(self))

    def offer(self, take: Take) -> None:
        """Leave everything to `receive`."""

    async def receive(self) -> str | None:
        """What the page sends."""
        return await self.inbox.get()

    def send_now(self, text: str) -> bool:
        """What the hub sends; it never has to wait."""
        self.outbox.put_nowait(text)
        return True

    async def send(self, text: str) -> None:
        """What the hub sends."""
        self.outbox.put_nowait(text)

    async def close(self, code: int, reason: str) -> None:
        """The hub closes."""
        self.code = code
        self.inbox.put_nowait(None)

    def says(self, kind: str, body: dict[str, Any], to: str | None = None) -> str:
        """Send a message."""
        ref = secrets.token_hex(4)
        self.inbox.put_nowait(json.dumps({"v": 1, "id": ref, "to": to, "type": kind, "body": body}))
        return ref

    def offers(self, to: str, sdp: str = "v=0") -> str:
        """Send an offer."""
        return self.says("offer", {"link": f"p2p:{to}", "instance": "pc.1", "sdp": sdp}, to)

    def vanishes(self) -> None:
        """The network is gone."""
        self.inbox.put_nowait(None)

    async def hears(self, *kinds: str) -> list[Any]:
        """Wait for exactly these messages, in this order; heartbeats are not counted."""
        heard = [await self.hears_any() for _ in kinds]
        assert [message.type for message in heard] == list(kinds)
        return heard

    async def hears_any(self) -> Any:
        """Wait for the next message that is no heartbeat."""
        async with asyncio.timeout(WAIT):
            while (message := self._read(await self.outbox.get())).type == "heartbeat":
                pass
        return message

    async def closed(self) -> int | None:
        """Wait for the end of the connection."""
        async with asyncio.timeout(WAIT):
            await asyncio.wait({self.task})
        return self.code

    def left_over(self) -> list[str]:
        """The types of what was not waited for."""
        found = [self._read(self.outbox.get_nowait()).type for _ in range(self.outbox.qsize())]
        return [kind for kind in found if kind != "heartbeat"]

    def _read(self, text: str) -> Any:
        message: Any = parse_server(text)
        if message.type == "welcome":
            self.generation, self.position = message.body.generation, message.body.position
        self.position = message.pos or self.position
        return message


@asynccontextmanager
async def nodes(url: str, rows: Rows, many: int = 2) -> AsyncIterator[list[Node]]:
    """Run nodes that reach Redis."""
    made = [Node(url, rows) for _ in range(many)]
    for node in made:
        await node.start()
    try:
        yield made
    finally:
        for node in made:
            await node.close()
