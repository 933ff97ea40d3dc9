"""Works the cases of which a step is over. Any process does, a case in a transaction: who dies leaves it as it was."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from server.calls import Live
from server.consults.plan_store import on_duty_of
from server.consults.ring_actions import Desk, happen
from server.consults.ring_events import OnDuty, TimerDue
from server.consults.ring_state import Ringing
from server.consults.ring_store import any_due, let_rest, next_due, state_of
from server.jobs import database_now
from server.kit.ids import AccountId, new_id
from server.web import Deps

IN_A_ROW = 5
"""So many cases are worked before it is looked again whether there are more."""
KNOWN = timedelta(seconds=1)
"""For so long it is taken as known who is on duty: many cases that are due together ask for the same people."""

Covering = tuple[AccountId, ...]


class Ringer:
    """Lets the time of a step pass for the cases of all organizations: one loop looks, several work side by side."""

    def __init__(self, deps: Deps, live: Live) -> None:
        """Take what is needed to read, write and wake."""
        self._deps, self._live, self._holder = deps, live, str(new_id())
        self._on_duty: dict[tuple[UUID, Covering], frozenset[AccountId]] = {}
        self._asked_at: datetime | None = None
        self.waiting = asyncio.Event()
        """Set when a case is due: those who work are woken."""

    async def look(self) -> bool:
        """Wake those who work when a case is due. Never asks to be called again at once."""
        async with self._deps.database.read() as session:
            if await any_due(session, self._deps.now()):
                self.waiting.set()
        return False

    async def work(self) -> bool:
        """Work some cases that are due and nobody is at, one after the other; tells whether there was one.

        One that cannot be worked rests, so that the others go on, and its error is raised.
        """
        async with self._deps.database.read() as session:
            if not await any_due(session, self._deps.now()):
                return False
            clock = await database_now(session)
        for worked in range(IN_A_ROW):
            if not await self._work_next(clock):
                return worked > 0
        return True

    async def _work_next(self, clock: datetime) -> bool:
        found: UUID | None = None
        try:
            async with self._deps.database.write() as session:
                consult = await next_due(session, self._deps.now(), clock, self._holder)
                if consult is None:
                    return False
                found = consult.id
                await self._let_pass(Desk(session, self._deps, self._live, consult))
        except Exception:
            if found is not None:
                async with self._deps.database.write() as session:
                    await let_rest(session, found, self._holder)
            raise
        return True

    async def _let_pass(self, desk: Desk) -> None:
        state = state_of(desk.consult)
        if isinstance(state, Ringing):
            there = await self._on_duty_of(desk, state.plan.covering)
            if there != state.on_duty:
                await happen(desk, OnDuty(there))
        await happen(desk, TimerDue())  # what changes nothing rests, and is not looked at again at once

    async def _on_duty_of(self, desk: Desk, covering: Covering) -> frozenset[AccountId]:
        if self._asked_at is None or desk.now - self._asked_at >= KNOWN:
            self._on_duty, self._asked_at = {}, desk.now
        whose = desk.consult.organization_id, covering
        if whose not in self._on_duty:
            self._on_duty[whose] = await on_duty_of(desk.session, *whose, desk.now)
        return self._on_duty[whose]
