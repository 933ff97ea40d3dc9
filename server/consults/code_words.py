"""What a coder reads for a suggested code: its label, the evidence, what stands against it. Ids for gettext.

The labels are our own: the descriptors of CPT are the AMA's.
"""

from collections.abc import Mapping

from server.consults.code_rules import Blocker, CodeRule, Evidence
from server.kit import N_

_LIVE, _WRITTEN, _REQUESTER = N_("Consultant, spoken and written"), N_("Consultant, written"), N_("Requester")
_OTHER_LIVE = N_("Consultant who is a psychologist or social worker, spoken and written")
CODES: Mapping[str, str] = {
    **dict.fromkeys(("99446", "99447", "99448", "99449"), _LIVE),
    "99451": _WRITTEN,
    "99452": _REQUESTER,
    **dict.fromkeys(("G0546", "G0547", "G0548", "G0549"), _OTHER_LIVE),
    "G0550": N_("Consultant who is a psychologist or social worker, written"),
    "G0551": N_("Requester who is a psychologist or social worker"),
}
SPAN, OPEN_SPAN = N_("%(least)s to %(most)s minutes"), N_("%(least)s minutes or more")


def span(rule: CodeRule) -> str:
    """Give the words for the minutes that a code asks for."""
    return OPEN_SPAN if rule.most is None else SPAN


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
    Blocker.IN_VISIT: N_(
        "The consultant came into the visit and met the patient; this code is for advice without that. "
        "A coder could look at a telehealth visit of the consultant’s own instead: for a physician, an E/M code"
    ),
    Blocker.SEEN_BEFORE: N_("The consultant saw the patient on %(on)s, within %(days)s days before"),
    Blocker.SEEN_AFTER: N_("The consultant sees the patient on %(on)s, within %(days)s days after"),
}
