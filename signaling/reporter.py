"""Carries facts up to the application, in order per room, and survives every failure of the application."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog

from signaling import facts as table
from signaling.effects import CommitChat
from signaling.events import ChatCommitted, ChatRefused
from signaling.facts import Presence
from signaling.faults import place
from signaling.lanes import Lanes
from signaling.outage import Outage
from signaling.ports import Facts, Joined, Left, Offline, Online, Place, Refused
from signaling.timers import Clock, Timers, wait_until

RETRIES: Final = (timedelta(milliseconds=500), timedelta(seconds=2), timedelta(seconds=8))
COMMIT_WAIT: Final = 30.0
"""Seconds after which a chat message that is not committed counts as refused; sent again it is the same message.

As long as a database makes wait for a connection: who gives up earlier, and begins again at the end, may wait for ever.
"""
STANDING_WAIT: Final = 10.0

Outcome = ChatCommitted | ChatRefused
Answer = Callable[[str, Outcome], Awaitable[None]]

log = structlog.get_logger("signaling")


class Reporter:
    """Presence and chat of a room are two lanes, so that a failure of one does not delay the other."""

    def __init__(self, facts: Facts, clock: Clock, timers: Timers, answer: Answer, outage: Outage) -> None:
        self._outage = outage
        self._facts = facts
        self._clock = clock
        self._timers = timers
        self._answer = answer
        self._lanes = Lanes()
        self._committing: set[tuple[str, str, str]] = set()

    def report(self, fact: Joined | Left, failed: Callable[[], None]) -> None:
        """Tell the application who came or went; `failed` is called when the first attempt fails.

        Of what waits to be told about the same person, only what the application has to know is told.
        """
        self._add(fact, failed)

    def commit(self, chat: CommitChat, full: Callable[[], None]) -> None:
        """Have a chat message committed and answer with what became of it; `full` is called when too many wait.

        What is said again while it waits is not committed again: whoever sees it done hears the one answer.
        """
        said = chat.said
        key = (said.room, said.participant, said.id)
        if key in self._committing:
            return
        self._committing.add(key)
        if not self._lanes.add(table.lane(said), lambda: self._commit(chat, key)):
            self._committing.discard(key)
            full()

    async def standing(self, room: str, participant: str) -> Place:
        """Ask the application where somebody belongs. Raises whatever it fails with, or TimeoutError."""
        async with asyncio.timeout(STANDING_WAIT):
            return await self._facts.standing(room, participant)

    def tell(self, fact: Online | Offline) -> None:
        """Tell the application whose pages are connected."""
        self._add(fact, _alone)

    async def close(self) -> None:
        """Stop reporting."""
        await self._lanes.close()

    def _add(self, fact: Presence, failed: Callable[[], None]) -> None:
        lane, whom, begins = table.lane(fact), table.whom(fact), table.begins(fact)
        if not self._lanes.add(lane, lambda: self._report(fact, failed), whom, begins=begins):
            log.error("fact dropped", fact=type(fact).__name__, **_where(fact))
            failed()

    async def _report(self, fact: Presence, failed: Callable[[], None]) -> None:
        if await self._told(fact):
            return
        failed()
        for delay in RETRIES:
            await wait_until(self._timers, self._clock() + delay)
            if await self._told(fact):
                return
        log.error("fact given up", fact=type(fact).__name__, **_where(fact))

    async def _told(self, fact: Presence) -> bool:
        try:
            await table.tell(self._facts, fact)
        except Exception as error:  # noqa: BLE001 (the application's failure is not the room's)
            log.warning("fact failed", fact=type(fact).__name__, error=place(error), **_where(fact))
            return False
        return True

    async def _commit(self, chat: CommitChat, key: tuple[str, str, str]) -> None:
        try:
            outcome = await self._outcome(chat)
        finally:
            self._committing.discard(key)
        try:
            await self._answer(chat.said.room, outcome)
        except OSError as error:
            self._outage.failed(error, "answering")

    async def _outcome(self, chat: CommitChat) -> Outcome:
        try:
            async with asyncio.timeout(COMMIT_WAIT):
                at = await self._facts.said(chat.said)
        except Refused:
            return ChatRefused(chat.said, "not_allowed")
        except Exception as error:  # noqa: BLE001 (the application's failure is not the room's)
            log.warning("fact failed", room=chat.said.room, fact="Said", error=place(error))
            return ChatRefused(chat.said, "unavailable")
        return ChatCommitted(chat.said, chat.name, at)


def _where(fact: Presence) -> dict[str, str]:
    return {"room": fact.room} if isinstance(fact, Joined | Left) else {"node": fact.node}


def _alone() -> None:
    """Nobody waits to hear that it failed at first: it is tried again."""
