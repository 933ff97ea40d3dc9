"""A patient's visits, past and to come, as far as the reader has a tie to each: a part of the patient's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from server.access import Action, Actor, decide
from server.audit import Subject, note_read
from server.directory import Practitioner, formal_name
from server.kit.ids import parse_id
from server.scheduling import Appointment, appointments_of_patient, practitioners_in
from server.visits.care_team_store import record_of_patient
from server.visits.rules import VisitState, VisitTimes, visit_state
from server.visits.store import encounters_around, record_of
from server.visits.tables import Encounter
from server.web import actor, deps, render


@dataclass(frozen=True, slots=True)
class Past:
    """One visit of the list: when, with whom, and what became of it."""

    encounter: Encounter
    appointment: Appointment
    practitioner: str
    state: VisitState
    minutes: int

    @property
    def day(self) -> date:
        """The day on which it was or will be, as the clinic counts days."""
        return self.appointment.starts_at.astimezone(ZoneInfo(self.appointment.time_zone)).date()

    @property
    def is_over(self) -> bool:
        """Tell whether nothing of it is to come."""
        return self.state not in {VisitState.BOOKED, VisitState.WAITING, VisitState.IN_PROGRESS}


async def show_history(request: Request) -> Response:
    """Show a patient's visits. As a part of a page it says so when there is no tie, and raises Forbidden else."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        record = await record_of_patient(session, who, Action.READ_RECORD, parse_id(request.path_params["patient_id"]))
        allowed = record.decision.allowed
        visits = (
            await visits_of(session, who, record.patient.id, record.facts.care_team, tools.now()) if allowed else ()
        )
    part = bool(request.headers.get("hx-request"))
    if part and not allowed:
        return render(request, "visits/_no_tie.html", what="visits", patient=record.patient)
    record.require()
    subject = Subject("Encounter", patient_id=record.patient.id)
    await note_read(tools, who, subject, record.decision.why)
    name = "visits/_history.html" if part else "visits/history.html"
    coming = [visit for visit in reversed(visits) if not visit.is_over]
    return render(request, name, patient=record.patient, coming=coming, past=[v for v in visits if v.is_over])


async def visits_of(
    session: AsyncSession, who: Actor, patient_id: UUID, team: frozenset[UUID], now: datetime
) -> Sequence[Past]:
    """Give the patient's visits that the actor may read, the latest first."""
    appointments = await appointments_of_patient(session, who, patient_id)
    ids = [row.id for row in appointments]
    people = await practitioners_in(session, who, ids)
    encounters = {row.appointment_id: row for row, _, _ in await encounters_around(session, who, ids)}
    found = [(encounters[row.id], row, people[row.id]) for row in appointments if row.id in encounters]
    return [
        _line(encounter, row, practitioners[0], now)
        for encounter, row, practitioners in found
        if decide(who, Action.READ_VISIT, record_of(encounter, row, practitioners, team)).allowed
    ]


def _line(encounter: Encounter, row: Appointment, lead: Practitioner, now: datetime) -> Past:
    times = VisitTimes(row.status, encounter.status, encounter.arrived_at, encounter.admitted_at)
    return Past(encounter, row, formal_name(lead), *visit_state(times, now))
