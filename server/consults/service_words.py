"""What people read for the codes of services. Message ids for gettext."""

from collections.abc import Mapping

from server.consults.service_rules import Direction, Duty, Kind, Mode, OnDecline, OnNobody, Situation, StepKind, Urgency
from server.kit.forms import N_

KINDS: Mapping[str, str] = {
    Kind.ADULT_PSYCHIATRY: N_("Adult psychiatry"),
    Kind.CHILD_PSYCHIATRY: N_("Child psychiatry"),
    Kind.ADDICTION_MEDICINE: N_("Addiction medicine"),
    Kind.PSYCHOLOGY: N_("Psychology"),
    Kind.SOCIAL_WORK: N_("Social work"),
    Kind.CARE_MANAGEMENT: N_("Behavioral care management"),
    Kind.PRIMARY_CARE: N_("Primary care advice"),
    Kind.OTHER_MEDICAL: N_("Other medical advice"),
}
DIRECTIONS: Mapping[str, str] = {
    Direction.BEHAVIORAL: N_("Behavioral advice for primary care"),
    Direction.MEDICAL: N_("Medical advice for behavioral clinics"),
}
MODES: Mapping[str, str] = {
    Mode.VIDEO: N_("Video"),
    Mode.AUDIO: N_("Audio"),
    Mode.CHAT: N_("Chat"),
    Mode.WRITTEN: N_("Written"),
}
URGENCIES: Mapping[str, str] = {
    Urgency.NOW: N_("Now"),
    Urgency.SOON: N_("Within 15 to 30 minutes"),
    Urgency.TODAY: N_("Today"),
    Urgency.WEEK: N_("This week"),
}
DUTIES: Mapping[str, str] = {
    Duty.ON: N_("On duty"),
    Duty.OFF: N_("Off duty"),
    Duty.HOURS: N_("By my working hours"),
}
STEP_KINDS: Mapping[str, str] = {
    StepKind.PERSON: N_("One person"),
    StepKind.GROUP: N_("A group, all at once"),
    StepKind.ROUND_ROBIN: N_("A group, the next one in turn"),
    StepKind.EVERYONE: N_("Everyone who covers"),
}
ON_DECLINE: Mapping[str, str] = {
    OnDecline.NEXT: N_("Go to the next step at once"),
    OnDecline.CONTINUE: N_("Wait until the step’s time is over"),
}
ON_NOBODY: Mapping[str, str] = {
    OnNobody.WRITTEN: N_("Make it a written consult"),
    OnNobody.NEXT_PATH: N_("Try the next path"),
}
SITUATIONS: Mapping[str, str] = {
    Situation.PATIENT_PRESENT: N_("The patient is present"),
    Situation.PEER_ONLY: N_("Between clinicians only"),
}
DUTY_LENGTHS: Mapping[str, str] = {
    "": N_("Until I change it"),
    "1h": N_("For 1 hour"),
    "4h": N_("For 4 hours"),
    "8h": N_("For 8 hours"),
    "24h": N_("For 24 hours"),
}
PROFESSIONS: Mapping[str, str] = {
    "physician": N_("Physician"),
    "nurse practitioner": N_("Nurse practitioner"),
    "physician assistant": N_("Physician assistant"),
    "psychologist": N_("Psychologist"),
    "social worker": N_("Social worker"),
    "counselor": N_("Counselor"),
    "nurse": N_("Nurse"),
}
TIERS: Mapping[int, str] = {1: N_("First"), 2: N_("Second"), 3: N_("Third")}
SHIPPED_SOURCE = N_("General rule. Confirm it with your compliance reviewer.")
"""The source of the rules that come with Curbside, as the migration writes it."""
