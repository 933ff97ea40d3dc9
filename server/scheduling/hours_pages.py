"""Pages for when people work: one's own hours, those of the clinic's practitioners, and the organization's holidays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, require
from server.directory import ZONES, Clinic, Practitioner, clinics_of, practitioner_of_account, practitioners_of
from server.kit import N_, Conflict, Form, Invalid, NotFound
from server.kit.ids import parse_id
from server.scheduling.availability_form_rules import LONGEST_HORIZON, Part
from server.scheduling.availability_rules import Schedule, left_outside
from server.scheduling.hours_form import (
    PARTS,
    STEPS,
    asked,
    asked_weekly,
    fields_of,
    is_filled,
    name,
    read_schedule,
    rows_of,
)
from server.scheduling.schedule_actions import drop_holiday, hours_record, keep_holiday, keep_schedule, may_keep_hours
from server.scheduling.schedule_store import busy_of, holidays_of, schedule_rows, schedules_of
from server.scheduling.slot_rules import BusyKind
from server.scheduling.visit_type_actions import LANGUAGE_NAMES, keep_languages
from server.scheduling.visit_type_store import languages_of
from server.scheduling.zone_rules import moment_of
from server.web import actor, clock, deps, page, render, see_other, staff, zone_name

UNSEEN = -1  # the version of hours that are not those of now
HOLIDAYS = "/admin/holidays"
WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))


@dataclass(frozen=True, slots=True)
class _Hours:
    """Whose hours are shown, as they are kept."""

    practitioner: Practitioner
    clinics: Sequence[Clinic]
    schedule: Schedule
    version: int
    languages: frozenset[str]


async def show_people(request: Request) -> Response:
    """Show one's own hours, or whose hours there are to choose from."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        mine = await practitioner_of_account(session, who)
        people = [one for one in await practitioners_of(session, who) if may_keep_hours(who, one)]
        kept = await schedule_rows(session, who, [one.id for one in people])
    if mine and len(people) == 1:
        return see_other(f"/hours/{mine.id}")
    return render(request, "scheduling/hours_of.html", people=people, kept=kept)


async def show_hours(request: Request) -> Response:
    """Show the form, filled in with what is kept."""
    hours = await _found(request)
    form = Form({**fields_of(hours.schedule), "version": str(hours.version)})
    return _form(request, hours, form, outside=await _outside(request, hours))


async def keep_hours(request: Request) -> Response:
    """Keep what was typed, or say at its row what is wrong, or show a few more empty rows."""
    hours = await _found(request)
    form = Form(dict(await request.form()))
    if form.ticked("more"):
        return _form(request, hours, form)
    version = form.values.get("version", "")
    try:
        schedule = read_schedule(form, [clinic.id for clinic in hours.clinics], ZONES, deps(request).now().date())
        kept = hours.version if version == str(hours.version) else UNSEEN
        await keep_schedule(deps(request), actor(request), hours.practitioner.id, schedule, kept)
    except Invalid as error:
        return _form(request, hours, form, error.status)
    except Conflict as error:
        form.values["version"] = str(hours.version)  # who saves again after this warning means it
        form.wrong("changed", error.message)
        return _form(request, hours, form, error.status)
    return see_other(f"/hours/{hours.practitioner.id}?kept=1")


async def post_languages(request: Request) -> Response:
    """Keep in which languages somebody sees patients."""
    hours = await _found(request)
    form = Form(dict(await request.form()))
    spoken = frozenset(code for code in LANGUAGE_NAMES if form.ticked(f"speaks_{code}"))
    await keep_languages(deps(request), actor(request), hours.practitioner.id, spoken)
    return see_other(f"/hours/{hours.practitioner.id}?kept=1")


async def show_holidays(request: Request) -> Response:
    """Show the days on which the organization is closed."""
    return await _holidays(request, {}, {})


async def post_holiday(request: Request) -> Response:
    """Close the organization on a day."""
    form = Form(dict(await request.form()))
    day, called = form.day("day", N_("Choose a day.")), form.text("name", N_("Say what the day is called."), 80)
    try:
        form.check()
    except Invalid as error:
        return await _holidays(request, error.values, error.errors, error.status)
    if day is not None:
        await keep_holiday(deps(request), actor(request), day, called)
    return see_other(HOLIDAYS)


