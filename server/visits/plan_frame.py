"""Who plans visits of their own, and in which frame their pages are: by a visit's link, or with an account."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from server.access import Action
from server.audit import Subject, note_read
from server.directory import Clinic, Patient
from server.kit.ids import parse_id
from server.scheduling import Status, patient_may_change
from server.visits.plan_store import own_clinic
from server.visits.portal_store import Own, own_record
from server.visits.store import Visit, visit_by_id
from server.web import actor, deps, render, use_language


@dataclass(frozen=True, slots=True)
class Plan:
    """The patient, the clinic they call, and `own` for whoever is signed in with an account."""

    patient: Patient
    clinic: Clinic
    own: Own | None

    @property
    def zone(self) -> str:
        """The zone in which the patient reads times."""
        return self.patient.time_zone

    @property
    def base(self) -> str:
        """Where the pages are that are of no one visit."""
        return "/my" if self.own else "/plan"

    def visit_path(self, encounter_id: UUID) -> str:
        """Where the pages of a visit are; a link has but one."""
        return f"/my/visits/{encounter_id}" if self.own else "/plan"


async def plan_of(request: Request) -> Plan:
    """Find who plans. Raises NotFound."""
    who = actor(request)
    async with deps(request).database.read() as session:
        if who.encounter_id is not None:
            visit = await visit_by_id(session, who, Action.PLAN_OWN_VISITS, who.encounter_id)
            plan = Plan(visit.patient, visit.clinic, None)
        else:
            own = await own_record(session, who)
            plan = Plan(own.patient, await own_clinic(session, who, own.patient.id), own)
    use_language(request, plan.patient.language)
    return plan


async def visit_of(request: Request) -> Visit:
    """Give the visit that a page is about, of the address or the link, and note the look. Raises NotFound."""
    tools, who = deps(request), actor(request)
    wanted = request.path_params.get("encounter_id")
    encounter_id = parse_id(wanted) if wanted is not None else who.encounter_id
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.PLAN_OWN_VISITS, encounter_id)
    await note_read(tools, who, Subject("Encounter", visit.encounter.id, visit.patient.id), visit.why)
    return visit


def may_change(request: Request, visit: Visit) -> bool:
    """Tell whether the patient may still move or cancel a visit alone."""
    is_ahead = visit.encounter.status == "planned" and visit.appointment.status == Status.BOOKED
    notice = deps(request).settings.change_notice_minutes
    return is_ahead and patient_may_change(visit.appointment.starts_at, deps(request).now(), notice)


def show(request: Request, plan: Plan, name: str, status: int = 200, **context: object) -> Response:
    """Answer with a page in the frame of whoever plans."""
    frame: dict[str, object] = {"frame": "portal.html", "own": plan.own} if plan.own else {"frame": "plan/frame.html"}
    return render(request, f"plan/{name}.html", status, plan=plan, zone=plan.zone, **frame, **context)
