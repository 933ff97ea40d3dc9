"""Visits: encounters, consent and safety, the waiting room, Today, and the call's pages."""

from server.visits.actions import NewVisit, create_visit
from server.visits.attendance_actions import find_no_shows
from server.visits.call import chat_answer
from server.visits.care_team_store import PatientRecord, patients_of_clinics, record_of_patient, ties_of_patient
from server.visits.consult_actions import bring_in
from server.visits.pages import routes
from server.visits.quality_store import HeldVisit, visit_held, visits_held
from server.visits.reminder_actions import remind_due
from server.visits.seen_store import SeenVisit, visits_between
from server.visits.store import Visit, last_safety_check, visit_by_id
from server.visits.tables import Encounter, SafetyCheck, TelehealthConsent
from server.visits.waitlist_offer_actions import offer_freed_times

__all__ = [
    "Encounter",
    "HeldVisit",
    "NewVisit",
    "PatientRecord",
    "SafetyCheck",
    "SeenVisit",
    "TelehealthConsent",
    "Visit",
    "bring_in",
    "chat_answer",
    "create_visit",
    "find_no_shows",
    "last_safety_check",
    "offer_freed_times",
    "patients_of_clinics",
    "record_of_patient",
    "remind_due",
    "routes",
    "ties_of_patient",
    "visit_by_id",
    "visit_held",
    "visits_between",
    "visits_held",
]
