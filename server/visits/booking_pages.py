"""Setting up a visit: pick or add a patient, say when, get a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.directory import (
    Patient,
    Practitioner,
    clinics_of,
    patient_by_id,
    patient_contact,
    practitioner_of_account,
    practitioners_of,
)
from server.kit import N_, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.outbox import can_send
from server.scheduling import SlotTaken
from server.visits.actions import NewVisit, create_visit
from server.visits.rules import LENGTHS
from server.visits.sheet import show_sheet
from server.visits.time_form import IN_THE_WAY, read_start
from server.web import actor, deps, page, render, see_other, staff

WALK_IN = "walk-in"


@dataclass(frozen=True, slots=True)
class _Choices:
    """What the form offers: the patient, and with whom the visit can be, in which zone."""

    patient: Patient
    practitioners: Sequence[Practitioner]
    zones: dict[UUID, str]
    email: str

    def zone_of(self, practitioner_id: UUID) -> str:
        clinic = next(p.clinic_id for p in self.practitioners if p.id == practitioner_id)
        return self.zones[clinic]


async def show_new_visit(request: Request) -> Response:
    """Show the form for a visit with a patient; without one, the way to pick a patient first."""
    wanted = request.query_params.get("patient", "")
    if not wanted:
        return see_other("/patients?then=visit")
    choices = await _choices(request, parse_id(wanted))
    about = Subject("Patient", choices.patient.id, choices.patient.id)
    await note_read(deps(request), actor(request), about, "new visit")
    return _form(request, choices, {**_EMPTY, "key": str(new_id())}, {})


async def make_visit(request: Request) -> Response:
    """Set the visit up and show its page with the link."""
    form = Form(dict(await request.form()))
    choices = await _choices(request, parse_id(form.values.get("patient", "")))
    try:
        new = _read(request, form, choices)
    except Invalid as error:
        return _form(request, choices, error.values, error.errors, error.status)
    try:
        link = await create_visit(deps(request), live(request), actor(request), new)
    except SlotTaken as error:
        where = "time" if form.values.get("when") == "later" else "when"
        values = {**form.values, "taken": "1"}
        return _form(request, choices, values, {where: IN_THE_WAY, "overbook": ""}, error.status)
    if not link:
        return see_other(f"/visits/{new.key}")
    return await show_sheet(request, new.key, link, 201)


async def _choices(request: Request, patient_id: UUID | None) -> _Choices:
    who = actor(request)
    async with deps(request).database.read() as session:
        patient = await patient_by_id(session, who, Action.CREATE_VISIT, patient_id)
        mine = await practitioner_of_account(session, who)
        everybody = [] if mine else await practitioners_of(session, who)
        zones = {clinic.id: clinic.time_zone for clinic in await clinics_of(session, who)}
    practitioners = [mine] if mine else [person for person in everybody if person.clinic_id in who.clinics]
    email = patient_contact(deps(request).keyring, patient).email if can_send(deps(request).settings) else ""
    return _Choices(patient, practitioners, zones, email)


def _form(
    request: Request, choices: _Choices, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    context = {"choices": choices, "values": {**_EMPTY, **values}, "errors": errors, "lengths": LENGTHS}
    return render(request, "visits/new.html", status, today=deps(request).now(), **context)


def _read(request: Request, form: Form, choices: _Choices) -> NewVisit:
    now = deps(request).now()
    allowed = {str(p.id): p.id for p in choices.practitioners}
    practitioner = allowed.get(form.choice("practitioner", allowed, N_("Choose who sees the patient.")))
    minutes = form.choice("minutes", [str(n) for n in LENGTHS])
    starts_at: datetime | None = now
    if form.choice("when", ("now", "later")) == "later" and practitioner:
        starts_at = read_start(form, choices.zone_of(practitioner), now)
    reason = form.optional("reason", 500)
    form.optional("overbook", 200)
    key = parse_id(form.values.get("key", "")) or new_id()
    form.check()
    if practitioner is None or starts_at is None:  # `check` has raised already; this is for the type checker
        raise Invalid(form.errors, form.values)
    send, overbook = form.ticked("send"), form.values.get("overbook", "")
    if form.values["when"] == "now":  # whoever comes unplanned is seen beside what was planned
        overbook = overbook or WALK_IN
    return NewVisit(key, choices.patient.id, practitioner, starts_at, int(minutes), reason, send, overbook)


_EMPTY = {
    "when": "now",
    "minutes": "20",
    "date": "",
    "time": "",
    "reason": "",
    "practitioner": "",
    "send": "",
    "overbook": "",
}


routes: list[BaseRoute] = [
    page("/visits/new", show_new_visit, staff(Action.CREATE_VISIT)),
    page("/visits/new", make_visit, staff(Action.CREATE_VISIT), "POST"),
]
