"""Suggested codes of some days as a file, for administrators, who give it to a coder."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note
from server.consults.code_csv import csv_lines
from server.consults.code_store import coded_cases
from server.directory import working_zone
from server.kit import Form
from server.scheduling import days_bounds
from server.web import actor, deps, page, staff

DAYS = 28


async def export_codes(request: Request) -> Response:
    """Give the file; that it was given away is noted before."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        zone = await working_zone(session, who)
    first, last = read_days(request, tools.now().astimezone(ZoneInfo(zone)).date())
    async with tools.database.read() as session:
        start, end = days_bounds(first, last, zone)
        cases = await coded_cases(session, who, tools.keyring, start, end, tools.now())
    async with tools.database.write() as session:
        note(session, tools.now(), who, "export", Subject("ServiceRequest"), f"codes, {first} to {last}, {len(cases)}")
    name = f"consult-codes-{first}-{last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response("".join(csv_lines(cases)), media_type="text/csv; charset=utf-8", headers=headers)


def read_days(request: Request, today: date) -> tuple[date, date]:
    """Read from which day to which, both included; the last four weeks when none is said. Raises Invalid."""
    usual = {"from": (today - timedelta(days=DAYS - 1)).isoformat(), "to": today.isoformat()}
    form = Form(usual | dict(request.query_params))
    days = form.days()
    form.check()
    return days


routes: list[BaseRoute] = [page("/consults/codes.csv", export_codes, staff(Action.EXPORT_CODES))]
