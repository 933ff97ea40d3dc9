"""The mails of a visit, in the patient's language. No clinical words: that there is a visit, when, and the link."""

from collections.abc import Sequence
from datetime import datetime

from server.directory import formal_name, patient_contact
from server.kit.ids import OrganizationId
from server.outbox import Mail
from server.visits.store import Visit
from server.web import Deps, speaking


def link_url(deps: Deps, text: str) -> str:
    """Give the address that opens a link."""
    return f"{deps.settings.public_url}/v/{text}"


def link_mail(deps: Deps, visit: Visit, text: str) -> Mail:
    """Write the mail that brings the link."""
    return _mail(deps, visit, "visit_link", url=link_url(deps, text), practitioner=formal_name(visit.lead))


def series_mail(deps: Deps, visit: Visit, links: Sequence[tuple[datetime, str]]) -> Mail:
    """Write the mail that brings the links of a series, each with its time."""
    return _mail(deps, visit, "visit_series", links=links, practitioner=formal_name(visit.lead))


def code_mail(deps: Deps, visit: Visit, code: str) -> Mail:
    """Write the mail that brings the code for another device."""
    return _mail(deps, visit, "device_code", code=code)


def moved_mail(deps: Deps, visit: Visit, starts_at: datetime) -> Mail:
    """Write the mail that says that the visit is at another time; its link stays good."""
    return _mail(deps, visit, "visit_moved", starts_at=starts_at, practitioner=formal_name(visit.lead))


def cancelled_mail(deps: Deps, visit: Visit) -> Mail:
    """Write the mail that says that the visit does not take place."""
    return _mail(deps, visit, "visit_cancelled", practitioner=formal_name(visit.lead))


def patient_email(deps: Deps, visit: Visit) -> str:
    """Give the patient's address; empty when none is on file."""
    return patient_contact(deps.keyring, visit.patient).email


def _mail(deps: Deps, visit: Visit, name: str, **context: object) -> Mail:
    patient, encounter = visit.patient, visit.encounter
    values = {"clinic": visit.clinic, "starts_at": visit.appointment.starts_at, "zone": patient.time_zone, **context}
    with speaking(patient.language):
        written = deps.templates.mail(name, **values)
    return Mail(OrganizationId(encounter.organization_id), encounter.id, patient_email(deps, visit), *written)
