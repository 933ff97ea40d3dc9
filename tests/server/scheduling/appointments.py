"""Appointments for tests."""

from datetime import datetime
from typing import Any

from server.scheduling import Appointment, BookingTerms, book
from tests.cast import World


async def booked(world: World, starts_at: datetime | None = None, *names: str, **changes: Any) -> Appointment:
    """Book the patient with practitioners by name (the pcp unless named), now unless another time is given.

    Over what is there, unless the changes say that it is not meant.
    """
    terms: dict[str, Any] = {
        "clinic": world.clinic,
        "patient_id": world.patient.id,
        "practitioners": [world.practitioners[name].id for name in names or ("pcp",)],
        "starts_at": starts_at or world.clock.now,
        "minutes": 20,
        "overbook": "Both want it",
    }
    async with world.deps.database.write() as session:
        return await book(session, world.deps, world.actors["frontdesk"], BookingTerms(**{**terms, **changes}))
