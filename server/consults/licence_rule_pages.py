"""An administrator's page for licences: where a consultant needs one, since when and by which source, and own rules."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.consults import service_words as words
from server.consults.own_rule_pages import RulePages, read_days
from server.consults.own_rule_store import furthest_day, kept_rules
from server.consults.service_pages import MANAGE
from server.consults.service_rules import LicenceRule, Situation
from server.consults.service_tables import ConsultationRule
from server.directory import PROFESSIONS, STATES
from server.kit import N_, Form
from server.web import actor, deps, page, render

PATH = "/services/rules"
EVERY = "every"


def _read(form: Form) -> LicenceRule:
    state = form.choice("state", [EVERY, *STATES])
    profession = form.choice("profession", [EVERY, *PROFESSIONS])
    situation = form.choice("situation", [one.value for one in Situation])
    required = form.choice("licence_required", ["yes", "no"])
    days = read_days(form)
    source = form.text("source", N_("Say where the rule is found: the law, or who confirmed it."), 300)
    form.check()
    every = (state.replace(EVERY, ""), profession.replace(EVERY, ""))
    return LicenceRule(*every, Situation(situation), required == "yes", *days, source)


async def show_rules(
    request: Request, values: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    """Show where a consultant needs a licence; after a post in vain what was typed, and what is wrong where."""
    async with deps(request).database.read() as session:
        rules = await kept_rules(session, actor(request).organization_id)
        today = await furthest_day(session, actor(request), deps(request).now())
    context = {
        "rules": rules,
        "today": today,
        "states": [(EVERY, N_("Every state")), *((code, code) for code in STATES)],
        "professions": [(EVERY, N_("Every profession")), *((one, words.PROFESSIONS[one]) for one in PROFESSIONS)],
        "words": words,
        "values": values or {"licence_required": "yes"},
        "errors": errors or {},
    }
    return render(request, "consults/rules.html", status, **context)


routes: Sequence[BaseRoute] = [
    page(PATH, show_rules, MANAGE),
    *RulePages(PATH, ConsultationRule, _read, show_rules).posts,
]
