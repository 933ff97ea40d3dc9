"""Curbside consults: which services there are, who covers them for whom, and in which order they are rung."""

from server.consults.case_tables import Consult, ConsultCandidate, ConsultEvent, ConsultRing
from server.consults.pages import routes
from server.consults.ring_actions import work_due_consults
from server.consults.service_rules import Cover, LicenceRule, Situation, Standing, Step, StepKind, rule_at, tiers_at
from server.consults.service_store import coverage_rows, on_duty, paths_of, profiles_of, rules_at, services_for
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

__all__ = [
    "Consult",
    "ConsultCandidate",
    "ConsultEvent",
    "ConsultRing",
    "ConsultService",
    "ConsultationRule",
    "Cover",
    "EscalationPath",
    "EscalationStep",
    "LicenceRule",
    "ServiceCoverage",
    "Situation",
    "SpecialistGroup",
    "SpecialistGroupMember",
    "SpecialistProfile",
    "Standing",
    "Step",
    "StepKind",
    "coverage_rows",
    "on_duty",
    "paths_of",
    "profiles_of",
    "routes",
    "rule_at",
    "rules_at",
    "services_for",
    "tiers_at",
    "work_due_consults",
]
