"""An administrator's page for the billing codes: what each asks for, since when and by which source, and own rules."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.consults import code_words, service_words
from server.consults.code_rules import DEFAULT_CODES, MOST_DAYS, MOST_MINUTES, SHIPPED, CodeRule, in_force
from server.consults.code_tables import BillingRule
from server.consults.own_rule_pages import RulePages, read_days
from server.consults.own_rule_store import as_code, furthest_day, own_codes
from server.consults.service_pages import MANAGE
from server.kit import N_, Form
from server.web import actor, deps, page, render

PATH = "/services/codes"
DAYS = ("once_per_days", "seen_before", "seen_after")


def _read(form: Form) -> CodeRule:
    code = form.choice("code", list(SHIPPED))
    used = form.choice("used", ["yes", "no"])
    least = form.whole("least", 1, MOST_MINUTES, N_("Enter the minutes, from 1 to 240."))
    too_few = N_("Enter the minutes, no fewer than the first, up to 240.")
    most = form.whole("most", least or 1, MOST_MINUTES, too_few) if form.values.get("most") else None
    once, before, after = (form.whole(name, 0, MOST_DAYS, N_("Enter the days, from 0 to 30.")) or 0 for name in DAYS)
    share = _share(form)
    first, last = read_days(form)
    source = form.text("source", N_("Say where the rule is found: the payer’s page, or who confirmed it."), 300)
    form.check()
    return replace(
        SHIPPED[code],
        used=used == "yes",
        least=least or 1,
        most=most,
        needs_written=form.ticked("needs_written"),
        needs_verbal=form.ticked("needs_verbal"),
        discussion_share=share,
        once_per_days=once,
        seen_before=before,
        seen_after=after,
        valid_from=first,
        valid_to=last,
        source=source,
    )


def _share(form: Form) -> float | None:
    """Read what discussion must exceed; None where nothing is asked."""
    if not form.values.get("discussion_percent"):
        return None
    percent = form.whole("discussion_percent", 0, 99, N_("Enter a number from 0 to 99."))
    return None if percent is None else percent / 100


def _values(rule: CodeRule) -> dict[str, str]:
    """Give a rule as the fields of its form."""
    share = rule.discussion_share
    return {
        "used": "yes",
        "least": str(rule.least),
        "most": str(rule.most or ""),
        "discussion_percent": "" if share is None else str(round(share * 100)),
        **{name: str(getattr(rule, name)) for name in DAYS},
        **{name: "on" for name in ("needs_written", "needs_verbal") if getattr(rule, name)},
    }


async def show_codes(
    request: Request, values: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    """Show the rules; with `code` also the form for one's own rule of it: what was typed, or what holds today."""
    code = request.query_params.get("code", "") if values is None else values.get("code", "")
    async with deps(request).database.read() as session:
        today = await furthest_day(session, actor(request), deps(request).now())
        rows = await own_codes(session, actor(request).organization_id)
    own: list[tuple[UUID | None, CodeRule]] = [(row.id, as_code(row)) for row in rows]
    held = {rule.code: rule for rule in in_force((rule for _, rule in own), today)}
    shown = [(id_, rule) for one in DEFAULT_CODES for id_, rule in [*own, (None, one)] if rule.code == one.code]
    chosen = held.get(code) or SHIPPED.get(code)
    context: dict[str, Any] = {
        "shown": shown,
        "held": held,
        "today": today,
        "chosen": chosen,
        "professions": service_words.PROFESSIONS,
        "values": values if values is not None else _values(chosen) if chosen else {},
        "errors": errors or {},
        "words": code_words,
    }
    return render(request, "consults/codes.html", status, **context)


routes: list[BaseRoute] = [
    page(PATH, show_codes, MANAGE),
    *RulePages(PATH, BillingRule, _read, show_codes).posts,
]
