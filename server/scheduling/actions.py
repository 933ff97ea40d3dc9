"""Booking: hold, book, move and cancel. Of any number who want a practitioner's time, one gets it.

Everybody who takes time locks the practitioners first, in the order of their ids, then looks, then writes; an overlap
is refused once more by the database itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.db import after_commit
from server.directory import Clinic
from server.kit import N_, Conflict, field_name
from server.kit.ids import new_id
from server.scheduling.booking_rules import (
    MOVABLE,
    PRACTITIONER_AWAY,
    Answer,
    Buffers,
    CancelReason,
    Claim,
    Status,
    claims_of,
    ran_out,
)
from server.scheduling.booking_store import (
    free,
    lock_practitioners,
    locked_appointment,
    patient_of,
    practitioner_rows,
    set_answer,
    taken_among,
)
from server.scheduling.tables import Appointment, AppointmentParticipant, FreedTime
from server.web import Deps

TAKEN = N_("This time was just taken. Choose another one.")
ENDED = N_("This appointment can no longer be changed.")
RAN_OUT = N_("This time was kept for a while, and somebody else has it now. Choose another one.")
BACKSTOP = "ex_appointment_participant_busy"


class SlotTaken(Conflict):
    """Somebody else has the time of one of the practitioners."""

    def __init__(self, message: str = TAKEN, practitioner_ids: frozenset[UUID] = frozenset()) -> None:
        """Keep whose time is taken, as far as that is known."""
        super().__init__(message)
        self.practitioner_ids = practitioner_ids


@dataclass(frozen=True, slots=True)
class BookingTerms:
    """Who meets whom, where, when and for how many minutes. The caller has found them within the organization.

    With `held_until` the time is only held for somebody until then. With `overbook`, a reason, it is booked even over
    what is there; the caller has asked the person whether that is meant. `buffers` are by practitioner.
    """

    clinic: Clinic
    patient_id: UUID | None
    practitioners: Sequence[UUID]
    starts_at: datetime
    minutes: int
    reason: str = ""
    held_until: datetime | None = None
    overbook: str = ""
    buffers: Mapping[UUID, Buffers] = field(default_factory=dict)
    visit_type_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewTime:
    """To when an appointment is moved, and with whom it is then: as before unless practitioners are named."""

    starts_at: datetime
    minutes: int
    practitioners: Sequence[UUID] = ()
    overbook: str = ""
    buffers: Mapping[UUID, Buffers] = field(default_factory=dict)


async def book(session: AsyncSession, deps: Deps, actor: Actor, terms: BookingTerms) -> Appointment:
    """Add an appointment with its participants to the caller's transaction. Raises SlotTaken."""
    claims = _claims(terms.starts_at, terms.minutes, terms.practitioners, terms.buffers)
    await lock_practitioners(session, actor, claims)
    over = await _overlaps(session, deps, actor, claims, terms.overbook)
    row = Appointment(
        id=new_id(),
        organization_id=actor.organization_id,
        clinic_id=terms.clinic.id,
        visit_type_id=terms.visit_type_id,
        status=Status.PENDING if terms.held_until else Status.BOOKED,
        starts_at=terms.starts_at,
        ends_at=terms.starts_at + timedelta(minutes=terms.minutes),
        time_zone=terms.clinic.time_zone,
        created_at=deps.now(),
        created_by=actor.account_id,
        held_until=terms.held_until,
        time_set_at=deps.now(),
    )
    row.reason = _sealed(deps, row, "reason", terms.reason)
    row.overbook_reason = _sealed(deps, row, "overbook_reason", terms.overbook if over else "")
    session.add(row)
    session.add_all(_participants(row, terms, claims, over, _answer_of(actor)))
    about = Subject("Appointment", row.id, terms.patient_id)
    note(session, deps.now(), actor, "hold" if terms.held_until else "create", about)
    if over:
        note(session, deps.now(), actor, "overbook", about)
    await _written(session)
    return row


