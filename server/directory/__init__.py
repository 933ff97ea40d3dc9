"""Organizations, clinics, practitioners with their licences, and patients."""

from server.directory.actions import PatientDetails, add_patient, change_patient
from server.directory.emergency_store import privacy_contact
from server.directory.pages import routes
from server.directory.rules import formal_name, initials, licensed_states, short_name
from server.directory.states import STATES, ZONES
from server.directory.store import (
    PatientContact,
    accounts_of,
    care_team_of,
    clinic_by_id,
    clinics_of,
    licences_of,
    patient_by_id,
    patient_contact,
    practitioner_of_account,
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
    "STATES",
    "ZONES",
    "CareTeamParticipant",
    "Clinic",
    "Organization",
    "Patient",
    "PatientContact",
    "PatientDetails",
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
    "licences_of",
    "licensed_states",
    "patient_by_id",
    "patient_contact",
    "practitioner_of_account",
    "practitioners_by_ids",
    "practitioners_of",
    "privacy_contact",
    "routes",
    "short_name",
]
