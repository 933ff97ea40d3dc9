"""What people read for why somebody matches a case or does not. Ids for gettext, with the values of the reason.

`%(what)s` is put in as people read it: the state's name, the language, the profession, the presence.
"""

from collections.abc import Mapping

from server.consults.matching_rules import Why, WhyNot
from server.kit import N_

WHY: Mapping[Why, str] = {
    Why.TIER: N_("Covers your clinic (order %(number)s)"),
    Why.LICENCE: N_("Licensed in %(what)s until %(on)s"),
    Why.EXCEPTED: N_("No licence needed in %(what)s for this consult: %(source)s"),
    Why.RULE_UNKNOWN: N_("Not licensed in %(what)s. Advice to a colleague only; the rule there is not known"),
    Why.STATE_UNKNOWN: N_("Licence not checked: the patient’s state is not given"),
    Why.LANGUAGE: N_("Speaks %(what)s"),
    Why.OTHER_LANGUAGE: N_("Does not speak %(what)s"),
    Why.PRESENCE: N_("Now: %(what)s"),
    Why.ON_DUTY: N_("On duty now"),
    Why.OFF_DUTY: N_("Not on duty now"),
    Why.LOAD: N_("%(number)s of %(most)s consults open"),
    Why.ASKED_TODAY: N_("Asked today: %(number)s"),
    Why.TRIED: N_("Was asked for this already"),
}

WHY_NOT: Mapping[WhyNot, str] = {
    WhyNot.NO_ACCOUNT: N_("Cannot sign in, so cannot be asked"),
    WhyNot.REQUESTER: N_("Is asking"),
    WhyNot.NOT_COVERING: N_("Does not cover this service for your clinic"),
    WhyNot.PROFESSION: N_("This service is not answered by: %(what)s"),
    WhyNot.STATE_MISSING: N_("Needs a licence where the patient is. Say in which state that is"),
    WhyNot.NO_LICENCE: N_("No licence in %(what)s"),
    WhyNot.LICENCE_EXPIRED: N_("The licence in %(what)s ended on %(on)s"),
    WhyNot.AGE: N_("Does not see patients aged %(number)s"),
    WhyNot.CAPACITY: N_("Has no room: %(number)s of %(most)s consults open"),
    WhyNot.OFF_DUTY: N_("Is not on duty"),
}