async def confirm(session: AsyncSession, deps: Deps, actor: Actor, appointment_id: UUID) -> Appointment:
    """Book what was held, in the caller's transaction; twice is once. Raises SlotTaken when somebody has it now.

    A hold that ran out is still good as long as nobody took its time.
    """
    rows = await practitioner_rows(session, actor, appointment_id)
    await lock_practitioners(session, actor, rows)
    row = await locked_appointment(session, actor, appointment_id)
    if row is None or row.status not in {Status.PENDING, Status.BOOKED}:
        raise SlotTaken(RAN_OUT)
    if row.status == Status.PENDING:
        row.status, row.held_until = Status.BOOKED, None
        note(session, deps.now(), actor, "create", await _about(session, actor, row))
    return row


async def reschedule(session: AsyncSession, deps: Deps, actor: Actor, appointment_id: UUID, to: NewTime) -> Appointment:
    """Free an appointment's time and take another, both or neither, in the caller's transaction.

    Raises SlotTaken, and Conflict when it is over, cancelled or has begun.
    """
    before = await practitioner_rows(session, actor, appointment_id)
    wanted = list(to.practitioners or before)
    claims = _claims(to.starts_at, to.minutes, wanted, to.buffers)
    await lock_practitioners(session, actor, {*before, *wanted})
    row = await _movable(session, deps, actor, appointment_id)
    over = await _overlaps(session, deps, actor, claims, to.overbook, but=row.id)
    _give_back(session, deps, row, before)
    row.starts_at, row.ends_at = to.starts_at, to.starts_at + timedelta(minutes=to.minutes)
    row.sequence, row.time_set_at = row.sequence + 1, deps.now()
    row.status, row.missed_at = Status.BOOKED if row.status == Status.NO_SHOW else row.status, None
    row.overbook_reason = _sealed(deps, row, "overbook_reason", to.overbook if over else "")
    await _take_places(session, row, before, wanted)
    for id_, place in (await practitioner_rows(session, actor, row.id)).items():
        place.busy_from, place.busy_until, place.overbooked = claims[id_].start, claims[id_].end, over
    await set_answer(session, actor, row.id, _answer_of(actor))
    about = await _about(session, actor, row)
    note(session, deps.now(), actor, "reschedule", about)
    if over:
        note(session, deps.now(), actor, "overbook", about)
    await _written(session)
    return row


async def cancel(
    session: AsyncSession, deps: Deps, actor: Actor, appointment_id: UUID, reason: CancelReason
) -> Appointment:
    """Cancel an appointment and free its time, in the caller's transaction; twice is once.

    Raises Conflict when it is over or has begun.
    """
    rows = await practitioner_rows(session, actor, appointment_id)
    await lock_practitioners(session, actor, rows)
    row = await locked_appointment(session, actor, appointment_id)
    if row is not None and row.status == Status.CANCELLED:
        return row
    if row is None or row.status not in MOVABLE:
        raise Conflict(ENDED)
    if reason not in PRACTITIONER_AWAY:
        _give_back(session, deps, row, rows)
    row.status, row.held_until = Status.CANCELLED, None
    row.cancelled_at, row.cancel_reason = deps.now(), reason
    row.sequence += 1
    free(rows.values())
    note(session, deps.now(), actor, "cancel", await _about(session, actor, row))
    return row


async def accept(session: AsyncSession, deps: Deps, actor: Actor, appointment_id: UUID) -> None:
    """Note that the patient says they will come, in the caller's transaction; twice is once."""
    if await set_answer(session, actor, appointment_id, Answer.ACCEPTED):
        note(session, deps.now(), actor, "accept", await _about_id(session, actor, appointment_id))


def add_practitioner(session: AsyncSession, appointment: Appointment, practitioner_id: UUID) -> None:
    """Let a practitioner take part, after those who do; the caller has found both within the organization."""
    row = AppointmentParticipant(
        id=new_id(),
        organization_id=appointment.organization_id,
        appointment_id=appointment.id,
        practitioner_id=practitioner_id,
    )
    session.add(row)


async def remove_practitioner(session: AsyncSession, appointment: Appointment, practitioner_id: UUID) -> None:
    """Let a practitioner take part no more; the caller has found the appointment within the organization."""
    theirs = delete(AppointmentParticipant).where(
        col(AppointmentParticipant.appointment_id) == appointment.id,
        col(AppointmentParticipant.practitioner_id) == practitioner_id,
    )
    await session.exec(theirs)


