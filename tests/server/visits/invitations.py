"""Inviting as the tests do it: by the pcp, the psychiatrist, with the patient's word."""

from uuid import UUID

from server.visits.invite_actions import invite
from server.visits.tables import VisitInvitation
from tests.cast import World
from tests.server.visits import journey


async def ask(
    world: World, visit_id: UUID, who: str = "pcp", whom: str = "psychiatrist", agreed: bool = True
) -> VisitInvitation:
    """Ask somebody in; gives the latest invitation."""
    practitioner = world.practitioners[whom]
    await invite(world.deps, world.live, world.actors[who], visit_id, practitioner.id, agreed=agreed)
    return (await invitations(world))[-1]


async def invitations(world: World) -> list[VisitInvitation]:
    """All invitations, in the order in which they were made."""
    return await journey.rows(world, VisitInvitation)


async def statuses(world: World) -> list[str]:
    """What became of each invitation, in the order in which they were made."""
    return [row.status for row in await invitations(world)]
