"""Searches for tests."""

from datetime import timedelta
from typing import Any

from server.kit.ids import new_id
from server.scheduling import Found, Sought, VisitType, find
from server.scheduling.tables import PractitionerLanguage, VisitTypePractitioner
from tests.cast import TEN, ZONE, World

DAY = timedelta(days=1)


async def offered(world: World, *names: str, **changes: Any) -> VisitType:
    """Offer a kind of visit, given by these people of the cast, or by all of a specialty."""
    values = {"id": new_id(), "organization_id": world.clinic.organization_id, "name": "Follow-up", "minutes": 20}
    kind = VisitType(**{**values, **changes})
    async with world.deps.database.write() as session:
        session.add(kind)
        await session.flush()
        session.add_all(
            VisitTypePractitioner(id=new_id(), visit_type_id=kind.id, practitioner_id=world.practitioners[name].id)
            for name in names
        )
    return kind


async def found(world: World, who: str = "frontdesk", **changes: Any) -> Found:
    """Look for 20 minutes on the cast's Tuesday, from ten to midnight, unless the changes say otherwise."""
    values: dict[str, Any] = {"start": TEN, "end": TEN + timedelta(hours=14), "zone": ZONE, "minutes": 20}
    async with world.deps.database.read() as session:
        return await find(session, world.actors[who], Sought(**{**values, **changes}), world.clock.now)


async def speaks(world: World, name: str, language: str) -> None:
    """Have somebody of the cast speak a language."""
    row = PractitionerLanguage(id=new_id(), practitioner_id=world.practitioners[name].id, language=language)
    async with world.deps.database.write() as session:
        session.add(row)
