"""What the pages that find a time show: a search with what it found, and a time that is kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from starlette.requests import Request

from server.access import Action
from server.audit import Subject, note_read
from server.directory import (
    Clinic,
    Patient,
    Practitioner,
    care_team_of,
    clinic_by_id,
    clinics_of,
    patient_by_id,
    practitioners_of,
)
from server.kit import Form
from server.kit.ids import parse_id
from server.scheduling import (
    Appointment,
    Fit,
    Found,
    Instead,
    JointOffer,
    Sought,
    find,
    joint,
    joint_by_day,
    languages_spoken,
    offers_by_day,
    own_hold,
    patient_of,
    practitioners_in,
    visit_types,
)
from server.visits.find_actions import within_reach
from server.visits.find_form import Criteria, Offered, read_criteria
from server.visits.store import last_safety_check
from server.web import actor, deps

DAYS, TIMES, OF_A_PERSON, INSTEAD = 3, 6, 12, 3


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked, of what there is, and what was found: one `Found` for each person of a joint visit."""

    offered: Offered
    criteria: Criteria
    found: Sequence[Found]

    @property
    def is_joint(self) -> bool:
        """Tell whether several people are to be free together."""
        return len(self.found) > 1

    @property
    def people(self) -> dict[UUID, Practitioner]:
        """Everybody who may be offered."""
        return {id_: one for found in self.found for id_, one in found.people.items()}

    @property
    def zones(self) -> dict[UUID, str]:
        """The zone that each counts their days in."""
        return {one.practitioner: one.schedule.zone for found in self.found for one in found.candidates}

    @property
    def lacking(self) -> frozenset[Fit]:
        """In what nobody fits: what to ask less of when nothing was found."""
        return frozenset().union(*(found.lacking() for found in self.found))

    def results(self) -> dict[str, Any]:
        """Give the free times as the page shows them: together, by day, or by practitioner."""
        zone, first = self.offered.patient.time_zone, self.found[0]
        if self.is_joint:
            return {"joint": joint_by_day(self._joint(), zone, DAYS, TIMES)}
        if self.criteria.by_person:
            theirs = first.by_practitioner(OF_A_PERSON)
            return {"people": [(who, offers_by_day(offers, zone, OF_A_PERSON, OF_A_PERSON)) for who, offers in theirs]}
        return {"days": offers_by_day(first.soonest(), zone, DAYS, TIMES)}

    def instead(self, lost: datetime, practitioner_id: UUID) -> Instead:
        """Give what is left for who lost one person's time."""
        return self.found[0].instead_of(lost, practitioner_id)

    def later_together(self, lost: datetime) -> list[JointOffer]:
        """Give the next times at which all are free together, for who lost a joint time."""
        return list(islice((one for one in self._joint() if one.start >= lost), INSTEAD))

    def _joint(self) -> Iterator[JointOffer]:
        return joint([found.group() for found in self.found], self.found[0].window)


@dataclass(frozen=True, slots=True)
class Held:
    """A time that is kept for the actor: for whom, and with whom."""

    appointment: Appointment
    patient: Patient
    practitioners: Sequence[Practitioner]
    clinic: Clinic

    def members(self, criteria: Criteria) -> dict[UUID, Sought]:
        """Give what was sought of each, as far as the address still says it."""
        ids = [one.id for one in self.practitioners]
        if len(ids) == len(criteria.sought):
            return dict(zip(ids, criteria.sought, strict=True))
        return {id_: replace(criteria.sought[0], visit_type=None, practitioners=None) for id_ in ids}


async def asked(request: Request, values: Mapping[str, object], patient_id: UUID | None) -> tuple[Offered, Criteria]:
    """Read what a form asks for, beside what there is to choose from. Raises NotFound for an unknown patient."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        patient = await patient_by_id(session, who, Action.CREATE_VISIT, patient_id)
        check = await last_safety_check(session, who, patient.id)
        offered = Offered(
            patient,
            await visit_types(session, who),
            {one.id: one for one in await practitioners_of(session, who)},
            await clinics_of(session, who),
            await languages_spoken(session, who),
            await care_team_of(session, who, patient.id),
            check.state if check else "",
        )
    return offered, read_criteria(Form(values), offered, tools.now())


async def search(request: Request, offered: Offered, criteria: Criteria) -> Search:
    """Look for time as a form asks for it, and note for whom."""
    tools, who, patient = deps(request), actor(request), offered.patient
    async with tools.database.read() as session:
        found = [await find(session, who, one, tools.now()) for one in criteria.sought]
    reached = [within_reach(one, who) for one in found]
    if len(found) == 1 or not any(one.candidates for one in reached):
        found = reached
    await note_read(tools, who, Subject("Patient", patient.id, patient.id), "find a time")
    return Search(offered, criteria, found)


async def held(request: Request) -> Held:
    """Find what the actor holds by the address, and note that it was looked at. Raises NotFound."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        row = await own_hold(session, who, parse_id(request.path_params["appointment_id"]))
        patient = await patient_by_id(session, who, Action.CREATE_VISIT, await patient_of(session, who, row.id))
        practitioners = (await practitioners_in(session, who, [row.id])).get(row.id, [])
        clinic = await clinic_by_id(session, who, row.clinic_id)
    await note_read(tools, who, Subject("Appointment", row.id, patient.id), "held time")
    return Held(row, patient, practitioners, clinic)
