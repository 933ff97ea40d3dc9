"""Reports on consults: for administrators on all, for clinicians on those they asked or took; charts and a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note, note_read
from server.consults.case_rules import DECLINES
from server.consults.code_pages import DAYS
from server.consults.consult_report_csv import csv_lines
from server.consults.consult_report_rules import Case, Figures, Gap, Unmet, figures, gaps, grouped, hour_name
from server.consults.consult_report_store import cases_reported
from server.directory import clinics_of, working_zone
from server.kit import N_, Form, Invalid
from server.kit.bars import WIDTH, Bars, Value, bars
from server.kit.ids import parse_id
from server.scheduling import days_bounds
from server.web import Translations, actor, deps, lasting, page, render, staff

HERE = "/reports/consults"
WHYS: Mapping[Unmet, str] = {
    Unmet.NOBODY_MATCHED: N_("Nobody matched"),
    Unmet.NOBODY_ON_DUTY: N_("Nobody was on duty"),
    Unmet.NOBODY_ANSWERED: N_("Nobody answered"),
}
BY: Mapping[str, Callable[[Case], str]] = {
    "service": lambda one: one.service,
    "clinic": lambda one: one.clinic,
    "hour": lambda one: hour_name(one.hour),
}


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of some days: of all cases, by service, clinic and hour, and where coverage is missing."""

    first: date
    last: date
    whole: Figures
    parts: Mapping[str, Mapping[str, Figures]]
    gaps: Sequence[Gap]


async def show_report(request: Request) -> Response:
    """Show the figures of some days, or say next to the field which days are meant."""
    tools, who = deps(request), actor(request)
    form, clinics = await _form(request)
    context: dict[str, Any] = {"values": form.values, "errors": form.errors, "clinics": clinics}
    try:
        report = await _report(request, form, clinics)
    except Invalid as error:
        return render(request, "consults/reports.html", error.status, report=None, **context)
    await note_read(tools, who, Subject("Report"), _scope(report))
    charts = _charts(report, tools.templates.translations)
    words: dict[str, Any] = {
        "declines": DECLINES,
        "whys": WHYS,
        "width": WIDTH,
        "hour_name": hour_name,
        "seconds": lasting,
        "minutes": _minutes,
    }
    return render(request, "consults/reports.html", report=report, charts=charts, **context, **words)


async def export_report(request: Request) -> Response:
    """Give the same figures as a file; that they were given away is noted before."""
    tools, who = deps(request), actor(request)
    form, clinics = await _form(request)
    report = await _report(request, form, clinics)
    async with tools.database.write() as session:
        note(session, tools.now(), who, "export", Subject("Report"), _scope(report))
    lines = csv_lines(report.first, report.last, report.whole, report.parts, report.gaps)
    name = f"consults-{report.first}-{report.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response("".join(lines), media_type="text/csv; charset=utf-8", headers=headers)


async def _form(request: Request) -> tuple[Form, list[tuple[str, str]]]:
    """Read the address; what it leaves out is the last four weeks and every clinic."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        zone, clinics = await working_zone(session, who), await clinics_of(session, who)
    today = tools.now().astimezone(ZoneInfo(zone)).date()
    usual = {"from": (today - timedelta(days=DAYS - 1)).isoformat(), "to": today.isoformat(), "clinic": ""}
    return Form(usual | dict(request.query_params)), [(str(one.id), one.name) for one in clinics]


async def _report(request: Request, form: Form, clinics: Sequence[tuple[str, str]]) -> Report:
    """Gather a report. Raises Invalid, with what is wrong at its field."""
    tools, who = deps(request), actor(request)
    first, last = form.days()
    clinic = form.choice("clinic", ["", *(id_ for id_, _ in clinics)])
    form.check()
    async with tools.database.read() as session:
        start, end = days_bounds(first, last, await working_zone(session, who))
        cases = await cases_reported(session, who, start, end, parse_id(clinic))
    parts = {by: grouped(cases, key) for by, key in BY.items()}
    return Report(first, last, figures(cases), parts, gaps(cases))


def _scope(report: Report) -> str:
    return f"{report.first} to {report.last}, {report.whole.asked} consults"


def _minutes(number: int) -> str:
    return lasting(number * 60)


def _charts(report: Report, say: Translations) -> Mapping[str, Bars]:
    def times(by: str, middle: str, most: str, words: Callable[[int], str]) -> Bars:
        found = [(name, getattr(one, middle), getattr(one, most)) for name, one in report.parts[by].items()]
        values = [Value(name, half, words(half), mark) for name, half, mark in found if half is not None]
        return bars(values, in_order=by == "hour")

    declined = [(say.gettext(DECLINES.get(code, code)), n) for code, n in report.whole.declines.items()]
    unmet = [(f"{hour_name(gap.hour)}, {gap.clinic}, {gap.service}", gap.count) for gap in report.gaps]
    return {
        **{f"accept-{by}": times(by, "accept_median", "accept_p90", lasting) for by in BY},
        **{f"answer-{by}": times(by, "answer_median", "answer_p90", _minutes) for by in BY},
        "declines": bars([Value(name, count, str(count)) for name, count in declined]),
        "unmet": bars([Value(name, count, str(count)) for name, count in unmet]),
    }


_READ = staff(Action.READ_REPORTS)

routes: list[BaseRoute] = [
    page(HERE, show_report, _READ),
    page(f"{HERE}.csv", export_report, _READ),
]
