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
from server.scheduling.booking_rules import CANCEL_REASONS, Buffers, CancelReason, Status, patient_may_change
from server.scheduling.booking_store import patient_of
from server.scheduling.find_store import (
    Found,
    Sought,
    buffers_of,
    find,
    givers_of,
    languages_spoken,
    visit_type_by_id,
    visit_types,
)
from server.scheduling.hold_actions import Wanted, end_old_holds, let_go, take_free
from server.scheduling.hold_store import own_hold
from server.scheduling.hours_pages import routes
from server.scheduling.match_rules import Candidate, Fit, Need, Reason
from server.scheduling.offer_rules import joint_by_day, offers_by_day
from server.scheduling.rules import day_bounds, local_moment
from server.scheduling.search_rules import Instead, JointOffer, Offer, joint
from server.scheduling.series_rules import Clash, Conflict, Occurrence, Weekly, series
from server.scheduling.slot_rules import Refusal
from server.scheduling.store import (
    appointments_between,
    appointments_of_patient,
    practitioners_in,
)
from server.scheduling.tables import Appointment, AppointmentParticipant, VisitType

__all__ = [
    "CANCEL_REASONS",
    "Appointment",
    "AppointmentParticipant",
    "BookingTerms",
    "Buffers",
    "CancelReason",
    "Candidate",
    "Clash",
    "Conflict",
    "Fit",
    "Found",
    "Instead",
    "JointOffer",
    "Need",
    "NewTime",
    "Occurrence",
    "Offer",
    "Reason",
    "Refusal",
    "SlotTaken",
    "Sought",
    "Status",
    "VisitType",
    "Wanted",
    "Weekly",
    "add_practitioner",
    "appointments_between",
    "appointments_of_patient",
    "book",
    "buffers_of",
    "cancel",
    "confirm",
    "day_bounds",
    "end_old_holds",
    "find",
    "givers_of",
    "joint",
    "joint_by_day",
    "languages_spoken",
    "let_go",
    "local_moment",
    "offers_by_day",
    "own_hold",
    "patient_may_change",
    "patient_of",
    "practitioners_in",
    "remove_practitioner",
    "reschedule",
    "routes",
    "series",
    "take_free",
    "visit_type_by_id",
    "visit_types",
]
