"""The lines of a clinician's or front desk's day, gathered in one snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.calls import Seat, seats_of
from server.directory import (
    Patient,
    Practitioner,
    licences_of,
    licensed_states,
    practitioner_of_account,
    working_zone,
)
from server.identity import AccessLink, LinkState, link_state
from server.kit import Keyring, field_name
from server.scheduling import Appointment, appointments_between, day_bounds, practitioners_in, who_comes
from server.visits.attendance_rules import is_expected
from server.visits.callback_store import Callback, callbacks_of
from server.visits.rules import VisitState, VisitTimes, lacks_licence, visit_state
from server.visits.store import Safety, encounters_around, opened_safety, safety_checks
from server.visits.tables import Encounter
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Line:
    """One visit of the day, with everything that its line and its waiting-room entry show."""

    encounter: Encounter
    appointment: Appointment
    patient: Patient
    practitioner: Practitioner
    reason: str
    state: VisitState
    minutes: int
    safety: Safety
    confirmed: bool
    unlicensed: bool
    connected: bool
    link: LinkState
    asking: bool
    is_mine: bool
    callback: Callback | None
    expected: bool
    comes: bool

    @property
    def length(self) -> int:
        """The planned length in minutes."""
        return int((self.appointment.ends_at - self.appointment.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's lines, its zone, and when it was looked at."""

    lines: Sequence[Line]
    zone: str
    now: datetime
    practitioner: Practitioner | None

    @property
    def waiting(self) -> list[Line]:
        """Who is in the waiting room, longest wait first."""
        lines = [line for line in self.lines if line.state is VisitState.WAITING]
        return sorted(lines, key=lambda line: line.encounter.arrived_at or self.now)

    @property
    def next_id(self) -> UUID | None:
        """The visit to go on with: the one running, else who waits longest, else the next one booked."""
        running = [line for line in self.lines if line.state is VisitState.IN_PROGRESS]
        booked = [line for line in self.lines if line.state in _TO_COME]
        coming = [line for line in booked if line.appointment.ends_at > self.now]
        return next((line.encounter.id for line in (*running, *self.waiting, *coming)), None)

    def count(self, state: str) -> int:
        """Tell how many lines are in a state."""
        return sum(line.state == state for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Around:
    """What was looked up around the day's appointments."""

    encounters: Mapping[UUID, Encounter]
    patients: Mapping[UUID, Patient]
    practitioners: Mapping[UUID, Sequence[Practitioner]]
    seats: Mapping[tuple[UUID, UUID | None], Seat]
    links: Mapping[UUID, AccessLink]
    safety: Mapping[UUID, Safety]
    licensed: Mapping[UUID, frozenset[str]]
    callbacks: Mapping[UUID, Callback]
    comes: frozenset[UUID]


# Midnight takes nobody off the page who waits or talks, or whose visit is not over by plan.
_OVERNIGHT = timedelta(hours=12)
_TO_COME = frozenset({VisitState.BOOKED, VisitState.CHECKED_IN})
_GOING_ON = frozenset({VisitState.WAITING, VisitState.IN_PROGRESS})


async def day_of(deps: Deps, actor: Actor) -> Day:
    """Gather today: a practitioner's own visits, or for other staff those of the clinics that they cover."""
    now = deps.now()
    async with deps.database.read() as session:
        practitioner = await practitioner_of_account(session, actor)
        zone = await working_zone(session, actor)
        start, end = day_bounds(now, zone)
        mine = practitioner.id if practitioner else None
        appointments = await appointments_between(session, actor, start - _OVERNIGHT, end, mine)
        around = await _around(session, deps.keyring, actor, appointments, now.astimezone(ZoneInfo(zone)).date())
    lines = [_line(deps.keyring, actor, row, around, now) for row in appointments if row.id in around.encounters]
    shown = [line for line in lines if line.appointment.starts_at >= start or _lasts(line, now)]
    return Day(shown, zone, now, practitioner)


def _lasts(line: Line, now: datetime) -> bool:
    return line.state in _GOING_ON or (line.state in _TO_COME and line.appointment.ends_at > now)


async def _around(
    session: AsyncSession, keyring: Keyring, actor: Actor, appointments: Sequence[Appointment], day: date
) -> _Around:
    ids = [row.id for row in appointments]
    rows = await encounters_around(session, actor, ids)
    encounters = [encounter for encounter, _, _ in rows]
    practitioners = await practitioners_in(session, actor, ids)
    visits = [row.id for row in encounters]
    checks, callbacks = (
        await safety_checks(session, actor, visits),
        await callbacks_of(session, actor, keyring, visits),
    )
    return _Around(
        encounters={row.appointment_id: row for row in encounters},
        patients={patient.id: patient for _, patient, _ in rows},
        practitioners=practitioners,
        seats={(s.room_id, s.patient_id): s for s in await seats_of(session, actor, [e.room_id for e in encounters])},
        links={link.id: link for _, _, link in rows},
        safety={key: opened_safety(keyring, row) for key, row in checks.items()},
        licensed={
            lead: licensed_states(await licences_of(session, lead), day)
            for lead in {people[0].id for people in practitioners.values()}
        },
        callbacks={key: one for key, one in callbacks.items() if one.is_open},
        comes=await who_comes(session, actor, ids),
    )


def _line(keyring: Keyring, actor: Actor, appointment: Appointment, around: _Around, now: datetime) -> Line:
    encounter = around.encounters[appointment.id]
    practitioners = around.practitioners[appointment.id]
    practitioner = practitioners[0]
    times = VisitTimes(appointment.status, encounter.status, encounter.arrived_at, encounter.admitted_at)
    state, minutes = visit_state(times, now)
    seat = around.seats.get((encounter.room_id, encounter.patient_id))
    safety, link = around.safety.get(encounter.id), around.links[encounter.link_id]
    return Line(
        encounter=encounter,
        appointment=appointment,
        patient=around.patients[encounter.patient_id],
        practitioner=practitioner,
        reason=reason_of(keyring, appointment),
        state=state,
        minutes=minutes,
        safety=safety or Safety(),
        confirmed=safety is not None,
        unlicensed=lacks_licence(around.licensed[practitioner.id], safety.state if safety else ""),
        connected=seat is not None and seat.connection is not None,
        link=link_state(link, now),
        asking=link.asking_hash is not None,
        is_mine=any(one.account_id == actor.account_id for one in practitioners),
        callback=around.callbacks.get(encounter.id),
        expected=is_expected(appointment.status, appointment.starts_at, now),
        comes=appointment.id in around.comes,
    )


def reason_of(keyring: Keyring, appointment: Appointment) -> str:
    """Open the reason of an appointment; empty when none was given."""
    if appointment.reason is None:
        return ""
    return keyring.open(appointment.reason, field_name("appointment", appointment.id, "reason"))
