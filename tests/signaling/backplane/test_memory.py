"""The backplane of a single process."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from signaling.backplane import Entry, LogLost, Memory, Notice, TopicChanged
from signaling.events import Admit, End
from signaling.roster import Room
from tests.playbook import NOON

pytestmark = pytest.mark.anyio


class Reader:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Entry]] = []
        self.notices: list[Notice] = []
        self.forgotten = 0

    def read(self, room: str, entry: Entry) -> None:
        self.entries.append((room, entry))

    async def listen(self, notice: Notice) -> None:
        self.notices.append(notice)

    def linked(self, *, forgotten: bool) -> None:
        self.forgotten += forgotten

    def alive(self, hubs: Collection[str]) -> None:
        """Nobody else is there."""

    async def lost(self, hub: str, rooms: Collection[str]) -> None:
        """Nobody else is there."""


async def followed(*hubs: str) -> tuple[Memory, list[Reader]]:
    """Hubs that follow the visit."""
    memory, readers = Memory(), [Reader() for _ in hubs]
    for hub, reader in zip(hubs, readers, strict=True):
        memory.attach(hub, reader)
        await memory.follow(hub, "visit", NOON)
    return memory, readers


async def test_who_follows_a_room_is_given_every_entry_in_order_and_nobody_else() -> None:
    memory, (one, other) = await followed("one", "other")
    await memory.append("elsewhere", NOON, End())
    await memory.append("visit", NOON, Admit("patient"))
    await memory.unfollow("other", "visit")
    await memory.append("visit", NOON, End())
    assert [(room, entry.number) for room, entry in one.entries] == [("visit", 1), ("visit", 2)]
    assert other.entries == one.entries[:1]


async def test_an_entry_may_be_put_there_without_waiting_and_counts_as_any_other() -> None:
    memory, (one,) = await followed("one")
    await memory.append("visit", NOON, Admit("patient"))
    assert memory.append_now("visit", NOON, Admit("pcp"), one.entries[0][1].generation)
    await memory.append("visit", NOON, End())
    assert [(entry.number, entry.event) for _, entry in one.entries] == [
        (1, Admit("patient")),
        (2, Admit("pcp")),
        (3, End()),
    ]
    assert (await memory.follow("one", "visit", NOON)).entries == tuple(entry for _, entry in one.entries)


@pytest.mark.parametrize("room", ["visit", "elsewhere"])
async def test_nothing_is_put_into_another_log_than_the_one_that_was_meant(room: str) -> None:
    memory, (one,) = await followed("one")
    assert not memory.append_now(room, NOON, End(), "another log")
    await memory.append("visit", NOON, End())
    assert [entry.number for _, entry in one.entries] == [1]


async def test_who_follows_later_is_given_what_happened() -> None:
    memory, (one,) = await followed("one")
    await memory.append("visit", NOON, Admit("patient"))
    past = await memory.follow("one", "visit", NOON)
    assert (past.base, past.entries) == (Room("visit"), (one.entries[0][1],))


async def test_only_what_happened_after_the_room_before_last_is_kept() -> None:
    memory, (one,) = await followed("one")
    for number in range(1, 13):
        await memory.append("visit", NOON, End())
        if number % 4 == 0:
            await memory.keep(one.entries[0][1].generation, Room("visit", seq=number))
    await memory.keep(one.entries[0][1].generation, Room("visit", seq=4))
    await memory.keep("another log", Room("visit", seq=99))
    past = await memory.follow("one", "visit", NOON)
    assert past.base == Room("visit", seq=8)
    assert [entry.number for entry in past.entries] == [9, 10, 11, 12]


async def test_a_discarded_log_begins_anew_and_one_that_went_on_is_kept() -> None:
    memory, (one,) = await followed("one")
    await memory.append("visit", NOON, End())
    first = one.entries[0][1]
    await memory.discard("visit", first.generation, 0)
    assert (await memory.follow("one", "visit", NOON)).generation == first.generation
    await memory.discard("visit", first.generation, 1)
    with pytest.raises(LogLost):
        await memory.append("visit", NOON, End(), first.generation)
    assert (await memory.follow("one", "visit", NOON)).generation != first.generation


async def test_who_reads_is_told_when_everything_is_lost() -> None:
    memory, (one,) = await followed("one")
    memory.forget()
    await memory.append("visit", NOON, End())
    assert (one.forgotten, one.entries) == (1, [])


async def test_notices_reach_everybody() -> None:
    memory, (one, other) = await followed("one", "other")
    await memory.announce(TopicChanged("visit", "waiting"))
    assert one.notices == other.notices == [TopicChanged("visit", "waiting")]
