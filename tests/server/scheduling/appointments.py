"""Appointments for tests."""

from datetime import datetime
from typing import Any

from server.scheduling import (
    Appointment,
    BookingTerms,
    CancelReason,
    NewTime,
    book,
    cancel,
    confirm,
    reschedule,
)
from tests.cast import TEN, World


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


async def wanted(world: World, starts_at: datetime = TEN, *names: str, **changes: Any) -> Appointment:
    """Book only if it is free."""
    return await booked(world, starts_at, *names, **{"overbook": "", **changes})


async def moved(world: World, row: Appointment, starts_at: datetime, **changes: Any) -> Appointment:
    """Move an appointment."""
    async with world.deps.database.write() as session:
        to = NewTime(**{"starts_at": starts_at, "minutes": 20, **changes})
        return await reschedule(session, world.deps, world.actors["frontdesk"], row.id, to)


async def called_off(world: World, row: Appointment, who: str = "frontdesk") -> Appointment:
    """Cancel an appointment."""
    async with world.deps.database.write() as session:
        return await cancel(session, world.deps, world.actors[who], row.id, CancelReason.PATIENT)


async def confirmed(world: World, row: Appointment) -> Appointment:
    """Book what is held."""
    async with world.deps.database.write() as session:
        return await confirm(session, world.deps, world.actors["frontdesk"], row.id)


async def kept(world: World, row: Appointment) -> Appointment:
    """Give an appointment as it is now."""
    async with world.deps.database.read() as session:
        return await session.get_one(Appointment, row.id)
