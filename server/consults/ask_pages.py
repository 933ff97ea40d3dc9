"""The form of a consult: whom to ask, how soon, by what means, and the question, with a patient or without."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Actor
from server.audit import Subject, note_read
from server.calls import live
from server.consults.ask_actions import NewConsult, ask_consult
from server.consults.case_store import last_case, opened_question
from server.consults.question_form import FIELDS, PREGNANCIES, RISKS, question_values, read_question
from server.consults.question_rules import Patient as Hidden
from server.consults.question_rules import prefilled, write_question
from server.consults.question_rules import read_question as kept_question
from server.consults.service_rules import Mode, Urgency
from server.consults.service_store import services_for
from server.consults.service_tables import ConsultService
from server.consults.service_words import MODES, URGENCIES
from server.directory import STATES, Clinic, Patient, clinics_of, practitioner_of_account
from server.kit import N_, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.visits import last_safety_check, record_of_patient, visit_by_id
from server.web import Deps, actor, deps, during_call, page, render, see_other, staff

EMPTY = {
    "service": "",
    "clinic": "",
    "mode": "video",
    "urgency": "now",
    "state": "",
    "age": "",
    "where": "",
    "agreed": "",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: clinics with the services that cover them, and whom the consult is about."""

    clinics: Sequence[Clinic]
    services: Sequence[ConsultService]
    clinic_id: UUID | None
    patient: Patient | None
    encounter_id: UUID | None
    state: str
    previous: dict[str, str]


async def show_ask(request: Request) -> Response:
    """Show the form: about a patient, from a running visit, or de-identified, as the address says."""
    query = request.query_params
    choices = await _choices(request, query.get("patient", ""), query.get("visit", ""), query.get("clinic", ""))
    patient_id = choices.patient.id if choices.patient else None
    await note_read(deps(request), actor(request), Subject("ServiceRequest", None, patient_id), "new consult")
    where = "visit" if choices.encounter_id else ""
    values = {"key": str(new_id()), "state": choices.state, "where": where, **choices.previous}
    return _form(request, choices, values, {})


async def post_ask(request: Request) -> Response:
    """Ask, and lead to the case; the panel beside a call is sent there too."""
    form = Form(dict(await request.form()))
    typed = [form.values.get(name, "") for name in ("patient", "visit", "clinic")]
    choices = await _choices(request, *typed)
    try:
        new = _read(form, choices)
        await ask_consult(deps(request), live(request), actor(request), new)
    except Invalid as error:
        return _form(request, choices, form.values, error.errors, error.status)
    if request.headers.get("hx-request") and new.encounter_id:
        return see_other(f"/visits/{new.encounter_id}/consults")
    return see_other(f"/consults/{new.key}")


async def _choices(request: Request, patient: str, visit: str, clinic: str) -> Choices:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        about, encounter_id, here = await _about(session, who, parse_id(patient), parse_id(visit))
        clinics = await clinics_of(session, who)
        wanted = here or parse_id(clinic) or await _own_clinic(session, who)
        chosen = next((one.id for one in clinics if one.id == wanted), clinics[0].id if clinics else None)
        services = await services_for(session, who, chosen) if chosen else []
        previous, state = await _known(session, tools, who, about)
    offered = [one for one in clinics if one.id == here] if here else clinics
    return Choices(offered, services, chosen, about, encounter_id, state, previous)


async def _own_clinic(session: AsyncSession, who: Actor) -> UUID | None:
    mine = await practitioner_of_account(session, who)
    return mine.clinic_id if mine else None


async def _about(
    session: AsyncSession, who: Actor, patient_id: UUID | None, encounter_id: UUID | None
) -> tuple[Patient | None, UUID | None, UUID | None]:
    """Give the patient, the visit, and the clinic that follows from it."""
    if encounter_id:
        visit = await visit_by_id(session, who, Action.CONDUCT_VISIT, encounter_id)
        return visit.patient, visit.encounter.id, visit.clinic.id
    if patient_id:
        record = await record_of_patient(session, who, Action.READ_RECORD, patient_id)
        return record.require().patient, None, None
    return None, None, None


async def _known(session: AsyncSession, tools: Deps, who: Actor, patient: Patient | None) -> tuple[dict[str, str], str]:
    """Give what was asked about the patient the last time, and the state where they were last."""
    if patient is None:
        return {}, ""
    last = await last_case(session, who, patient.id)
    check = await last_safety_check(session, who, patient.id)
    previous = prefilled(kept_question(opened_question(tools.keyring, last))) if last else None
    return question_values(previous) if previous else {}, check.state if check else ""


def _read(form: Form, choices: Choices) -> NewConsult:
    service = parse_id(form.choice("service", [str(one.id) for one in choices.services], N_("Choose whom to ask.")))
    mode, urgency = form.choice("mode", list(Mode)), form.choice("urgency", list(Urgency))
    identified = choices.patient is not None and form.values.get("where") != "nobody"
    in_visit = identified and choices.encounter_id is not None
    present = in_visit and form.values.get("where") == "visit"
    agreed = form.ticked("agreed")
    if present and not agreed:
        form.wrong("agreed", N_("Ask the patient first."))
    state = form.choice("state", ["", *STATES])
    age = None if identified or not form.values.get("age") else form.whole("age", 0, 120, N_("Enter years, like 34."))
    key = parse_id(form.values.get("key", ""))
    kind = next((one.kind for one in choices.services if one.id == service), "")
    hidden = None if identified or not choices.patient else _hidden(choices.patient)
    question = read_question(form, kind, hidden)
    form.check()
    if key is None or service is None or choices.clinic_id is None:
        raise Invalid({"service": N_("Choose whom to ask.")}, form.values)
    return NewConsult(
        key,
        service,
        choices.clinic_id,
        Mode(mode),
        Urgency(urgency),
        write_question(question),
        choices.patient.id if identified and choices.patient else None,
        choices.encounter_id if in_visit else None,
        present,
        agreed,
        state,
        age,
    )


def _hidden(patient: Patient) -> Hidden:
    return Hidden(patient.given_name, patient.family_name, patient.birth_date)


def _form(
    request: Request, choices: Choices, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    part = bool(request.headers.get("hx-request"))
    context: dict[str, Any] = {"choices": choices, "values": {**EMPTY, **values}, "errors": errors, "part": part}
    words: dict[str, Any] = {
        "fields": FIELDS,
        "modes": MODES,
        "urgencies": URGENCIES,
        "states": STATES,
        "risks": RISKS,
        "pregnancies": PREGNANCIES,
    }
    return render(request, "consults/_ask.html" if part else "consults/ask.html", status, **context, **words)


_ASK = during_call(staff(Action.ASK_CONSULT))

routes: list[BaseRoute] = [
    page("/consults/new", show_ask, _ASK),
    page("/consults/new", post_ask, _ASK, "POST"),
]
