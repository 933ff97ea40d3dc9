"""Pages of patients: find, add, look at, change."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_found, note_read
from server.directory import emergency_pages
from server.directory.actions import PatientDetails, add_patient, change_patient, end_account
from server.directory.rules import read_search
from server.directory.states import ZONES
from server.directory.store import (
    PatientContact,
    clinics_of,
    find_patients,
    organizations_by_ids,
    patient_by_id,
    patient_contact,
)
from server.directory.tables import Patient
from server.identity import has_own_account, reach_of
from server.kit import N_, Form, Invalid
from server.kit.ids import parse_id
from server.web import LANGUAGES, actor, deps, page, render, see_other, staff

_NEXT_VISIT = "visit"


async def show_patients(request: Request) -> Response:
    """Find patients; as a part of a page when htmx asks for one."""
    text = request.query_params.get("q", "")
    search = read_search(text)
    found: Sequence[Patient] = ()
    if not search.is_empty:
        await deps(request).limits.spend("patient search", "180/minute", str(actor(request).account_id))
        async with deps(request).database.read() as session:
            found = await find_patients(session, actor(request), deps(request).keyring, search)
        await note_found(deps(request), actor(request), [patient.id for patient in found])
    name = "directory/_found.html" if request.headers.get("hx-request") else "directory/patients.html"
    return render(
        request, name, q=text, searched=not search.is_empty, patients=found, then=request.query_params.get("then", "")
    )


async def show_organizations(request: Request) -> Response:
    """Show the organization that the person acts in, and let them change to another of theirs."""
    who = actor(request)
    async with deps(request).database.read() as session:
        found = await organizations_by_ids(session, await reach_of(session, who) | {who.organization_id})
    part = bool(request.headers.get("hx-request"))
    name = "directory/_organizations.html" if part else "directory/organizations.html"
    return render(request, name, organizations=found)


async def show_new_patient(request: Request) -> Response:
    """Show the empty form."""
    async with deps(request).database.read() as session:
        clinics = await clinics_of(session, actor(request))
    zone = clinics[0].time_zone if clinics else ZONES[0]
    values = {"then": request.query_params.get("then", ""), "language": "en", "time_zone": zone, "mail_reminders": "1"}
    return _form(request, values, {})


async def create_patient(request: Request) -> Response:
    """Add a patient and lead on to where the form came from."""
    form = Form(dict(await request.form()))
    try:
        details = _read_details(request, form)
    except Invalid as error:
        return _form(request, error.values, error.errors, status=error.status)
    added = await add_patient(deps(request), actor(request), details, anyway=form.ticked("anyway"))
    if not isinstance(added, Patient):
        await note_found(deps(request), actor(request), [patient.id for patient in added])
        return _form(request, form.values, {}, alike=added, status=409)
    if form.values.get("then") == _NEXT_VISIT:
        return see_other(f"/visits/new?{urlencode({'patient': str(added.id)})}")
    return see_other(f"/patients/{added.id}")


async def show_patient(request: Request) -> Response:
    """Show one patient's details, as a form that changes them."""
    patient = await _patient(request, Action.READ_PATIENT)
    async with deps(request).database.read() as session:
        has_account = await has_own_account(session, actor(request), patient.id)
    await note_read(deps(request), actor(request), Subject("Patient", patient.id, patient.id), "opened the record")
    return _form(request, _values(request, patient), {}, patient=patient, has_account=has_account)


async def update_patient(request: Request) -> Response:
    """Change a patient's details."""
    patient = await _patient(request, Action.WRITE_PATIENT)
    form = Form(dict(await request.form()))
    try:
        details = _read_details(request, form)
    except Invalid as error:
        return _form(request, error.values, error.errors, patient=patient, status=error.status)
    await change_patient(deps(request), actor(request), patient.id, details)
    return see_other(f"/patients/{patient.id}?saved=1")


async def remove_access(request: Request) -> Response:
    """End what accounts see of a patient."""
    patient_id = parse_id(request.path_params["patient_id"])
    await end_account(deps(request), actor(request), patient_id)
    return see_other(f"/patients/{patient_id}?saved=1")


async def _patient(request: Request, action: Action) -> Patient:
    async with deps(request).database.read() as session:
        return await patient_by_id(session, actor(request), action, parse_id(request.path_params["patient_id"]))


def _form(
    request: Request,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    patient: Patient | None = None,
    alike: Sequence[Patient] = (),
    has_account: bool = False,
    status: int = 200,
) -> Response:
    saved = request.method == "GET" and "saved" in request.query_params
    context = {"values": values, "errors": errors, "patient": patient, "alike": alike, "saved": saved, "zones": ZONES}
    context["has_account"] = has_account
    return render(request, "directory/patient.html", status, **context)


def _values(request: Request, patient: Patient) -> dict[str, str]:
    contact = patient_contact(deps(request).keyring, patient)
    born = patient.birth_date
    return {
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "born_month": str(born.month),
        "born_day": str(born.day),
        "born_year": str(born.year),
        "language": patient.language,
        "time_zone": patient.time_zone,
        "phone": contact.phone,
        "email": contact.email,
        "record_number": contact.record_number,
        "mail_reminders": "1" if patient.mail_reminders else "",
        "text_reminders": "1" if patient.text_reminders else "",
        "then": "",
    }


def _read_details(request: Request, form: Form) -> PatientDetails:
    given = form.text("given_name", N_("Enter the first name."), 60)
    family = form.text("family_name", N_("Enter the last name."), 60)
    born = form.birth_date("born", deps(request).now().date())
    language = form.choice("language", LANGUAGES)
    zone = form.choice("time_zone", ZONES)
    phone, email = form.phone("phone", required=False), form.email("email", required=False)
    number = form.optional("record_number", 40)
    form.check()
    if born is None:  # `check` has raised already; this is for the type checker
        raise Invalid(form.errors, form.values)
    by_mail, by_text = form.ticked("mail_reminders"), form.ticked("text_reminders")
    contact = PatientContact(phone, email, number.upper())
    return PatientDetails(given, family, born, language, zone, contact, by_mail, by_text)


routes: list[BaseRoute] = [
    page("/account/organizations", show_organizations, staff(Action.USE_OWN_ACCOUNT)),
    page("/patients", show_patients, staff(Action.READ_PATIENT)),
    page("/patients/new", show_new_patient, staff(Action.WRITE_PATIENT)),
    page("/patients/new", create_patient, staff(Action.WRITE_PATIENT), "POST"),
    page("/patients/{patient_id}", show_patient, staff(Action.READ_PATIENT)),
    page("/patients/{patient_id}", update_patient, staff(Action.WRITE_PATIENT), "POST"),
    page("/patients/{patient_id}/account/end", remove_access, staff(Action.WRITE_PATIENT), "POST"),
    *emergency_pages.routes,
]
