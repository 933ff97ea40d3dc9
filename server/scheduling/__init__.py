"""Scheduling: when people work, appointments and who takes part in them."""

from server.scheduling.actions import (
    BookingTerms,
    NewTime,
    SlotTaken,
    accept,
    add_practitioner,
    book,
    cancel,
    confirm,
    remove_practitioner,
    reschedule,
)
from server.scheduling.booking_rules import CANCEL_REASONS, Buffers, CancelReason, Status, patient_may_change
from server.scheduling.hours_pages import routes
from server.scheduling.ics_rules import Invitation, Mailbox, Method, invitation_text
from server.scheduling.reminder_rules import Due, Timed, is_quiet, quiet_end, quiet_hours, reminders_due
from server.scheduling.rules import day_bounds, local_moment
from server.scheduling.store import (
    appointments_between,
    appointments_of_patient,
    practitioners_in,
    who_comes,
)
from server.scheduling.tables import Appointment, AppointmentParticipant, AppointmentReminder

__all__ = [
    "CANCEL_REASONS",
    "Appointment",
    "AppointmentParticipant",
    "AppointmentReminder",
    "BookingTerms",
    "Buffers",
    "CancelReason",
    "Due",
    "Invitation",
    "Mailbox",
    "Method",
    "NewTime",
    "SlotTaken",
    "Status",
    "Timed",
    "accept",
    "add_practitioner",
    "appointments_between",
    "appointments_of_patient",
    "book",
    "cancel",
    "confirm",
    "day_bounds",
    "invitation_text",
    "is_quiet",
    "local_moment",
    "patient_may_change",
    "practitioners_in",
    "quiet_end",
    "quiet_hours",
    "reminders_due",
    "remove_practitioner",
    "reschedule",
    "routes",
    "who_comes",
]
