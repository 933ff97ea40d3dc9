"""Organizations, clinics, practitioners with their licences, and patients."""

from server.directory.actions import PatientDetails, add_patient, change_patient
from server.directory.organization_actions import NewOrganization, make_organization
from server.directory.pages import routes
from server.directory.practitioner_actions import PROFESSIONS, Practice, join_practice, keep_practice
from server.directory.rules import formal_name, initials, licensed_states, short_name
from server.directory.states import STATES, ZONES
from server.directory.store import (
    PatientContact,
    accounts_of,
    care_team_of,
    clinic_by_id,
    clinics_of,
    licences_of,
    organization_by_id,
    organization_by_name,
    patient_by_id,
    patient_contact,
    practitioner_of_account,
    practitioner_of_member,
    practitioners_by_ids,
    practitioners_of,
)
from server.directory.tables import (
    CareTeamParticipant,
    Clinic,
    Organization,
    Patient,
    Practitioner,
    PractitionerLicence,
)

__all__ = [
    "PROFESSIONS",
    "STATES",
    "ZONES",
    "CareTeamParticipant",
    "Clinic",
    "NewOrganization",
    "Organization",
    "Patient",
    "PatientContact",
    "PatientDetails",
    "Practice",
    "Practitioner",
    "PractitionerLicence",
    "accounts_of",
    "add_patient",
    "care_team_of",
    "change_patient",
    "clinic_by_id",
    "clinics_of",
    "formal_name",
    "initials",
    "join_practice",
    "keep_practice",
    "licences_of",
    "licensed_states",
    "make_organization",
    "organization_by_id",
    "organization_by_name",
    "patient_by_id",
    "patient_contact",
    "practitioner_of_account",
    "practitioner_of_member",
    "practitioners_by_ids",
    "practitioners_of",
    "routes",
    "short_name",
]
