"""Records that are opened in an emergency, for tests: by somebody whom nothing ties to the patient."""

from sqlmodel import col, select

from server.access import Role
from server.directory.emergency_actions import open_in_emergency
from server.identity import EmergencyAccess
from tests.cast import World

REASON = "Found unresponsive, no history known"
LOCUM = "locum"


async def hire_locum(world: World) -> None:
    """A psychiatrist of the organization without any tie to the patient."""
    await world.hire(LOCUM, Role.SPECIALIST, world.clinic, covers=False)


async def opened(world: World, reason: str = REASON) -> EmergencyAccess:
    """Have the locum open the patient's record; gives the row that is open now."""
    await open_in_emergency(world.deps, world.actors[LOCUM], world.patient.id, reason)
    return (await rows(world))[-1]


async def rows(world: World) -> list[EmergencyAccess]:
    """All emergency accesses, the first one first."""
    async with world.deps.database.read() as session:
        return list((await session.exec(select(EmergencyAccess).order_by(col(EmergencyAccess.id)))).all())
