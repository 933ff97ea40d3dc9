"""The staff's calendar: a page with a list that works by itself, what the grid over it is sent, and moving a visit."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.directory import Practitioner
from server.kit import N_, Conflict, Form, Invalid, NotFound
from server.kit.ids import parse_id
from server.scheduling import SlotTaken, local_moment
from server.visits.calendar_grid import AWAY, grid, name_of, title_of
from server.visits.calendar_rules import (
    EARLIEST,
    LATEST,
    LONGEST,
    SHORTEST,
    Kind,
    View,
    neighbours,
    wall,
)
from server.visits.calendar_store import Asked, Calendar, Entry, calendar_of
from server.visits.change_actions import Move, busy_by_other_calendars, move_visit
from server.visits.store import Visit, visit_by_id
from server.web import actor, clock, date_name, day, deps, month_name, page, render, span_name, staff

SKIPPED = N_("The clocks change that day and skip this time. Choose an hour later.")
PAST = N_("This time is past. Choose a later one.")
NO_TIME = N_("This is not a time that a visit can be moved to.")
NO_LENGTH = N_("A visit takes from 5 minutes to 8 hours.")
IN_THE_WAY = N_("Another appointment is in the way.")
_GRACE = timedelta(minutes=1)


async def show_calendar(request: Request) -> Response:
    """Show the days as a list; a script puts the grid over it."""
    calendar = await _looked_at(request)
    asked, now = replace(calendar.asked, day=calendar.day), deps(request).now()
    before, after = neighbours(asked.view, calendar.day)
    context: dict[str, Any] = {
        "calendar": calendar,
        "title": _title(calendar),
        "links": {view.value: _link(asked, view=view) for view in View},
        "before": _link(asked, on=before),
        "after": _link(asked, on=after),
        "today": _link(asked, on=date.fromisoformat(wall(now, calendar.zone)[:10])),
        "query": _query(asked),
        "lists": [(each, _on(calendar, each)) for each in calendar.days.each()],
        "called": name_of,
        "title_of": lambda entry: title_of(entry, deps(request).templates.translations.gettext),
        "away": AWAY,
        "now": now,
    }
    return render(request, "visits/calendar.html", **context)


async def give_entries(request: Request) -> Response:
    """Give what the grid shows: times as the clock on the wall of the calendar's zone shows them."""
    calendar, tools = await _looked_at(request), deps(request)
    return JSONResponse(
        grid(calendar, tools.now(), tools.templates.translations.gettext), headers={"Cache-Control": "no-store"}
    )


async def post_move(request: Request) -> Response:
    """Move a visit, or say in words what is in the way; who means it says why, or that it is meant."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        visit = await visit_by_id(session, who, Action.MANAGE_VISIT, parse_id(request.path_params["encounter_id"]))
    form = Form(dict(await request.form()))
    try:
        to = _read_move(form, visit, tools.now())
        busy = [] if form.ticked("anyway") else await busy_by_other_calendars(tools, who, visit, to)
        if busy:
            return _refused(request, _elsewhere(request, busy), 409, ask="anyway")
        moved = await move_visit(tools, live(request), who, visit.encounter.id, to)
    except Invalid as error:
        return _refused(request, next(iter(error.errors.values())), error.status)
    except SlotTaken as error:
        return _refused(request, IN_THE_WAY, error.status, ask="overbook")
    except Conflict as error:
        return _refused(request, error.message, error.status)
    start, zone = moved.appointment.starts_at, form.values["zone"]
    return JSONResponse({"day": day(start, zone), "time": clock(start, zone)})


def _read_move(form: Form, visit: Visit, now: datetime) -> Move:
    """Read where a visit was put. Raises Invalid."""
    zone, typed = form.values.get("zone", ""), form.values.get("start", "")
    minutes = form.whole("minutes", SHORTEST, LONGEST, NO_LENGTH)
    overbook = form.optional("overbook", 200)
    starts_at = visit.appointment.starts_at
    try:
        moved = typed != wall(starts_at, zone)  # a time that happens twice may be the second of them
        plain = datetime.fromisoformat(typed)
        sound = len(typed) == len("2026-11-24T09:30") and EARLIEST <= plain.date() <= LATEST
        found = local_moment(plain.date(), plain.time(), zone) if moved and sound else starts_at
    except (ValueError, LookupError, OSError):  # a zone that is none may look like a file's path
        found, moved, sound = starts_at, True, False
    if not sound:
        form.wrong("start", NO_TIME)
    elif found is None:
        form.wrong("start", SKIPPED)
    elif moved and found < now - _GRACE:
        form.wrong("start", PAST)
    form.check()
    return Move(found or starts_at, minutes or 0, overbook)


async def _looked_at(request: Request) -> Calendar:
    tools, who = deps(request), actor(request)
    calendar = await calendar_of(tools, who, _asked(request))
    seen = sum(entry.kind is Kind.VISIT for entry in calendar.entries)
    await note_read(tools, who, Subject("Appointment"), f"calendar, {seen} visits")
    return calendar


def _asked(request: Request) -> Asked:
    """Read what is asked for from the address. Raises NotFound for what is none of ours."""
    query = request.query_params
    view, typed, clinic = query.get("view", View.WEEK), query.get("day", ""), query.get("clinic", "")
    people = [parse_id(text) for text in query.getlist("who")]
    try:
        wanted = date.fromisoformat(typed) if typed else None
    except ValueError:
        raise NotFound from None
    known = [id_ for id_ in people if id_ is not None]
    if view not in list(View) or len(known) < len(people) or (clinic and parse_id(clinic) is None):
        raise NotFound
    if wanted and not EARLIEST <= wanted <= LATEST:
        raise NotFound
    return Asked(View(view), wanted, parse_id(clinic) if clinic and not known else None, tuple(known))


def _query(asked: Asked) -> str:
    return _link(asked).partition("?")[2]


def _link(asked: Asked, *, view: View | None = None, on: date | None = None) -> str:
    shown = on or asked.day
    words = [("view", (view or asked.view).value)] + ([("day", shown.isoformat())] if shown else [])
    words += [("clinic", str(asked.clinic))] if asked.clinic else [("who", str(id_)) for id_ in asked.people]
    return f"/calendar?{urlencode(words)}"


def _title(calendar: Calendar) -> str:
    days = calendar.days
    match calendar.asked.view:
        case View.DAY:
            return date_name(days.first)
        case View.WEEK:
            return span_name(days.first, days.last)
        case View.MONTH:
            return month_name(calendar.day)


def _on(calendar: Calendar, shown: date) -> list[Entry]:
    """Give the entries that begin on a day, or go on into the first one."""
    first = calendar.days.first
    return [
        entry
        for entry in calendar.entries
        if max(wall(entry.starts_at, calendar.zone)[:10], first.isoformat()) == shown.isoformat()
    ]


def _elsewhere(request: Request, busy: list[Practitioner]) -> str:
    words = N_("%(name)s is busy then by another calendar.")
    names = ", ".join(name_of(person) for person in busy)
    return deps(request).templates.translations.gettext(words) % {"name": names}


def _refused(request: Request, message: str, status: int, ask: str = "") -> Response:
    """Answer why not; `ask` names the field in which somebody says that it is meant."""
    words = deps(request).templates.translations.gettext(message)
    return JSONResponse({"message": words, "ask": ask}, status)


_SEE = staff(Action.SEE_TODAY)

routes: list[BaseRoute] = [
    page("/calendar", show_calendar, _SEE),
    page("/calendar/entries", give_entries, _SEE),
    page("/visits/{encounter_id}/move", post_move, staff(Action.MANAGE_VISIT), "POST"),
]
