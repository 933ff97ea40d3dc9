"""The live side of this process: the hub with its commands, and the key that signs join tickets."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from server.calls.facts import CallFacts
from server.calls.intake import Intake
from server.calls.pace import Pace
from server.calls.presence_rules import LEASE
from server.calls.quality_actions import Story
from server.identity import live_session_keys
from server.web import Deps
from signaling import BackplaneCommands, Commands, Hub, Measures, RedisBackplane, Tickets, Unmeasured

PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class Live:
    """What actions need to reach people who are connected. Rows first, commands after the commit.

    `backplane` carries rooms and notices between the nodes, None on a single one. `sessions_due` is set when the
    sessions behind the live connections should be looked at sooner than in a few seconds. Where signaling runs apart
    there is no `hub` here, but an `intake` of what it reports. `story` is how calls go, to be written.
    `pace` is how often presence is told of.
    """

    commands: Commands
    tickets: Tickets
    hub: Hub | None
    story: Story
    pace: Pace
    backplane: RedisBackplane | None = None
    sessions_due: asyncio.Event = field(default_factory=asyncio.Event)
    intake: Intake | None = None

    async def start(self) -> None:
        """Begin to hear of the other nodes."""
        if self.backplane is not None:
            await self.backplane.start()

    async def close(self) -> None:
        """Close every connection and hear no more; what is known by then of how the calls went is written."""
        if self.hub is not None:
            await self.hub.close()
        if self.intake is not None:
            await self.intake.close()
        with contextlib.suppress(SQLAlchemyError):
            while await self.story.write():
                pass
        if self.backplane is not None:
            await self.backplane.stop()

    def trouble(self) -> str:
        """Say why no new connection should come here; empty when there is no reason."""
        if self.hub is not None and self.hub.is_closed:
            return "shutting down"
        return "" if self.backplane is None or self.backplane.is_linked else "backplane does not answer"

    async def nodes(self) -> Mapping[str, timedelta]:
        """Give the hubs that this process answers for, and for how long each is sure to be there.

        Raises OSError when it cannot tell.
        """
        if self.hub is not None:
            return {self.hub.id: LEASE}
        return {} if self.backplane is None else await self.backplane.nodes()

    async def check_sessions(self) -> bool:
        """Close what is still connected for sessions that were ended, on whichever node that was."""
        if self.hub is not None:
            await self.hub.check_sessions()
        return False

    async def changed(self, organization_id: UUID, topic: str) -> None:
        """Tell the open pages of an organization's staff that something changed, without saying what."""
        await self.commands.changed(organization_audience(organization_id), topic)

    async def presence_changed(self, organization_id: UUID) -> None:
        """Tell them that who is there changed: at once, or with what else changes within the second."""
        if self.pace.may_tell(organization_id):
            await self.changed(organization_id, PRESENCE)

    async def tell_presence(self) -> bool:
        """Tell what was kept back of it; what cannot be told now is told later. Never asks to go on at once."""
        for organization_id in self.pace.due():
            try:
                await self.changed(organization_id, PRESENCE)
            except OSError:
                self.pace.may_tell(organization_id)
        return False

    async def changed_for(self, account_id: UUID, topic: str) -> None:
        """Tell the open pages of one member of staff, in a call or not, that something of theirs changed."""
        await self.commands.changed(account_audience(account_id), topic)


def organization_audience(organization_id: UUID) -> str:
    """Name the audience of an organization's staff."""
    return f"organization:{organization_id}"


def account_audience(account_id: UUID | None) -> str:
    """Name the audience of all open pages of one person of the staff."""
    return f"account:{account_id}"


class PageSessions:
    """The features' end of signaling's port (`signaling.Sessions`)."""

    def __init__(self, deps: Deps) -> None:
        """Keep what is needed to look into the rows."""
        self._deps = deps

    async def live(self, keys: Collection[str]) -> Collection[str]:
        """Give those of the session keys that still stand for somebody."""
        return await live_session_keys(self._deps, keys)


def make_live(deps: Deps, ticket_key: bytes, measures: Measures | None = None) -> Live:
    """Set up the hub of this process, reporting to the call tables; or what it needs to do without one.

    `measures` counts what the hub does.
    """
    counted = measures or Unmeasured()
    if deps.settings.signaling_apart:
        return _live_apart(deps, ticket_key, counted)
    tickets = Tickets(ticket_key, clock=deps.now)
    facts, due, url = CallFacts(deps), asyncio.Event(), deps.settings.backplane_url
    backplane = RedisBackplane(url, ticket_key, due.set, counted.backplane_lost) if url else None
    hub = Hub(tickets, facts, deps.now, backplane=backplane, sessions=PageSessions(deps), measures=counted)
    made = Live(hub, tickets, hub, facts.story, Pace(deps.now), backplane, due)
    facts.tell, facts.tell_presence = made.changed, made.presence_changed
    return made


def _live_apart(deps: Deps, ticket_key: bytes, measures: Measures) -> Live:
    facts, url = CallFacts(deps), deps.settings.backplane_url
    backplane = RedisBackplane(url, ticket_key, lost=measures.backplane_lost)
    intake = Intake(deps.database, url, ticket_key, facts, PageSessions(deps), backplane.outage)
    commands = BackplaneCommands(backplane, deps.now)
    tickets = Tickets(ticket_key, clock=deps.now)
    made = Live(commands, tickets, None, facts.story, Pace(deps.now), backplane, intake=intake)
    facts.tell, facts.tell_presence = made.changed, made.presence_changed
    return made


def live(connection: HTTPConnection) -> Live:
    """Give the live side of the running application."""
    found: Live = connection.app.state.live
    return found
