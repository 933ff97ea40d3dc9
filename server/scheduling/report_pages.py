"""Reports on scheduling, for administrators on everybody and for clinicians on themselves: figures, charts, a file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note, note_read
from server.directory import clinics_of, working_zone
from server.kit import Form, Invalid
from server.kit.bars import WIDTH, Bars, Value, bars
from server.kit.ids import parse_id
from server.scheduling.booking_rules import CANCEL_REASONS
from server.scheduling.report import Asked, Line, Report, clinics_reported, report_of
from server.scheduling.report_csv import csv_lines
from server.scheduling.report_rules import Figures
from server.web import Translations, actor, decimal, deps, page, percent, render, staff

HERE = "/reports/scheduling"
DAYS = 28
LENGTHS = ("20", "30", "40", "60")
Measure = Callable[[Figures], float | None]


async def show_report(request: Request) -> Response:
    """Show the figures of some days, or say next to the field which days are meant."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        zone, clinics = await working_zone(session, who), await clinics_of(session, who)
    shown = await clinics_reported(tools, who)
    names = [(str(clinic.id), clinic.name) for clinic in clinics if clinic.id in shown]
    form = _filled(request, tools.now().astimezone(ZoneInfo(zone)).date())
    context: dict[str, Any] = {"values": form.values, "errors": form.errors, "clinics": names, "lengths": LENGTHS}
    try:
        report = await report_of(tools, who, _asked(form, shown))
    except Invalid as error:
        return render(request, "scheduling/reports.html", error.status, report=None, **context)
    await note_read(tools, who, Subject("Report"), _scope(report))
    words = tools.templates.translations
    context |= {"charts": _charts(report, words), "days": _days(words), "reasons": CANCEL_REASONS, "width": WIDTH}
    return render(request, "scheduling/reports.html", report=report, **context)


async def export_report(request: Request) -> Response:
    """Give the same figures as a file; that they were given away is noted before."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        zone = await working_zone(session, who)
    form = _filled(request, tools.now().astimezone(ZoneInfo(zone)).date())
    report = await report_of(tools, who, _asked(form, await clinics_reported(tools, who)))
    async with tools.database.write() as session:
        note(session, tools.now(), who, "export", Subject("Report"), _scope(report))
    name = f"scheduling-{report.asked.first}-{report.asked.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response("".join(csv_lines(report)), media_type="text/csv; charset=utf-8", headers=headers)


def _filled(request: Request, today: date) -> Form:
    """Read the address; what it leaves out is the last four weeks, every clinic, half an hour."""
    first = today - timedelta(days=DAYS - 1)
    usual = {"from": first.isoformat(), "to": today.isoformat(), "clinic": "", "minutes": "30"}
    return Form(usual | dict(request.query_params))


def _asked(form: Form, clinics: Sequence[UUID]) -> Asked:
    """Raises Invalid, with what is wrong at its field."""
    first, last = form.days()
    clinic = form.choice("clinic", ["", *map(str, clinics)])
    minutes = form.choice("minutes", LENGTHS)
    form.check()
    return Asked(first, last, parse_id(clinic), int(minutes))


def _scope(report: Report) -> str:
    return f"{report.asked.first} to {report.asked.last}, {len(report.people)} practitioners"


def _days(words: Translations) -> Callable[[float], str]:
    def say(number: float) -> str:
        shown = decimal(number)
        return words.ngettext("%(number)s day", "%(number)s days", 1 if shown == decimal(1) else 2) % {"number": shown}

    return say


def _charts(report: Report, say: Translations) -> Mapping[str, Bars]:
    people, words = report.people, {str(code): text for code, text in CANCEL_REASONS.items()}
    reasons = report.figures.reasons.items()
    return {
        "utilisation": bars(_values(people, lambda one: one.utilisation, percent), 1),
        "missed": bars(_values(people, lambda one: one.missed_share, percent), 1),
        "lead": bars(_values(people, lambda one: one.lead_median, _days(say), lambda one: one.lead_p90)),
        "cancelled": bars([Value(say.gettext(words.get(code, code)), count, str(count)) for code, count in reasons]),
        "third": bars(_values(people, lambda one: one.third_next, _days(say))),
    }


def _values(
    people: Sequence[Line], measure: Measure, say: Callable[[float], str], mark: Measure | None = None
) -> list[Value]:
    found = [(line, measure(line.figures)) for line in people]
    return [
        Value(line.name, amount, say(amount), mark(line.figures) if mark else None)
        for line, amount in found
        if amount is not None
    ]


_READ = staff(Action.READ_REPORTS)

routes: list[BaseRoute] = [
    page(HERE, show_report, _READ),
    page(f"{HERE}.csv", export_report, _READ),
]
