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
from server.scheduling.availability_rules import BookingLimits, Schedule, WeeklyRule, Why
from server.scheduling.booking_rules import CANCEL_REASONS, MOVABLE, Buffers, CancelReason, Status, patient_may_change
from server.scheduling.booking_store import patient_of
from server.scheduling.diary_store import Away, Diary, appointments_touching, diaries_of
from server.scheduling.feed_actions import refresh_due_feed
from server.scheduling.feed_store import busy_elsewhere
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
from server.scheduling.hold_store import own_hold, own_holds, patient_hold
from server.scheduling.ics_rules import Invitation, Mailbox, Method, invitation_text
from server.scheduling.match_rules import Candidate, Fit, Need, Reason
from server.scheduling.meeting_store import Found as FoundMeeting
from server.scheduling.meeting_store import meeting_by_id
from server.scheduling.meeting_store import title_of as title_of_meeting
from server.scheduling.offer_rules import joint_by_day, offers_by_day
from server.scheduling.pages import routes
from server.scheduling.reminder_rules import Due, Timed, is_quiet, quiet_end, quiet_hours, reminders_due
from server.scheduling.rules import day_bounds, days_bounds, local_moment
from server.scheduling.schedule_actions import keep_schedule
from server.scheduling.schedule_store import at_work, clinics_served
from server.scheduling.search_rules import Instead, JointOffer, Offer, joint
from server.scheduling.series_rules import Clash, Conflict, Occurrence, Weekly, series
from server.scheduling.slot_rules import Refusal
from server.scheduling.store import (
    appointments_between,
    appointments_of_patient,
    practitioners_in,
    who_comes,
)
from server.scheduling.tables import (
    Appointment,
    AppointmentParticipant,
    AppointmentReminder,
    FreedTime,
    VisitType,
    WaitlistEntry,
    WaitlistOffer,
)
from server.scheduling.visit_type_actions import VisitTypeTerms, keep_languages, keep_visit_type
from server.scheduling.visit_type_store import languages_of
from server.scheduling.waitlist_rules import Freed, Misfit, Wish, held_until, misfits, whose_turn

__all__ = [
    "CANCEL_REASONS",
    "MOVABLE",
    "Appointment",
    "AppointmentParticipant",
    "AppointmentReminder",
    "Away",
    "BookingLimits",
    "BookingTerms",
    "Buffers",
    "CancelReason",
    "Candidate",
    "Clash",
    "Conflict",
    "Diary",
    "Due",
    "Fit",
    "Found",
    "FoundMeeting",
    "Freed",
    "FreedTime",
    "Instead",
    "Invitation",
    "JointOffer",
    "Mailbox",
    "Method",
    "Misfit",
    "Need",
    "NewTime",
    "Occurrence",
    "Offer",
    "Reason",
    "Refusal",
    "Schedule",
    "SlotTaken",
    "Sought",
    "Status",
    "Timed",
    "VisitType",
    "VisitTypeTerms",
    "WaitlistEntry",
    "WaitlistOffer",
    "Wanted",
    "Weekly",
    "WeeklyRule",
    "Why",
    "Wish",
    "accept",
    "add_practitioner",
    "appointments_between",
    "appointments_of_patient",
    "appointments_touching",
    "at_work",
    "book",
    "buffers_of",
    "busy_elsewhere",
    "cancel",
    "clinics_served",
    "confirm",
    "day_bounds",
    "days_bounds",
    "diaries_of",
    "end_old_holds",
    "find",
    "givers_of",
    "held_until",
    "invitation_text",
    "is_quiet",
    "joint",
    "joint_by_day",
    "keep_languages",
    "keep_schedule",
    "keep_visit_type",
    "languages_of",
    "languages_spoken",
    "let_go",
    "local_moment",
    "meeting_by_id",
    "misfits",
    "offers_by_day",
    "own_hold",
    "own_holds",
    "patient_hold",
    "patient_may_change",
    "patient_of",
    "practitioners_in",
    "quiet_end",
    "quiet_hours",
    "refresh_due_feed",
    "reminders_due",
    "remove_practitioner",
    "reschedule",
    "routes",
    "series",
    "take_free",
    "title_of_meeting",
    "visit_type_by_id",
    "visit_types",
    "who_comes",
    "whose_turn",
]