def _claims(
    starts_at: datetime, minutes: int, practitioners: Sequence[UUID], buffers: Mapping[UUID, Buffers]
) -> dict[UUID, Claim]:
    return claims_of(starts_at, minutes, {id_: buffers.get(id_, Buffers()) for id_ in practitioners})


async def _overlaps(
    session: AsyncSession,
    deps: Deps,
    actor: Actor,
    claims: Mapping[UUID, Claim],
    overbook: str,
    but: UUID | None = None,
) -> bool:
    """Tell whether the time is somebody else's, which only a reason allows."""
    taken = await taken_among(session, actor, claims, deps.now(), but)
    if taken and not overbook:
        raise SlotTaken(practitioner_ids=frozenset(taken))
    return bool(taken)


async def _about(session: AsyncSession, actor: Actor, row: Appointment) -> Subject:
    return await _about_id(session, actor, row.id)


async def _about_id(session: AsyncSession, actor: Actor, appointment_id: UUID) -> Subject:
    return Subject("Appointment", appointment_id, await patient_of(session, actor, appointment_id))


def _answer_of(actor: Actor) -> Answer:
    """Who chooses a time for themselves says by it that they come."""
    return Answer.ACCEPTED if actor.is_patient else Answer.NEEDS_ACTION


def _give_back(session: AsyncSession, deps: Deps, row: Appointment, practitioner_ids: Iterable[UUID]) -> None:
    """Let a time that was booked, and is still ahead, be offered to who waits for one."""
    now = deps.now()
    if row.status != Status.BOOKED or row.starts_at <= now:
        return
    where: dict[str, Any] = {"organization_id": row.organization_id, "clinic_id": row.clinic_id}
    when: dict[str, Any] = {"starts_at": row.starts_at, "ends_at": row.ends_at, "freed_at": now}
    session.add_all([FreedTime(id=new_id(), practitioner_id=id_, **where, **when) for id_ in practitioner_ids])

    async def wake() -> None:
        deps.times_waiting.set()

    after_commit(session, wake)


async def _movable(session: AsyncSession, deps: Deps, actor: Actor, appointment_id: UUID) -> Appointment:
    row = await locked_appointment(session, actor, appointment_id)
    if row is None or row.status not in MOVABLE or ran_out(row.status, row.held_until, deps.now()):
        raise Conflict(ENDED)
    return row


async def _take_places(
    session: AsyncSession, row: Appointment, before: Mapping[UUID, AppointmentParticipant], wanted: Sequence[UUID]
) -> None:
    """Let those take part who do now, and nobody else; who stays keeps their place."""
    for id_, place in before.items():
        if id_ not in wanted:
            await session.delete(place)
    for id_ in wanted:
        if id_ not in before:
            add_practitioner(session, row, id_)
    await session.flush()


async def _written(session: AsyncSession) -> None:
    """Write the rows now, so that the database's own refusal is met here."""
    try:
        await session.flush()
    except IntegrityError as error:
        if BACKSTOP in str(error.orig):
            raise SlotTaken from error
        raise


def _sealed(deps: Deps, row: Appointment, column: str, text: str) -> bytes | None:
    return deps.keyring.seal(text, field_name("appointment", row.id, column)) if text else None


def _participants(
    row: Appointment, terms: BookingTerms, claims: Mapping[UUID, Claim], over: bool, answer: Answer
) -> Iterator[AppointmentParticipant]:
    people: list[tuple[UUID | None, UUID | None]] = [(None, id_) for id_ in terms.practitioners]
    if terms.patient_id:
        people.insert(0, (terms.patient_id, None))
    # Ids of one millisecond are in no order, and participants are given in the order of their ids.
    for row_id, (patient_id, practitioner_id) in zip(sorted(new_id() for _ in people), people, strict=True):
        claim = claims[practitioner_id] if practitioner_id else None
        yield AppointmentParticipant(
            id=row_id,
            organization_id=row.organization_id,
            appointment_id=row.id,
            patient_id=patient_id,
            practitioner_id=practitioner_id,
            status=answer if patient_id else Answer.ACCEPTED,
            busy_from=claim.start if claim else None,
            busy_until=claim.end if claim else None,
            overbooked=bool(claim) and over,
        )
