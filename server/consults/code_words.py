"""What a coder reads for a suggested code: its label, the evidence, what stands against it. Ids for gettext.

The labels are our own: the descriptors of CPT are the AMA's.
"""

from collections.abc import Mapping

from server.consults.code_rules import Blocker, Evidence
from server.kit import N_

CODES: Mapping[str, str] = {
    "99446": N_("Consultant, spoken and written, 5 to 10 minutes"),
    "99447": N_("Consultant, spoken and written, 11 to 20 minutes"),
    "99448": N_("Consultant, spoken and written, 21 to 30 minutes"),
    "99449": N_("Consultant, spoken and written, 31 minutes or more"),
    "99451": N_("Consultant, written, 5 minutes or more"),
    "99452": N_("Requester, 16 to 30 minutes"),
    "G0546": N_("Consultant who is a psychologist or social worker, spoken and written, 5 to 10 minutes"),
    "G0547": N_("Consultant who is a psychologist or social worker, spoken and written, 11 to 20 minutes"),
    "G0548": N_("Consultant who is a psychologist or social worker, spoken and written, 21 to 30 minutes"),
    "G0549": N_("Consultant who is a psychologist or social worker, spoken and written, 31 minutes or more"),
    "G0550": N_("Consultant who is a psychologist or social worker, written, 5 minutes or more"),
    "G0551": N_("Requester who is a psychologist or social worker, 16 to 30 minutes"),
}

EVIDENCE: Mapping[Evidence, str] = {
    Evidence.MINUTES: N_("%(number)s minutes; at least %(of)s are needed"),
    Evidence.DISCUSSION: N_("Mostly discussion: %(number)s of %(of)s minutes"),
    Evidence.WRITTEN: N_("There is a written report"),
    Evidence.VERBAL: N_("The answer was given in a talk"),
    Evidence.CONSENT: N_("The patient’s consent is recorded"),
    Evidence.REASON: N_("Reason and request are recorded"),
    Evidence.GENERAL: N_("Have a coder confirm this rule before you rely on it"),
}

BLOCKERS: Mapping[Blocker, str] = {
    Blocker.TOO_SHORT: N_("Too short: %(number)s of at least %(of)s minutes"),
    Blocker.NOT_MOSTLY_DISCUSSION: N_("Not mostly discussion: %(number)s of %(of)s minutes. More than half is needed"),
    Blocker.WRITTEN_MISSING: N_("There is no written report"),
    Blocker.VERBAL_MISSING: N_("The two did not talk"),
    Blocker.CONSENT_MISSING: N_("The patient’s consent is not recorded"),
    Blocker.REASON_MISSING: N_("Reason and request are not recorded"),
    Blocker.BILLED_BEFORE: N_("%(what)s was used on %(on)s; it counts once in %(days)s days"),
    Blocker.SEEN_BEFORE: N_("The consultant saw the patient on %(on)s, within %(days)s days before"),
    Blocker.SEEN_AFTER: N_("The consultant sees the patient on %(on)s, within %(days)s days after"),
}
