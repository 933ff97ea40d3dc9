"""Queries of the waitlist: who waits for a time, what became free, and what was offered to whom."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, require
from server.directory import Clinic, Patient, Practitioner, practitioners_by_ids
from server.kit import NotFound
from server.scheduling import (
    Appointment,
    Freed,
    FreedTime,
    Offer,
    Sought,
    WaitlistEntry,
    WaitlistOffer,
    Wish,
    find,
    misfits,
)
from server.visits.care_team_store import record_of_patient

WAITING, OFFERED = "waiting", "offered"
MOST_TIMES, MOST_OF_A_DAY = 12, 4
_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody on the waitlist, with whom they want, and the offers they had, the last one first."""

    entry: WaitlistEntry
    patient: Patient
    practitioner: Practitioner | None
    offers: Sequence[tuple[WaitlistOffer, FreedTime]]


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer with everything around it that is shown, said and changed."""

    offer: WaitlistOffer
    entry: WaitlistEntry
    freed: FreedTime
    patient: Patient
    clinic: Clinic
    practitioner: Practitioner


async def waiting_at(session: AsyncSession, actor: Actor, patient_id: UUID | None = None) -> list[Waiting]:
    """Give who waits at the clinics that the actor covers, or one patient of theirs; who waits longest comes first."""
    query = (
        select(WaitlistEntry, Patient)
        .join(Patient, col(Patient.id) == WaitlistEntry.patient_id)
        .where(WaitlistEntry.organization_id == actor.organization_id, WaitlistEntry.status == WAITING)
    )
    if patient_id is None:
        query = query.where(col(WaitlistEntry.clinic_id).in_(actor.clinics))
    else:
        query = query.where(WaitlistEntry.patient_id == patient_id)
    rows = (await session.exec(query.order_by(col(WaitlistEntry.added_at), col(WaitlistEntry.id)))).all()
    people = await practitioners_by_ids(session, actor, {row.practitioner_id for row, _ in rows if row.practitioner_id})
    offers = await _offers_to(session, [row.id for row, _ in rows])
    return [
        Waiting(entry, patient, people.get(entry.practitioner_id) if entry.practitioner_id else None, offers[entry.id])
        for entry, patient in rows
    ]


async def entry_by_id(session: AsyncSession, actor: Actor, entry_id: UUID | None) -> WaitlistEntry:
    """Give a place on the waitlist for change, locked. Raises NotFound and Forbidden.

    Whoever has a tie to the patient changes it, and who covers the clinic at which the patient waits.
    """
    query = select(WaitlistEntry).where(WaitlistEntry.id == entry_id).with_for_update()
    entry = (await session.exec(query)).first()
    if entry is None:
        raise NotFound
    record = await record_of_patient(session, actor, Action.MANAGE_VISIT, entry.patient_id)
    require(actor, Action.MANAGE_VISIT, replace(record.facts, clinics=record.facts.clinics | {entry.clinic_id}))
    return entry


async def live_offer_of(session: AsyncSession, entry_id: UUID) -> WaitlistOffer | None:
    """Give the offer that somebody on the waitlist has now, locked."""
    query = select(WaitlistOffer).where(WaitlistOffer.entry_id == entry_id, WaitlistOffer.status == OFFERED)
    return (await session.exec(query.with_for_update())).first()


async def offer_by_token(session: AsyncSession, token_hash: bytes, *, lock: bool = False) -> Offered:
    """Give an offer by the hash of its link's text; `lock` holds it and the entry for change. Raises NotFound."""
    query = (
        select(WaitlistOffer, WaitlistEntry, FreedTime, Patient)
        .join(WaitlistEntry, col(WaitlistEntry.id) == WaitlistOffer.entry_id)
        .join(FreedTime, col(FreedTime.id) == WaitlistOffer.freed_time_id)
        .join(Patient, col(Patient.id) == WaitlistEntry.patient_id)
        .where(WaitlistOffer.token_hash == token_hash)
    )
    locked = query.with_for_update(of=[WaitlistOffer, WaitlistEntry, FreedTime]) if lock else query
    row = (await session.exec(locked)).first()
    if row is None:
        raise NotFound
    clinic = await session.get_one(Clinic, row[2].clinic_id)
    return Offered(*row, clinic, await session.get_one(Practitioner, row[2].practitioner_id))


async def free_times(
    session: AsyncSession, actor: Actor, entry: WaitlistEntry, patient: Patient, now: datetime
) -> list[tuple[Offer, Practitioner]]:
    """Give the first free times that fit what somebody waits for, with whom each is: what may be offered by hand."""
    only = frozenset({entry.practitioner_id}) if entry.practitioner_id else None
    sought = Sought(
        now,
        now + _AHEAD,
        patient.time_zone,
        entry.minutes,
        specialty=entry.specialty or None,
        state=entry.state,
        clinic=entry.clinic_id,
        practitioners=only,
    )
    found = await find(session, actor, sought, now)
    theirs = await session.get(Appointment, entry.appointment_id) if entry.appointment_id else None
    wish = wish_of(entry, patient, theirs.starts_at if theirs else None)
    offers = ((offer, found.people[offer.practitioner]) for offer in found.soonest())
    fitting = (
        (offer, person)
        for offer, person in offers
        if not misfits(wish, Freed(person.id, person.specialty, entry.clinic_id, offer.start, offer.end), now)
    )
    return list(islice(_few_of_a_day(fitting, patient.time_zone), MOST_TIMES))


