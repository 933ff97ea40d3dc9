"""The live side of this process: the hub with its commands, and the key that signs join tickets."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import HTTPConnection

from server.calls.facts import CallFacts
from server.web import Deps
from signaling import Commands, Hub, Tickets


@dataclass(frozen=True, slots=True)
class Live:
    """What actions need to reach people who are connected. Rows first, commands after the commit."""

    commands: Commands
    tickets: Tickets
    hub: Hub

    async def changed(self, organization_id: UUID, topic: str) -> None:
        """Tell the open pages of an organization's staff that something changed, without saying what."""
        await self.commands.changed(organization_audience(organization_id), topic)


def organization_audience(organization_id: UUID) -> str:
    """Name the audience of an organization's staff."""
    return f"organization:{organization_id}"


def make_live(deps: Deps, ticket_key: bytes) -> Live:
    """Set up the hub of this process, reporting to the call tables."""
    tickets = Tickets(ticket_key, clock=deps.now)
    facts = CallFacts(deps)
    hub = Hub(tickets, facts, deps.now)
    made = Live(hub, tickets, hub)
    facts.tell = made.changed
    return made


def live(connection: HTTPConnection) -> Live:
    """Give the live side of the running application."""
    found: Live = connection.app.state.live
    return found