async def post_no_holiday(request: Request) -> Response:
    """Open the organization on a day again."""
    form = Form(dict(await request.form()))
    day = form.day("day", N_("Choose a day."))
    if day is not None:
        await drop_holiday(deps(request), actor(request), day)
    return see_other(HOLIDAYS)


async def _found(request: Request) -> _Hours:
    """Find whose hours they are. Raises NotFound, and Forbidden for who does not keep them."""
    tools, who = deps(request), actor(request)
    wanted: UUID | None = parse_id(request.path_params["practitioner_id"])
    async with tools.database.read() as session:
        people = {one.id: one for one in await practitioners_of(session, who)}
        practitioner = people.get(wanted) if wanted else None
        if practitioner is None:
            raise NotFound
        require(who, Action.KEEP_HOURS, hours_record(practitioner))
        clinics = await clinics_of(session, who)
        schedule = (await schedules_of(session, who, [practitioner.id])).get(practitioner.id)
        row = (await schedule_rows(session, who, [practitioner.id])).get(practitioner.id)
        languages = (await languages_of(session, [practitioner.id]))[practitioner.id]
    home = next(clinic.time_zone for clinic in clinics if clinic.id == practitioner.clinic_id)
    return _Hours(practitioner, clinics, schedule or Schedule(home), row.version if row else 0, languages)


async def _outside(request: Request, hours: _Hours) -> list[datetime]:
    """Give the starts of what is booked ahead and does not lie within the hours that are kept."""
    tools, who = deps(request), actor(request)
    if not hours.version:
        return []
    now, id_ = tools.now(), hours.practitioner.id
    async with tools.database.read() as session:
        busy = await busy_of(session, who, [id_], now, now + timedelta(days=LONGEST_HORIZON), now)
    spans = [(one.start, one.end) for one in busy.get(id_, ()) if one.kind is BusyKind.APPOINTMENT]
    return [moment_of(start) for start, _ in left_outside(hours.schedule, spans)]


def _form(request: Request, hours: _Hours, form: Form, status: int = 200, outside: Sequence[datetime] = ()) -> Response:
    zone = form.values.get("zone", "") or hours.schedule.zone
    context = {
        "hours": hours,
        "values": form.values,
        "errors": form.errors,
        "rows": {part.value: rows_of(form.values, part) for part in PARTS},
        "field_name": lambda part, index, field="": name(Part(part), index, field),
        "filled": lambda part, index: is_filled(form.values, Part(part), index),
        "asked": asked(form, zone),
        "asked_weekly": asked_weekly(form, zone, deps(request).now().date()) if zone in ZONES else {},
        "wall": _wall,
        "weekdays": WEEKDAYS,
        "step_options": [(str(step), str(step)) for step in STEPS],
        "zone_options": [(zone, zone_name(zone)) for zone in ZONES],
        "speakable": [(f"speaks_{code}", words) for code, words in LANGUAGE_NAMES.items()],
        "spoken": {f"speaks_{code}": "on" for code in hours.languages},
        "outside": outside,
        "kept": request.query_params.get("kept") == "1",
    }
    return render(request, "scheduling/hours.html", status, **context)


def _wall(at: time) -> str:
    """Say what a clock on the wall shows, be it a time that there is not."""
    return clock(datetime.combine(date.min, at, UTC), "UTC")


async def _holidays(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    async with deps(request).database.read() as session:
        days = await holidays_of(session, actor(request))
    return render(request, "scheduling/holidays.html", status, days=days, values=values, errors=errors)


_KEEP = staff(Action.KEEP_HOURS)
_MANAGE = staff(Action.MANAGE_ORGANIZATION)

routes: list[BaseRoute] = [
    page("/hours", show_people, _KEEP),
    page("/hours/{practitioner_id}", show_hours, _KEEP),
    page("/hours/{practitioner_id}", keep_hours, _KEEP, "POST"),
    page("/hours/{practitioner_id}/languages", post_languages, _KEEP, "POST"),
    page(HOLIDAYS, show_holidays, _MANAGE),
    page(HOLIDAYS, post_holiday, _MANAGE, "POST"),
    page(f"{HOLIDAYS}/drop", post_no_holiday, _MANAGE, "POST"),
]
