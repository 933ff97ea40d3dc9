"""What people read for the kinds of advice and for what became of it. Ids for gettext."""

from collections.abc import Mapping

from server.consults.answer_rules import Choice, ItemKind
from server.kit import N_

KINDS: Mapping[ItemKind, str] = {
    ItemKind.MEDICATION: N_("Medication"),
    ItemKind.THERAPY: N_("Therapy"),
    ItemKind.TEST: N_("Test"),
    ItemKind.SAFETY_PLAN: N_("Safety plan"),
    ItemKind.REFERRAL: N_("Referral"),
    ItemKind.FOLLOW_UP: N_("Follow-up"),
    ItemKind.PROTOCOL_LINK: N_("Protocol"),
}

TASKS: Mapping[ItemKind, str] = {
    ItemKind.MEDICATION: N_("Medication: %(what)s"),
    ItemKind.THERAPY: N_("Therapy: %(what)s"),
    ItemKind.TEST: N_("Test: %(what)s"),
    ItemKind.SAFETY_PLAN: N_("Safety plan: %(what)s"),
    ItemKind.REFERRAL: N_("Referral: %(what)s"),
    ItemKind.FOLLOW_UP: N_("Follow-up: %(what)s"),
    ItemKind.PROTOCOL_LINK: N_("Protocol: %(what)s"),
}

CHOICES: Mapping[Choice, str] = {
    Choice.ACCEPTED: N_("Accepted"),
    Choice.MODIFIED: N_("Modified"),
    Choice.DECLINED: N_("Declined"),
}