# The server's own work, for all organizations


async def open_times(session: AsyncSession, limit: int) -> Sequence[tuple[FreedTime, Practitioner, Clinic]]:
    """Give times that became free and are offered to nobody now, the one that begins next first."""
    taken = select(WaitlistOffer.freed_time_id).where(WaitlistOffer.status == OFFERED)
    query = (
        select(FreedTime, Practitioner, Clinic)
        .join(Practitioner, col(Practitioner.id) == FreedTime.practitioner_id)
        .join(Clinic, col(Clinic.id) == FreedTime.clinic_id)
        .where(FreedTime.status == "open", col(FreedTime.by_hand).is_(False), col(FreedTime.id).not_in(taken))
    )
    return (await session.exec(query.order_by(col(FreedTime.starts_at)).limit(limit))).all()


async def wishes_at(session: AsyncSession, clinic_id: UUID) -> list[tuple[Wish, WaitlistEntry, Patient]]:
    """Give what is waited for at a clinic."""
    query = (
        select(WaitlistEntry, Patient, Appointment.starts_at)
        .join(Patient, col(Patient.id) == WaitlistEntry.patient_id)
        .outerjoin(Appointment, col(Appointment.id) == WaitlistEntry.appointment_id)
        .where(WaitlistEntry.clinic_id == clinic_id, WaitlistEntry.status == WAITING)
    )
    return [(wish_of(entry, patient, before), entry, patient) for entry, patient, before in await session.exec(query)]


async def asked_of(session: AsyncSession, freed_time_id: UUID) -> set[UUID]:
    """Give the entries to which a time was offered."""
    query = select(WaitlistOffer.entry_id).where(WaitlistOffer.freed_time_id == freed_time_id)
    return set((await session.exec(query)).all())


async def engaged_at(session: AsyncSession, clinic_id: UUID) -> set[UUID]:
    """Give the entries of a clinic that are offered a time now."""
    query = (
        select(WaitlistOffer.entry_id)
        .join(WaitlistEntry, col(WaitlistEntry.id) == WaitlistOffer.entry_id)
        .where(WaitlistOffer.status == OFFERED, WaitlistEntry.clinic_id == clinic_id)
    )
    return set((await session.exec(query)).all())


async def old_offers(session: AsyncSession, now: datetime, limit: int) -> Sequence[WaitlistOffer]:
    """Give offers that ran out, locked; those that are in work are left."""
    query = (
        select(WaitlistOffer)
        .where(WaitlistOffer.status == OFFERED, col(WaitlistOffer.expires_at) <= now)
        .order_by(col(WaitlistOffer.expires_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(query)).all()


async def locked_time(session: AsyncSession, freed_time_id: UUID) -> FreedTime:
    """Give a time that became free as it is now, locked."""
    query = select(FreedTime).where(FreedTime.id == freed_time_id).with_for_update()
    return (await session.exec(query)).one()


async def locked_entry(session: AsyncSession, entry_id: UUID) -> WaitlistEntry:
    """Give a place on the waitlist as it is now, locked."""
    query = select(WaitlistEntry).where(WaitlistEntry.id == entry_id).with_for_update()
    return (await session.exec(query)).one()


def wish_of(entry: WaitlistEntry, patient: Patient, before: datetime | None) -> Wish:
    """Give what somebody waits for, as the rules see it."""
    return Wish(
        entry.id,
        entry.added_at,
        patient.time_zone,
        entry.clinic_id,
        entry.practitioner_id,
        entry.specialty,
        entry.minutes,
        frozenset(int(day) for day in entry.weekdays),
        entry.earliest,
        entry.latest,
        entry.last_day,
        entry.notice_minutes,
        before,
    )


def freed_of(row: FreedTime, practitioner: Practitioner) -> Freed:
    """Give a time that became free, as the rules see it."""
    return Freed(practitioner.id, practitioner.specialty, row.clinic_id, row.starts_at, row.ends_at)


def _few_of_a_day(found: Iterable[tuple[Offer, Practitioner]], zone: str) -> Iterator[tuple[Offer, Practitioner]]:
    """Leave out all but a few of each day, so that there is a choice of days."""
    seen: Counter[date] = Counter()
    for offer, person in found:
        day = offer.start.astimezone(ZoneInfo(zone)).date()
        seen[day] += 1
        if seen[day] <= MOST_OF_A_DAY:
            yield offer, person


async def _offers_to(
    session: AsyncSession, entry_ids: Collection[UUID]
) -> dict[UUID, list[tuple[WaitlistOffer, FreedTime]]]:
    query = (
        select(WaitlistOffer, FreedTime)
        .join(FreedTime, col(FreedTime.id) == WaitlistOffer.freed_time_id)
        .where(col(WaitlistOffer.entry_id).in_(entry_ids))
        .order_by(col(WaitlistOffer.id).desc())
    )
    found: dict[UUID, list[tuple[WaitlistOffer, FreedTime]]] = defaultdict(list)
    for offer, freed in (await session.exec(query)).all():
        found[offer.entry_id].append((offer, freed))
    return found
