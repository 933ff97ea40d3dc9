"""Appointments and who takes part in them."""

from server.scheduling.actions import BookingTerms, book
from server.scheduling.rules import day_bounds, local_moment
from server.scheduling.store import (
    appointment_by_id,
    appointments_between,
    appointments_by_ids,
    participants_of,
    practitioner_ids,
)
from server.scheduling.tables import Appointment, AppointmentParticipant

__all__ = [
    "Appointment",
    "AppointmentParticipant",
    "BookingTerms",
    "appointment_by_id",
    "appointments_between",
    "appointments_by_ids",
    "book",
    "day_bounds",
    "local_moment",
    "participants_of",
    "practitioner_ids",
]
