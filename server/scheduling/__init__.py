"""Scheduling: when people work, appointments and who takes part in them."""

from server.scheduling.actions import (
    BookingTerms,
    NewTime,
    SlotTaken,
    add_practitioner,
    book,
    cancel,
    confirm,
    remove_practitioner,
    reschedule,
)
from server.scheduling.availability_rules import Why
from server.scheduling.booking_rules import CANCEL_REASONS, MOVABLE, Buffers, CancelReason, Status, patient_may_change
from server.scheduling.diary_store import Away, Diary, appointments_touching, diaries_of
from server.scheduling.feed_actions import refresh_due_feed
from server.scheduling.feed_store import busy_elsewhere
from server.scheduling.pages import routes
from server.scheduling.rules import day_bounds, local_moment
from server.scheduling.schedule_store import clinics_served
from server.scheduling.store import (
    appointments_between,
    appointments_of_patient,
    practitioners_in,
)
from server.scheduling.tables import Appointment, AppointmentParticipant

__all__ = [
    "CANCEL_REASONS",
    "MOVABLE",
    "Appointment",
    "AppointmentParticipant",
    "Away",
    "BookingTerms",
    "Buffers",
    "CancelReason",
    "Diary",
    "NewTime",
    "SlotTaken",
    "Status",
    "Why",
    "add_practitioner",
    "appointments_between",
    "appointments_of_patient",
    "appointments_touching",
    "book",
    "busy_elsewhere",
    "cancel",
    "clinics_served",
    "confirm",
    "day_bounds",
    "diaries_of",
    "local_moment",
    "patient_may_change",
    "practitioners_in",
    "refresh_due_feed",
    "remove_practitioner",
    "reschedule",
    "routes",
]
