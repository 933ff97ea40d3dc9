"""The form of a consult: whom to ask, how soon, by what means, and the question, with a patient or without."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.consults.ask_actions import NewConsult, ask_consult
from server.consults.ask_view import Choices, choices_of, offer_of
from server.consults.question_form import FIELDS, PREGNANCIES, RISKS, read_question
from server.consults.question_rules import Patient as Hidden
from server.consults.question_rules import write_question
from server.consults.service_rules import Mode, Urgency
from server.consults.service_words import URGENCIES
from server.directory import STATES, Patient
from server.kit import N_, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.web import actor, deps, during_call, page, render, see_other, staff

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


async def show_ask(request: Request) -> Response:
    """Show the form: about a patient, from a running visit, or de-identified, as the address says."""
    choices = await _choices(request, request.query_params)
    await _noted(request, choices)
    where = "visit" if choices.encounter_id else ""
    values = {"key": str(new_id()), "state": choices.state, "where": where, **choices.previous}
    return _form(request, choices, values, {})


async def post_ask(request: Request) -> Response:
    """Ask, and lead to the case; the panel beside a call is sent there too."""
    form = Form(dict(await request.form()))
    choices = await _choices(request, form.values)
    try:
        new = _read(form, choices)
        await ask_consult(deps(request), live(request), actor(request), new)
    except Invalid as error:
        return _form(request, choices, form.values, error.errors, error.status)
    if request.headers.get("hx-request") and new.encounter_id:
        return see_other(f"/visits/{new.encounter_id}/consults")
    return see_other(f"/consults/{new.key}")


async def post_offer(request: Request) -> Response:
    """Show what may be asked of the clinic and the service that were chosen; whatever was typed stays as it is."""
    form = Form(dict(await request.form()))
    choices = await _choices(request, form.values)
    await _noted(request, choices)
    return _form(request, choices, form.values, {}, part="consults/_offer.html")


async def _noted(request: Request, choices: Choices) -> None:
    patient_id = choices.patient.id if choices.patient else None
    await note_read(deps(request), actor(request), Subject("ServiceRequest", None, patient_id), "new consult")


async def _choices(request: Request, values: Mapping[str, str]) -> Choices:
    typed = (values.get(name, "") for name in ("patient", "visit", "clinic"))
    async with deps(request).database.read() as session:
        return await choices_of(session, deps(request), actor(request), *typed)


def _read(form: Form, choices: Choices) -> NewConsult:
    offer = offer_of(choices, form.values)
    service = parse_id(form.choice("service", [str(one.id) for one in choices.services], N_("Choose whom to ask.")))
    mode, urgency = form.choice("mode", offer.modes), form.choice("urgency", list(Urgency))
    identified = choices.patient is not None and form.values.get("where") != "nobody"
    in_visit = identified and choices.encounter_id is not None
    present = in_visit and form.values.get("where") == "visit"
    agreed = form.ticked("agreed")
    if present and not agreed:
        form.wrong("agreed", N_("Ask the patient first."))
    state = form.choice("state", ["", *STATES])
    age = None if identified or not form.values.get("age") else form.whole("age", 0, 120, N_("Enter years, like 34."))
    key = parse_id(form.values.get("key", ""))
    hidden = None if identified or not choices.patient else _hidden(choices.patient)
    question = read_question(form, offer.service.kind if offer.service else "", hidden, list(offer.own.values()))
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
    request: Request,
    choices: Choices,
    values: dict[str, str],
    errors: dict[str, str],
    status: int = 200,
    part: str = "consults/_ask.html",
) -> Response:
    is_part = bool(request.headers.get("hx-request"))
    typed = {**EMPTY, **values}
    context: dict[str, Any] = {"choices": choices, "values": typed, "errors": errors, "part": is_part}
    words: dict[str, Any] = {
        "fields": FIELDS,
        "offer": offer_of(choices, typed),
        "urgencies": URGENCIES,
        "states": STATES,
        "risks": RISKS,
        "pregnancies": PREGNANCIES,
    }
    return render(request, part if is_part else "consults/ask.html", status, **context, **words)


_ASK = during_call(staff(Action.ASK_CONSULT))

routes: list[BaseRoute] = [
    page("/consults/new", show_ask, _ASK),
    page("/consults/new", post_ask, _ASK, "POST"),
    page("/consults/new/offer", post_offer, _ASK, "POST"),
]
