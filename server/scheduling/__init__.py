"""Scheduling: when people work, appointments and who takes part in them."""

from server.scheduling import hours_pages, visit_type_pages
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
from server.scheduling.booking_rules import CANCEL_REASONS, Buffers, CancelReason, Status, patient_may_change
from server.scheduling.rules import day_bounds, local_moment
from server.scheduling.store import (
    appointments_between,
    appointments_of_patient,
    practitioners_in,
)
from server.scheduling.tables import Appointment, AppointmentParticipant

routes = [*hours_pages.routes, *visit_type_pages.routes]

__all__ = [
    "CANCEL_REASONS",
    "Appointment",
    "AppointmentParticipant",
    "BookingTerms",
    "Buffers",
    "CancelReason",
    "NewTime",
    "SlotTaken",
    "Status",
    "add_practitioner",
    "appointments_between",
    "appointments_of_patient",
    "book",
    "cancel",
    "confirm",
    "day_bounds",
    "local_moment",
    "patient_may_change",
    "practitioners_in",
    "remove_practitioner",
    "reschedule",
    "routes",
]
