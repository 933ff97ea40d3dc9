"""Taking time that a search found, and holding it while somebody decides.

A search is old when its answer is read. So who takes a time is asked for it once more while the practitioners are
locked: their hours, leave, notice and most visits of a day count then, not only what else they have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.directory import Clinic
from server.scheduling.actions import BookingTerms, SlotTaken, book, cancel
from server.scheduling.booking_rules import CancelReason, Status
from server.scheduling.booking_store import free, lock_practitioners, patient_of, practitioner_rows
from server.scheduling.find_store import Found, Sought, buffers_of, find
from server.scheduling.hold_store import old_holds, own_holds
from server.scheduling.tables import Appointment
from server.web import Deps

# A hold that ran out is still good while nobody took its time: so long it may be confirmed all the same.
GRACE = timedelta(minutes=10)
BATCH = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """A time that somebody wants: where, for whom, from when, and with whom: what was sought of each, in order.

    With `held_until` it is only held until then. The caller has found everybody within the organization.
    """

    clinic: Clinic
    patient_id: UUID | None
    starts_at: datetime
    members: Mapping[UUID, Sought]
    reason: str = ""
    held_until: datetime | None = None

    @property
    def minutes(self) -> int:
        """How long it takes: as long as is sought of whom it is sought the longest."""
        return max(sought.minutes for sought in self.members.values())

    @property
    def visit_type_id(self) -> UUID | None:
        """The kind of visit that is sought, if any is."""
        return next((sought.visit_type.id for sought in self.members.values() if sought.visit_type), None)


async def take_free(session: AsyncSession, deps: Deps, actor: Actor, wanted: Wanted) -> Appointment:
    """Book or hold a time in the caller's transaction if it is free for everybody. Raises SlotTaken with who is not."""
    await lock_practitioners(session, actor, wanted.members)
    found = [await _again(session, deps, actor, wanted, id_) for id_ in wanted.members]
    lost = {
        id_ for id_, search in zip(wanted.members, found, strict=True) if not search.offer_at(wanted.starts_at, id_)
    }
    if lost:
        raise SlotTaken(practitioner_ids=frozenset(lost))
    terms = BookingTerms(
        wanted.clinic,
        wanted.patient_id,
        list(wanted.members),
        wanted.starts_at,
        wanted.minutes,
        wanted.reason,
        wanted.held_until,
        buffers=buffers_of([one for search in found for one in search.candidates]),
        visit_type_id=wanted.visit_type_id,
    )
    return await book(session, deps, actor, terms)


async def let_go(session: AsyncSession, deps: Deps, actor: Actor, patient_id: UUID) -> None:
    """Give back the times that the actor holds for a patient, in a transaction in which no other time is taken."""
    held = await own_holds(session, actor, patient_id)
    await lock_practitioners(
        session, actor, {id_ for row in held for id_ in await practitioner_rows(session, actor, row.id)}
    )
    for row in held:
        await cancel(session, deps, actor, row.id, CancelReason.RAN_OUT)


async def end_old_holds(deps: Deps) -> bool:
    """End holds that ran out and were not confirmed after all; tells whether there may be more."""
    async with deps.database.write() as session:
        rows = await old_holds(session, deps.now() - GRACE, BATCH)
        for row in rows:
            system = Actor(frozenset(), row.organization_id)
            row.status, row.held_until = Status.CANCELLED, None
            row.cancelled_at, row.cancel_reason = deps.now(), CancelReason.RAN_OUT
            free((await practitioner_rows(session, system, row.id)).values())
            about = Subject("Appointment", row.id, await patient_of(session, system, row.id))
            note(session, deps.now(), system, "release_hold", about)
    return len(rows) == BATCH


async def _again(session: AsyncSession, deps: Deps, actor: Actor, wanted: Wanted, id_: UUID) -> Found:
    start = wanted.starts_at
    sought = replace(wanted.members[id_], start=start, end=start + timedelta(minutes=1), practitioners=frozenset({id_}))
    return await find(session, actor, sought, deps.now())
