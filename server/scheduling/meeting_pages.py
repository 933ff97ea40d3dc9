"""Pages of meetings without a patient in them: team meetings and case conferences, once or every week."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import note_found
from server.directory import clinics_of, find_patients, practitioners_of, read_search, working_zone
from server.kit import N_, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.scheduling.actions import SlotTaken
from server.scheduling.meeting_actions import (
    NewMeeting,
    call_off,
    looked_at,
    set_up_meeting,
    speak_no_more_of,
    speak_of,
)
from server.scheduling.meeting_store import title_of, upcoming_dates
from server.scheduling.rules import local_moment
from server.web import actor, deps, page, render, see_other, staff

LENGTHS = (15, 30, 45, 60, 90)
MOST = 26
# Nobody plans further ahead; a year like 9999 is a slip.
_FURTHEST = timedelta(days=366)
BUSY = N_("Somebody has another appointment then. Choose another time.")


async def show_meetings(request: Request) -> Response:
    """Show the dates of the actor's meetings that are to come."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        dates = await upcoming_dates(session, who, tools.now())
        zone = await working_zone(session, who)
    lines = [(row, meeting, title_of(tools.keyring, meeting)) for row, meeting in dates]
    return render(request, "scheduling/meetings.html", lines=lines, zone=zone)


async def show_new_meeting(request: Request) -> Response:
    """Show the form."""
    return await _form(request, {"key": str(new_id()), "minutes": "30", "weeks": "1"}, {})


async def post_meeting(request: Request) -> Response:
    """Set the meeting up, or say next to the field what is wrong."""
    form = Form(dict(await request.form()))
    try:
        new = await _read(request, form)
        lost = await set_up_meeting(deps(request), actor(request), new)
    except Invalid as error:
        return await _form(request, error.values, error.errors, error.status)
    except SlotTaken as error:
        return await _form(request, form.values, {"time": BUSY}, error.status)
    query = "".join(f"&lost={at.isoformat().replace('+', '%2B')}" for at in lost)
    return see_other(f"/meetings/{new.key}?made=1{query}")


async def show_meeting(request: Request) -> Response:
    """Show a meeting's dates, who comes, and whom it is about; with `q`, patients to add."""
    tools, who = deps(request), actor(request)
    found = await looked_at(tools, who, _id(request))
    asked = request.query_params.get("q", "").strip()
    async with tools.database.read() as session:
        matches = await find_patients(session, who, tools.keyring, read_search(asked)) if asked else []
        zone = await working_zone(session, who)
    if asked:
        await note_found(tools, who, [one.id for one in matches])
    context: dict[str, Any] = {
        "found": found,
        "title": title_of(tools.keyring, found.meeting),
        "zone": zone,
        "now": tools.now(),
        "q": asked,
        "matches": [one for one in matches if one.id not in {known.id for known in found.patients}],
        "lost": [at for value in request.query_params.getlist("lost") if (at := _moment(value))],
    }
    return render(request, "scheduling/meeting.html", **context)


async def post_off(request: Request) -> Response:
    """Call one date off, or all that are to come."""
    form = Form(dict(await request.form()))
    date = form.values.get("date", "")
    wanted = parse_id(date) if date != "all" else None
    if wanted or date == "all":
        await call_off(deps(request), actor(request), _id(request), wanted)
    else:  # nothing was pressed: the page is theirs to see again, or not
        await looked_at(deps(request), actor(request), _id(request))
    return see_other(f"/meetings/{_id(request)}")


async def post_patient(request: Request) -> Response:
    """Put a patient on the list, or take one off."""
    form = Form(dict(await request.form()))
    change = speak_no_more_of if form.ticked("drop") else speak_of
    await change(deps(request), actor(request), _id(request), parse_id(form.values.get("patient", "")))
    return see_other(f"/meetings/{_id(request)}")


async def _form(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    who = actor(request)
    async with deps(request).database.read() as session:
        people, clinics = await practitioners_of(session, who), await clinics_of(session, who)
    context = {"people": people, "clinics": clinics, "lengths": LENGTHS, "most": MOST}
    return render(request, "scheduling/meeting_new.html", status, values=values, errors=errors, **context)


async def _read(request: Request, form: Form) -> NewMeeting:
    who, now = actor(request), deps(request).now()
    async with deps(request).database.read() as session:
        people, clinics = await practitioners_of(session, who), await clinics_of(session, who)
    title = form.text("title", N_("Say what the meeting is called."), 80)
    coming = [one.id for one in people if form.ticked(f"with_{one.id}")]
    if not coming:
        form.wrong("people", N_("Choose who comes."))
    clinic_id = parse_id(form.choice("clinic", [str(one.id) for one in clinics]))
    zone = next((one.time_zone for one in clinics if one.id == clinic_id), "UTC")
    dates = _dates(form, zone, now)
    minutes = form.choice("minutes", [str(n) for n in LENGTHS])
    form.check()
    key = parse_id(form.values.get("key", "")) or new_id()
    return NewMeeting(key, clinic_id or key, title, coming, dates, int(minutes))  # `check` raises without a clinic


def _dates(form: Form, zone: str, now: datetime) -> list[datetime]:
    """Read the first date and how many weeks: at one time of day, whatever the clocks do in between."""
    day, at = form.day("date", N_("Choose a day.")), form.time("time")
    weeks = form.whole("weeks", 1, MOST, N_("Choose a number of weeks from 1 to 26."))
    if day is None or at is None or weeks is None:
        return []
    if day > (now + _FURTHEST).date():
        form.wrong("date", N_("Choose a day within the next year."))
        return []
    found = [local_moment(day + timedelta(weeks=week), at, zone) for week in range(weeks)]
    if found[0] is None:
        form.wrong("time", N_("The clocks change that day and skip this time. Choose an hour later."))
    elif found[0] < now:
        form.wrong("time", N_("This time is past. Choose a later one."))
    return [moment for moment in found if moment]


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo and moment.year in range(2000, 9000) else None


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["meeting_id"])


_SEE, _MAKE = staff(Action.SEE_TODAY), staff(Action.CREATE_VISIT)

routes: list[BaseRoute] = [
    page("/meetings", show_meetings, _SEE),
    page("/meetings/new", show_new_meeting, _MAKE),
    page("/meetings/new", post_meeting, _MAKE, "POST"),
    page("/meetings/{meeting_id}", show_meeting, _SEE),
    page("/meetings/{meeting_id}/off", post_off, _MAKE, "POST"),
    page("/meetings/{meeting_id}/patients", post_patient, _MAKE, "POST"),
]
