"""Commands from a process that serves nobody: they reach the rooms and the connections of another one, over Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from signaling import BackplaneCommands, SentOrders, TakenOrders
from signaling.backplane import Entry, Notice, SessionRevoked, TopicChanged
from signaling.events import Admit, Disconnected, End, Remove
from tests.playbook import NOON

pytestmark = pytest.mark.anyio


class Rooms:
    """Notes what reaches the process that serves the rooms."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[object] = asyncio.Queue()

    def read(self, room: str, entry: Entry) -> None:
        self.heard.put_nowait((room, entry.at, entry.event))

    async def listen(self, notice: Notice) -> None:
        self.heard.put_nowait(notice)

    async def hears(self) -> object:
        async with asyncio.timeout(10):
            return await self.heard.get()


@asynccontextmanager
async def apart(url: str) -> AsyncIterator[tuple[SentOrders, Rooms]]:
    """The two ends, both linked."""
    rooms, linked = Rooms(), asyncio.Event()
    taken, sent = TakenOrders(url, linked.set), SentOrders(url)
    taken.attach(rooms.read, rooms.listen)
    for end in (taken, sent):
        await end.start()
    async with asyncio.timeout(10):
        await linked.wait()
    try:
        yield sent, rooms
    finally:
        for end in (taken, sent):
            await end.stop()


async def test_each_command_arrives_as_what_it_is(redis_url: str) -> None:
    async with apart(redis_url) as (backplane, rooms):
        commands = BackplaneCommands(backplane, lambda: NOON)
        await commands.admit("visit", "patient")
        await commands.remove("visit", "outsider", "wrong_person")
        await commands.end("visit")
        await commands.revoke("session-1")
        await commands.changed("organization:7", "today")
        assert [await rooms.hears() for _ in range(5)] == [
            ("visit", NOON, Admit("patient")),
            ("visit", NOON, Remove("outsider", "wrong_person")),
            ("visit", NOON, End()),
            SessionRevoked("session-1", NOON),
            TopicChanged("organization:7", "today"),
        ]


async def test_what_happens_in_a_room_is_no_command() -> None:
    backplane = SentOrders("redis://127.0.0.1:9/0")
    with pytest.raises(TypeError, match="no command"):
        await backplane.append("visit", NOON, Disconnected("c1", "patient"))
    await backplane.stop()
