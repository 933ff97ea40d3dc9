"""The mails of a visit, in the patient's language. No clinical words: that there is a visit, when, and the link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from server.directory import Clinic, Patient, Practitioner, formal_name, patient_contact
from server.kit.ids import OrganizationId
from server.outbox import Calendar, Mail, Text
from server.scheduling import Invitation, Mailbox, Method, invitation_text
from server.visits.store import Visit
from server.web import Deps, speaking


def link_url(deps: Deps, text: str) -> str:
    """Give the address that opens a link."""
    return f"{deps.settings.public_url}/v/{text}"


def link_mail(deps: Deps, visit: Visit, text: str) -> Mail:
    """Write the mail that brings the link, with an invitation for the calendar unless it is for now."""
    mail = _mail(deps, visit, "visit_link", url=link_url(deps, text), practitioner=formal_name(visit.lead))
    return _inviting(deps, visit, mail) if visit.appointment.starts_at > deps.now() else mail


def series_mail(deps: Deps, visit: Visit, links: Sequence[tuple[datetime, str]]) -> Mail:
    """Write the mail that brings the links of a series, each with its time."""
    return _mail(deps, visit, "visit_series", links=links, practitioner=formal_name(visit.lead))


def code_mail(deps: Deps, visit: Visit, code: str) -> Mail:
    """Write the mail that brings the code for another device."""
    return _mail(deps, visit, "device_code", code=code)


def moved_mail(deps: Deps, visit: Visit, starts_at: datetime, minutes: int) -> Mail:
    """Write the mail that says that the visit, as it is before, is at another time; its link stays good."""
    mail = _mail(deps, visit, "visit_moved", starts_at=starts_at, practitioner=formal_name(visit.lead))
    ends_at = starts_at + timedelta(minutes=minutes)
    return _inviting(deps, visit, mail, sequence=visit.appointment.sequence + 1, starts_at=starts_at, ends_at=ends_at)


def cancelled_mail(deps: Deps, visit: Visit) -> Mail:
    """Write the mail that says that the visit, as it is before, does not take place."""
    mail = _mail(deps, visit, "visit_cancelled", practitioner=formal_name(visit.lead))
    return _inviting(deps, visit, mail, Method.CANCEL, sequence=visit.appointment.sequence + 1)


def reminder_mail(deps: Deps, visit: Visit, text: str) -> Mail:
    """Write the mail that reminds of the visit, with another text of its link."""
    return _mail(deps, visit, "visit_reminder", url=link_url(deps, text), practitioner=formal_name(visit.lead))


def reminder_text(deps: Deps, visit: Visit, text: str) -> Text:
    """Write the text message that reminds of the visit; whoever finds the phone reads it."""
    patient, planned = visit.patient, visit.appointment
    values = {"clinic": visit.clinic, "starts_at": planned.starts_at, "zone": patient.time_zone}
    with speaking(patient.language):
        body = deps.templates.text("texts/visit_reminder.txt", url=link_url(deps, text), **values).strip()
    phone = patient_contact(deps.keyring, patient).phone
    return Text(OrganizationId(patient.organization_id), visit.encounter.id, phone, body)


@dataclass(frozen=True, slots=True)
class OfferWords:
    """What somebody on the waitlist is told: with whom, where and when there is time, and until when it is kept."""

    patient: Patient
    practitioner: Practitioner
    clinic: Clinic
    starts_at: datetime
    until: datetime
    token: str
    about_id: UUID


def offer_mail(deps: Deps, offer: OfferWords) -> Mail:
    """Write the mail that offers a time which became free."""
    patient = offer.patient
    with speaking(patient.language):
        written = deps.templates.mail("waitlist_offer", **_offer_values(deps, offer))
    address = patient_contact(deps.keyring, patient).email
    return Mail(OrganizationId(patient.organization_id), offer.about_id, address, *written)


def offer_text(deps: Deps, offer: OfferWords) -> Text:
    """Write the text message that offers a time which became free."""
    patient = offer.patient
    with speaking(patient.language):
        body = deps.templates.text("texts/waitlist_offer.txt", **_offer_values(deps, offer)).strip()
    phone = patient_contact(deps.keyring, patient).phone
    return Text(OrganizationId(patient.organization_id), offer.about_id, phone, body)


def _offer_values(deps: Deps, offer: OfferWords) -> dict[str, Any]:
    return {
        "clinic": offer.clinic,
        "practitioner": formal_name(offer.practitioner),
        "starts_at": offer.starts_at,
        "until": offer.until,
        "zone": offer.patient.time_zone,
        "url": f"{deps.settings.public_url}/w/{offer.token}",
    }


def patient_email(deps: Deps, visit: Visit) -> str:
    """Give the patient's address; empty when none is on file."""
    return patient_contact(deps.keyring, visit.patient).email


def _mail(deps: Deps, visit: Visit, name: str, **context: object) -> Mail:
    patient, encounter = visit.patient, visit.encounter
    values = {"clinic": visit.clinic, "starts_at": visit.appointment.starts_at, "zone": patient.time_zone, **context}
    with speaking(patient.language):
        written = deps.templates.mail(name, **values)
    return Mail(OrganizationId(encounter.organization_id), encounter.id, patient_email(deps, visit), *written)


def _inviting(deps: Deps, visit: Visit, mail: Mail, method: Method = Method.REQUEST, **changes: Any) -> Mail:
    """Give the mail with what a calendar is to do. Calendars are shared: no name and no link is in it."""
    planned, settings = visit.appointment, deps.settings
    with speaking(visit.patient.language):
        title, words = deps.templates.mail("visit_calendar", clinic=visit.clinic)
    name, address = parseaddr(settings.mail_from)
    known: dict[str, Any] = {"starts_at": planned.starts_at, "ends_at": planned.ends_at, "sequence": planned.sequence}
    invitation = Invitation(
        appointment_id=planned.id,
        host=urlsplit(settings.public_url).hostname or "localhost",
        stamp=deps.now(),
        zone=visit.patient.time_zone,
        title=title,
        words=words.strip(),
        organizer=Mailbox(address, name),
        attendee=Mailbox(mail.recipient),
        **{**known, **changes},
    )
    return replace(mail, calendar=Calendar(method, invitation_text(invitation, method)))
