"""The backplane of a single process."""

from __future__ import annotations

import pytest

from signaling.backplane import Entry, Memory, TopicChanged
from signaling.backplane.log import Notice
from signaling.backplane.memory import KEPT_ENTRIES
from signaling.events import Admit, End
from tests.playbook import NOON

pytestmark = pytest.mark.anyio


class Reader:
    """Notes what it is given."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Entry]] = []
        self.notices: list[Notice] = []

    def read(self, room: str, entry: Entry) -> None:
        self.entries.append((room, entry))

    async def listen(self, notice: Notice) -> None:
        self.notices.append(notice)


async def test_every_reader_is_given_every_entry_in_the_order_of_its_room() -> None:
    memory, one, other = Memory(), Reader(), Reader()
    for reader in (one, other):
        memory.attach(reader.read, reader.listen)
    await memory.append("visit", NOON, Admit("patient"))
    await memory.append("other", NOON, End())
    await memory.append("visit", NOON, End())
    assert one.entries == other.entries
    assert [(room, entry.number) for room, entry in one.entries] == [("visit", 1), ("other", 1), ("visit", 2)]


async def test_a_log_keeps_its_last_entries_and_goes_on_counting() -> None:
    memory = Memory()
    for _ in range(KEPT_ENTRIES + 5):
        await memory.append("visit", NOON, End())
    kept = memory.entries("visit")
    assert (len(kept), kept[-1].number) == (KEPT_ENTRIES, KEPT_ENTRIES + 5)


async def test_a_discarded_log_begins_anew() -> None:
    memory = Memory()
    await memory.append("visit", NOON, End())
    await memory.discard("visit")
    await memory.discard("visit")
    assert memory.entries("visit") == ()
    await memory.append("visit", NOON, End())
    assert memory.entries("visit")[0].number == 1


async def test_notices_reach_everybody() -> None:
    memory, one, other = Memory(), Reader(), Reader()
    for reader in (one, other):
        memory.attach(reader.read, reader.listen)
    await memory.announce(TopicChanged("visit", "waiting"))
    assert one.notices == other.notices == [TopicChanged("visit", "waiting")]
