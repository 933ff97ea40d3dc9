"""Visits: encounters, consent and safety, the waiting room, Today, and the call's pages."""

from server.visits.actions import NewVisit, create_visit
from server.visits.attendance_actions import find_no_shows
from server.visits.care_team_store import patients_of_clinics, ties_of_patient
from server.visits.pages import routes
from server.visits.quality_store import HeldVisit, visit_held, visits_held
from server.visits.reminder_actions import remind_due
from server.visits.tables import Encounter, SafetyCheck, TelehealthConsent
from server.visits.waitlist_offer_actions import offer_freed_times

__all__ = [
    "Encounter",
    "HeldVisit",
    "NewVisit",
    "SafetyCheck",
    "TelehealthConsent",
    "create_visit",
    "find_no_shows",
    "offer_freed_times",
    "patients_of_clinics",
    "remind_due",
    "routes",
    "ties_of_patient",
    "visit_held",
    "visits_held",
]
