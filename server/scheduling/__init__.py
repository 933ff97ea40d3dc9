"""Appointments and who takes part in them."""

from server.scheduling.actions import BookingTerms, add_practitioner, book, remove_practitioner
from server.scheduling.rules import day_bounds, local_moment
from server.scheduling.store import (
    appointments_between,
    appointments_of_patient,
    practitioners_in,
)
from server.scheduling.tables import Appointment, AppointmentParticipant

__all__ = [
    "Appointment",
    "AppointmentParticipant",
    "BookingTerms",
    "add_practitioner",
    "appointments_between",
    "appointments_of_patient",
    "book",
    "day_bounds",
    "local_moment",
    "practitioners_in",
    "remove_practitioner",
]
