"""Commands for rooms that are served elsewhere: what a process without a hub gives to the backplane."""

from __future__ import annotations

from signaling.backplane import Backplane, SessionRevoked, TopicChanged
from signaling.events import Admit, End, Remove
from signaling.timers import Clock


class BackplaneCommands:
    """The port's `Commands` over a backplane. Given again they change nothing; they wait while it is away."""

    def __init__(self, backplane: Backplane, clock: Clock) -> None:
        self._backplane = backplane
        self._clock = clock

    async def admit(self, room: str, participant: str) -> None:
        """Tell somebody waiting to fetch a new ticket."""
        await self._backplane.append(room, self._clock(), Admit(participant))

    async def remove(self, room: str, participant: str, reason: str) -> None:
        """Send somebody away; tickets issued before no longer open the room."""
        await self._backplane.append(room, self._clock(), Remove(participant, reason))

    async def end(self, room: str) -> None:
        """Send everybody away and let nobody in again."""
        await self._backplane.append(room, self._clock(), End())

    async def revoke(self, session: str) -> None:
        """Close every connection of a session, on every node."""
        await self._backplane.announce(SessionRevoked(session, self._clock()))

    async def changed(self, audience: str, topic: str) -> None:
        """Tell an audience, or everybody in a room, to fetch `topic` afresh."""
        await self._backplane.announce(TopicChanged(audience, topic))
