"""The mails around a patient's own account, in the patient's language. They say that there is a clinic, and no more."""

from server.directory import Organization, Patient, patient_contact
from server.kit.ids import OrganizationId
from server.outbox import Mail
from server.visits.store import Visit
from server.web import Deps, speaking


def account_mail(deps: Deps, visit: Visit, recipient: str, token: str, *, known: bool) -> Mail:
    """Write the mail that opens an account, or for an address that has one already, adds these visits to it."""
    context = {"url": f"{deps.settings.public_url}/my/open/{token}", "clinic": visit.clinic, "known": known}
    return _mail(deps, visit.patient, "account_link", recipient, context)


def notice_mail(deps: Deps, patient: Patient, organization: Organization, opened_with: str) -> Mail | None:
    """Write to the address on file that an account was made with another one; None when there is nothing to tell."""
    on_file = patient_contact(deps.keyring, patient).email
    if not on_file or on_file.casefold() == opened_with.casefold():
        return None
    return _mail(deps, patient, "account_made", on_file, {"organization": organization})


def _mail(deps: Deps, patient: Patient, name: str, recipient: str, context: dict[str, object]) -> Mail:
    with speaking(patient.language):
        written = deps.templates.mail(name, **context)
    return Mail(OrganizationId(patient.organization_id), patient.id, recipient, *written)
