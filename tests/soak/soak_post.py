"""Senders are killed at random instants: no message is lost, no text doubled at its gateway, no mail without a reason.

Mail and text messages are queued, and visits are booked of which patients are to be reminded. Two processes remind and
send to a real mail server and a real gateway, and SIGKILL ends both after so many were taken and a little later. Their
clocks run ahead of the killed ones' leases, so nobody waits.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID

from sqlmodel import select

from server.kit.ids import OrganizationId, new_id
from server.migrations import upgrade
from server.outbox import Channel, Mail, OutboxMessage, Text, queue_mail, queue_text
from server.web import Deps
from tests import postgres
from tests.server.outbox.phones import Gateway, opened_gateway
from tests.server.outbox.post import PostOffice, opened_post_office
from tests.soak.deliveries import Kill, Record, copies, wrongs
from tests.soak.reminded import Visits
from tests.soak.sender import Orders, Senders, new_deps, opened_senders

KILLS = 50
SENDERS = 2
BATCH = 3
MOST_TAKEN = 6
LATEST = 0.03
LEASE = 61.0
WAIT = 60.0

Say = Callable[[str], None]


def soak(seed: int, say: Say, kills: int = KILLS, *, both: bool = True) -> list[str]:
    """Kill senders so many times on SQLite, and as many times on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        wrong = asyncio.run(_killed(f"sqlite+aiosqlite:///{folder}/curbside.db", folder, Random(seed), kills, say))
    if both:
        with postgres.running() as server, server.database() as name, tempfile.TemporaryDirectory() as folder:
            wrong += asyncio.run(_killed(server.address(name), folder, Random(seed), kills, say))
    return wrong


async def _killed(database: str, folder: str, chance: Random, kills: int, say: Say) -> list[str]:
    async with opened_post_office() as office, opened_gateway() as phones:
        orders = Orders(folder, database, office.url, phones.url)
        deps = new_deps(orders)
        with opened_senders() as senders:
            site = _Site(senders, orders, deps, office, phones)
            await site.make()
            record = await site.record([await site.life(chance) for _ in range(kills)])
        await deps.database.close()
    _tell(record, database.partition("+")[0], say)
    return wrongs(record)


class _Site:
    """The database that senders work on, and how much the servers have taken."""

    def __init__(self, senders: Senders, orders: Orders, deps: Deps, office: PostOffice, phones: Gateway) -> None:
        self._orders, self._senders, self._deps, self._home = orders, senders, deps, OrganizationId(new_id())
        self._visits, self._reminded = Visits(deps, self._home), list[UUID]()
        self._office, self._phones = office, phones
        self._changed, self._ahead = asyncio.Event(), 0.0
        office.told = phones.told = self._changed.set

    @property
    def _taken(self) -> int:
        return len(self._office.taken) + len(self._phones.asked)

    async def _wait(self, until: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT):
            while not until():
                self._changed.clear()
                await self._changed.wait()

    async def make(self) -> None:
        """Make the tables, and the organization that sends."""
        await upgrade(self._deps.database)
        await self._visits.make()

    async def life(self, chance: Random) -> Kill:
        """Let senders work until they have sent some, and kill them a moment later."""
        await self._queue()
        wanted, later = self._taken + chance.randint(0, MOST_TAKEN), chance.uniform(0, LATEST)
        processes = await self._start()
        await self._wait(lambda: self._taken >= wanted)
        await asyncio.sleep(later)
        return await self._kill(processes)

    async def _last_life(self) -> None:
        processes = await self._start()
        async with asyncio.timeout(WAIT):
            while not await self._all_is_sent():
                self._changed.clear()
                with suppress(TimeoutError):  # the row says so a moment after it was taken
                    await asyncio.wait_for(self._changed.wait(), 0.05)
        await self._kill(processes)

    async def _all_is_sent(self) -> bool:
        lost = (0, 0) in (await self._visits.queued(self._reminded)).values()
        return not lost and "queued" not in (await self._statuses()).values()

    async def _start(self) -> list[int]:
        self._ahead += LEASE
        return [await asyncio.to_thread(self._senders.start, self._orders, self._ahead) for _ in range(SENDERS)]

    async def _kill(self, processes: list[int]) -> Kill:
        await asyncio.to_thread(self._senders.kill, processes)
        await self._wait(lambda: self._office.lines == self._phones.lines == 0)  # what the dead had sent is read by now
        at = asyncio.get_running_loop().time()
        statuses = await self._statuses()
        taken = {_row_of(mail) for mail in self._office.taken} | set(self._phones.sent)
        return Kill(at, frozenset(row for row in taken if statuses.get(row) == "queued"))

    async def _queue(self) -> None:
        async with self._deps.database.write() as session:
            for _ in range(BATCH):
                mail = Mail(self._home, new_id(), "m.alvarez@example.org", "Your visit", "It is tomorrow at ten.\n")
                queue_mail(session, self._deps, mail)
                queue_text(session, self._deps, Text(self._home, new_id(), "406-555-0142", "It is tomorrow at ten."))
        self._reminded += await self._visits.book(self._ahead + LEASE)

    async def _statuses(self, channel: Channel | None = None) -> dict[str, str]:
        query = select(OutboxMessage.id, OutboxMessage.status)
        if channel:
            query = query.where(OutboxMessage.channel == channel)
        async with self._deps.database.read() as session:
            return {str(row): status for row, status in (await session.exec(query)).all()}

    async def record(self, kills: list[Kill]) -> Record:
        """Let senders finish what is queued, and give everything that was queued and taken."""
        await self._last_life()
        return Record(
            await self._statuses(Channel.MAIL),
            await self._statuses(Channel.TEXT),
            kills,
            [(at, _row_of(mail), bytes(mail)) for at, mail in zip(self._office.times, self._office.taken, strict=True)],
            [(asked.at, asked.headers["idempotency-key"], repr(asked.body).encode()) for asked in self._phones.asked],
            list(self._phones.sent),
            await self._visits.queued(self._reminded),
        )


def _row_of(mail: Any) -> str:
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


def _tell(record: Record, where: str, say: Say) -> None:
    mails, texts = (list(copies(taken)) for taken in (record.mails_taken, record.texts_asked))
    say(f"{where}: {len(record.kills)} kills, {len(record.mails)} mails and {len(record.texts)} texts queued and sent")
    late = [
        kill.at - before
        for row, (before, _), (after, _) in mails
        for kill in record.kills
        if row in kill.open and before <= kill.at <= after
    ]
    within = f", the server had taken it at most {max(late) * 1000:.0f} ms before the kill was over" if late else ""
    say(f"{where}: {len(mails)} mails came again{within}; {len(texts)} texts were asked again, all sent once")
