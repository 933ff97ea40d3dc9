"""The live side of this process: the hub with its commands, and the key that signs join tickets."""

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from server.calls.facts import CallFacts
from server.calls.quality_actions import Story
from server.identity import live_session_keys
from server.web import Deps
from signaling import Commands, Hub, Measures, SharedNotices, Tickets, Unmeasured


@dataclass(frozen=True, slots=True)
class Live:
    """What actions need to reach people who are connected. Rows first, commands after the commit.

    `notices` carries what concerns all nodes to the others, None on a single one. `sessions_due` is set when the
    sessions behind the live connections should be looked at sooner than in a few seconds. `story` is how calls go,
    to be written.
    """

    commands: Commands
    tickets: Tickets
    hub: Hub
    story: Story
    notices: SharedNotices | None = None
    sessions_due: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Begin to hear of the other nodes."""
        if self.notices is not None:
            await self.notices.start()

    async def close(self) -> None:
        """Close every connection and hear no more; what is known by then of how the calls went is written."""
        await self.hub.close()
        with contextlib.suppress(SQLAlchemyError):
            while await self.story.write():
                pass
        if self.notices is not None:
            await self.notices.stop()

    async def check_sessions(self) -> bool:
        """Close what is still connected for sessions that were ended, on whichever node that was."""
        await self.hub.check_sessions()
        return False

    async def changed(self, organization_id: UUID, topic: str) -> None:
        """Tell the open pages of an organization's staff that something changed, without saying what."""
        await self.commands.changed(organization_audience(organization_id), topic)


def organization_audience(organization_id: UUID) -> str:
    """Name the audience of an organization's staff."""
    return f"organization:{organization_id}"


class PageSessions:
    """The features' end of signaling's port (`signaling.Sessions`)."""

    def __init__(self, deps: Deps) -> None:
        """Keep what is needed to look into the rows."""
        self._deps = deps

    async def live(self, keys: Collection[str]) -> Collection[str]:
        """Give those of the session keys that still stand for somebody."""
        return await live_session_keys(self._deps, keys)


def make_live(deps: Deps, ticket_key: bytes, measures: Measures | None = None) -> Live:
    """Set up the hub of this process, reporting to the call tables; `measures` counts what it does."""
    tickets = Tickets(ticket_key, clock=deps.now)
    facts, due, url = CallFacts(deps), asyncio.Event(), deps.settings.backplane_url
    counted = measures or Unmeasured()
    notices = SharedNotices(url, due.set, counted.backplane_lost) if url else None
    hub = Hub(tickets, facts, deps.now, backplane=notices, sessions=PageSessions(deps), measures=counted)
    made = Live(hub, tickets, hub, facts.story, notices, due)
    facts.tell = made.changed
    return made


def live(connection: HTTPConnection) -> Live:
    """Give the live side of the running application."""
    found: Live = connection.app.state.live
    return found
