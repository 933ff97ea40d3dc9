"""Tells the application how calls go: what clients report of their links, and the story that a room's log tells.

None of it matters to the call itself. It takes no part in the room's log, is told once, and is dropped when there is
too much.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from signaling import facts as table
from signaling.connection import Connection
from signaling.events import Event
from signaling.facts import Story
from signaling.faults import place
from signaling.lanes import Lanes
from signaling.measures import Measures
from signaling.ports import Facts, Measured
from signaling.protocol import Quality
from signaling.roster import Room
from signaling.story import told
from signaling.timers import Clock

EVERY: Final = timedelta(seconds=4)
"""Clients report every five seconds; what comes sooner after the last report than this is dropped."""

log = structlog.get_logger("signaling")


class Observer:
    """The hub's watcher: built by it, asked for each report and each step of a room."""

    def __init__(self, hub: str, facts: Facts, measures: Measures, clock: Clock) -> None:
        self._hub = hub
        self._facts = facts
        self._measures = measures
        self._clock = clock
        self._lanes = Lanes()

    def reported(self, connection: Connection, message: Quality) -> None:
        """Take a client's report, unless they are not in the call or reported just now."""
        ticket, now = connection.ticket, self._clock()
        if ticket is None or ticket.standing != "admitted":
            return
        if connection.reported and now - connection.reported < EVERY:
            return
        connection.reported = now
        for link in message.body.links:
            self._measures.link(link)
        self._tell(Measured(ticket.room, ticket.participant, message.body.links, message.body.incidents, now))

    def stepped(self, before: Room | None, after: Room, event: Event) -> None:
        """Take what a step of a room means, as far as it is this hub's to tell; the others tell of theirs."""
        for hub, fact in told(before, after, event, self._clock()):
            if hub == self._hub:
                self._tell(fact)

    async def close(self) -> None:
        """Stop telling."""
        await self._lanes.close()

    def _tell(self, fact: Story) -> None:
        self._lanes.add(table.lane(fact), lambda: self._told(fact))

    async def _told(self, fact: Story) -> None:
        try:
            await table.tell(self._facts, fact)
        except Exception as error:  # noqa: BLE001 (the application's failure is not the call's)
            log.warning("fact failed", room=fact.room, fact=type(fact).__name__, error=place(error))
