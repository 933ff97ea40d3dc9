"""The waitlist for tests: who waits, what becomes free, and the link of an offer."""

import re
from datetime import date, time, timedelta
from typing import Any

from server.directory import Patient, PatientContact
from server.directory.store import keep_contact
from server.scheduling import CancelReason, FreedTime, WaitlistEntry, WaitlistOffer
from server.visits.change_actions import cancel_visit
from server.visits.waitlist_actions import NewWish, add_to_waitlist
from server.visits.waitlist_offer_actions import offer_freed_times
from tests.cast import TEN, World
from tests.server.identity import own_accounts
from tests.server.scheduling.schedules import works
from tests.server.visits import journey, reminded

TOMORROW = TEN + timedelta(days=1)


async def waits(world: World, patient: Patient | None = None, **changes: Any) -> WaitlistEntry:
    """Put a patient (the cast's own unless another is named) on the waitlist for the pcp."""
    known: dict[str, Any] = {
        "clinic_id": world.clinic.id,
        "practitioner_id": world.practitioners["pcp"].id,
        "specialty": "",
        "minutes": 20,
        "state": "MT",
        "weekdays": frozenset(range(7)),
        "earliest": time(8),
        "latest": time(18),
        "last_day": date(2027, 3, 1),
        "notice_minutes": 60,
    }
    wish = NewWish(**{**known, **changes})
    return await add_to_waitlist(world.deps, world.actors["frontdesk"], (patient or world.patient).id, wish)


async def neighbour(world: World, name: str, **columns: Any) -> Patient:
    """Add another patient, who can be reached by mail."""
    patient = await own_accounts.another_patient(world, name, **columns)
    async with world.deps.database.write() as session:
        row = await session.get_one(Patient, patient.id)
        keep_contact(world.deps.keyring, row, PatientContact("", f"{name.lower()}@example.org", ""))
    return patient


async def freed(world: World, **changes: Any) -> None:
    """Have a visit of the pcp tomorrow at ten cancelled, with hours kept so that the time is bookable."""
    visit_id, _ = await world.visit(starts_at=TOMORROW, **changes)
    await cancel_visit(world.deps, world.live, world.actors["pcp"], visit_id, CancelReason.PATIENT)


async def offered(world: World) -> list[str]:
    """Work what is due, and give the links of the offers that were mailed, in order."""
    await offer_freed_times(world.deps)
    found = (re.search(r"/w/([\w-]+)", body) for body in await reminded.bodies(world))
    return [match[1] for match in found if match]


async def pcp_works(world: World) -> None:
    """Let the pcp work from nine to five."""
    await works(world, "pcp")


async def states(world: World) -> tuple[list[str], list[str], list[str]]:
    """The states of all entries, offers and times, in the order in which they were made."""
    tables: tuple[Any, ...] = (WaitlistEntry, WaitlistOffer, FreedTime)
    entries, offers, times = [[row.status for row in await journey.rows(world, table)] for table in tables]
    return entries, offers, times
