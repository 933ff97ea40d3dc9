"""Takes what signaling apart reports, in one web process at a time, so that the facts of a room keep their order."""

import secrets
import time
from datetime import timedelta
from typing import Final

from server.db import Database
from server.jobs import give_lease_back, take_lease
from signaling import Consumer, Facts, Outage, Sessions

LEASE: Final = "call facts"
LENGTH: Final = timedelta(seconds=5)
RENEWED_SECONDS: Final = 1.5
SPARE_SECONDS: Final = 0.5
"""So long before the lease runs out nothing is begun any more: a commit takes less."""


class Intake:
    """Works while this process has the lease. When it dies, another one goes on within the lease's five seconds."""

    def __init__(
        self,
        database: Database,
        url: str,
        ticket_key: bytes,
        facts: Facts,
        sessions: Sessions,
        outage: Outage | None = None,
    ) -> None:
        """Keep what is needed; `url` is that of Redis, and its failures are noted in `outage`."""
        self._database = database
        self._holder = secrets.token_hex(16)
        self._consumer = Consumer(url, ticket_key, facts, sessions, self._holder, outage)
        self._until = self._renew_at = 0.0

    async def work(self) -> bool:
        """Take what was reported, waiting a second for it; False when it is another one's turn or something failed."""
        if not await self._is_ours():
            return False
        done = await self._consumer.work(self._may_begin)
        if not done:
            self._renew_at = 0.0  # whatever failed is tried again only once the database is known to answer
        return done

    async def close(self) -> None:
        """Let another process take over at once."""
        await self._consumer.close()
        if self._until:
            async with self._database.write() as session:
                await give_lease_back(session, LEASE, self._holder)
            self._until = 0.0

    async def _is_ours(self) -> bool:
        now = time.monotonic()
        if now < self._renew_at:
            return True
        async with self._database.write() as session:
            ours = await take_lease(session, LEASE, self._holder, LENGTH)
        self._until = now + LENGTH.total_seconds() - SPARE_SECONDS if ours else 0.0
        self._renew_at = now + RENEWED_SECONDS if ours else 0.0
        return ours

    def _may_begin(self) -> bool:
        return time.monotonic() < self._until
