"""Curbside consults: which services there are, who covers them for whom, and in which order they are rung."""

from server.consults.case_tables import Consult, ConsultCandidate, ConsultEvent, ConsultRing
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
    "EscalationPath",
    "EscalationStep",
    "ServiceCoverage",
    "SpecialistGroup",
    "SpecialistGroupMember",
    "SpecialistProfile",
]
