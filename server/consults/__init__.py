"""Curbside consults: which services there are, who covers them for whom, and in which order they are rung."""

from server.consults.answer_tables import (
    ConsultAddendum,
    ConsultAnswer,
    ConsultAssignment,
    ConsultAttachment,
    ConsultAttachmentPart,
    ConsultDecision,
    ConsultMessage,
    ConsultOutcome,
    ConsultReminder,
)
from server.consults.case_tables import Consult, ConsultCandidate, ConsultEvent, ConsultRing
from server.consults.clock_tables import ConsultMinutes, ConsultMinutesEdit
from server.consults.code_tables import BillingRule
from server.consults.conference_tables import ConferenceCase
from server.consults.coverage_actions import keep_coverage, keep_group
from server.consults.demo import Side, add_past_consults
from server.consults.due_actions import Ringer
from server.consults.duty_actions import Limits, keep_limits, set_duty
from server.consults.outcome_actions import ask_outcomes
from server.consults.pages import routes
from server.consults.path_actions import PathTerms, keep_path
from server.consults.reminder_actions import remind_written
from server.consults.service_actions import ServiceTerms, keep_service
from server.consults.service_rules import (
    Cover,
    Duty,
    Kind,
    LicenceRule,
    Mode,
    OnDecline,
    OnNobody,
    Place,
    Situation,
    Standing,
    Step,
    StepKind,
    Urgency,
)
from server.consults.service_store import (
    coverage_rows,
    on_duty,
    paths_of,
    profiles_of,
    service_by_id,
    services_of,
)
from server.consults.service_tables import (
    ConsultationRule,
    ConsultService,
    EscalationPath,
    EscalationStep,
    ServiceCoverage,
    SpecialistGroup,
    SpecialistGroupMember,
    SpecialistProfile,
)
from server.consults.thread_actions import drop_loose_parts

__all__ = [
    "BillingRule",
    "ConferenceCase",
    "Consult",
    "ConsultAddendum",
    "ConsultAnswer",
    "ConsultAssignment",
    "ConsultAttachment",
    "ConsultAttachmentPart",
    "ConsultCandidate",
    "ConsultDecision",
    "ConsultEvent",
    "ConsultMessage",
    "ConsultMinutes",
    "ConsultMinutesEdit",
    "ConsultOutcome",
    "ConsultReminder",
    "ConsultRing",
    "ConsultService",
    "ConsultationRule",
    "Cover",
    "Duty",
    "EscalationPath",
    "EscalationStep",
    "Kind",
    "LicenceRule",
    "Limits",
    "Mode",
    "OnDecline",
    "OnNobody",
    "PathTerms",
    "Place",
    "Ringer",
    "ServiceCoverage",
    "ServiceTerms",
    "Side",
    "Situation",
    "SpecialistGroup",
    "SpecialistGroupMember",
    "SpecialistProfile",
    "Standing",
    "Step",
    "StepKind",
    "Urgency",
    "add_past_consults",
    "ask_outcomes",
    "coverage_rows",
    "drop_loose_parts",
    "keep_coverage",
    "keep_group",
    "keep_limits",
    "keep_path",
    "keep_service",
    "on_duty",
    "paths_of",
    "profiles_of",
    "remind_written",
    "routes",
    "service_by_id",
    "services_of",
    "set_duty",
    "tiers_at",
]
