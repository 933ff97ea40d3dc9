"""The clock of a consult as a page: the minutes of both, how they came about, corrections, and the suggested codes."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.consults.case_request import consult_id, note_look
from server.consults.case_store import Case, case_by_id
from server.consults.clock_actions import Correction, correct_time, enter_time, keep_reading
from server.consults.clock_rules import LONGEST_REASON, Kind, Source
from server.consults.code_rules import Role
from server.consults.code_store import Coded, coded_case
from server.consults.code_words import BLOCKERS, CODES, EVIDENCE, span
from server.kit import N_, Conflict, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.scheduling import local_moment
from server.web import actor, deps, during_call, page, render, see_other, staff

MOST_MINUTES = 720
KINDS = {Kind.DISCUSSION: N_("Discussion"), Kind.REVIEW: N_("Review")}
SOURCES = {
    Source.CALL: N_("measured in the call"),
    Source.PAGE: N_("measured on the page"),
    Source.ENTERED: N_("entered by hand"),
}
PARTS = {Role.CONSULTANT: N_("Consultant"), Role.REQUESTER: N_("Requester")}


async def show_time(request: Request) -> Response:
    """Show the minutes of a case."""
    return await _show(request, {}, {})


async def show_clock(request: Request) -> Response:
    """Show the minutes so far, alone, for the page of the case; while it is open it says that it is read."""
    who = actor(request)
    case, coded = await _found(request)
    await note_look(request, case)
    own = next((side for side in coded.sides if side.account_id == who.account_id), None)
    return render(request, "consults/_clock.html", case=case, own=own)


async def post_reading(request: Request) -> Response:
    """Keep that the page is read."""
    await keep_reading(deps(request), actor(request), consult_id(request))
    return Response(status_code=204)


async def post_time(request: Request) -> Response:
    """Keep a time that nothing measured."""
    form = Form(dict(await request.form()))
    case, _ = await _found(request, Action.HOLD_CONSULT)
    kind = form.choice("kind", list(Kind))
    try:
        wanted = _read(form, case, deps(request).now())
        key = parse_id(form.values.get("key", "")) or new_id()
        await enter_time(deps(request), actor(request), consult_id(request), key, Kind(kind), wanted)
    except Invalid as error:
        return await _show(request, form.values, error.errors, error.status)
    return see_other(f"/consults/{consult_id(request)}/time?kept=1")


async def post_correction(request: Request) -> Response:
    """Correct a time."""
    form, time_id = Form(dict(await request.form())), request.path_params["time_id"]
    case, _ = await _found(request, Action.HOLD_CONSULT)
    form.values["time_id"] = time_id
    try:
        wanted = _read(form, case, deps(request).now())
        await correct_time(deps(request), actor(request), consult_id(request), parse_id(time_id), wanted)
    except Invalid as error:
        return await _show(request, form.values, error.errors, error.status)
    except Conflict as error:
        return await _show(request, {}, {}, error.status, error.message)
    return see_other(f"/consults/{consult_id(request)}/time?kept=1")


def _read(form: Form, case: Case, now: datetime) -> Correction:
    """Read from when and how long, on the clinic's clock. Raises Invalid, with what is wrong at its field."""
    day, at = form.day("day", N_("Choose a day.")), form.time("at")
    minutes = form.whole("minutes", 0, MOST_MINUTES, N_("Enter minutes from 0 to 720."))
    reason = form.text("reason", N_("Say why you change the time."), LONGEST_REASON)
    seen = form.values.get("version", "")
    started = local_moment(day, at, case.clinic.time_zone) if day and at else None
    if day and at and started is None:
        form.wrong("at", N_("The clocks change that day and skip this time. Choose an hour later."))
    if started and minutes is not None and started + timedelta(minutes=minutes) > now:
        form.wrong("minutes", N_("This would end in the future."))
    form.check()
    begun = started or now
    return Correction(begun, begun + timedelta(minutes=minutes or 0), reason, int(seen) if seen.isdecimal() else 0)


async def _show(
    request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200, trouble: str = ""
) -> Response:
    case, coded = await _found(request)
    await note_look(request, case)
    today = deps(request).now().astimezone(ZoneInfo(case.clinic.time_zone))
    context: dict[str, Any] = {
        "case": case,
        "coded": coded,
        "trouble": trouble,
        "zone": case.clinic.time_zone,
        "key": values.get("key") or str(new_id()),
        "fresh": {"day": today.date().isoformat(), "at": "", "minutes": "", "kind": Kind.REVIEW.value},
        "local_day": lambda moment: moment.astimezone(ZoneInfo(case.clinic.time_zone)).date().isoformat(),
        "local_time": lambda moment: moment.astimezone(ZoneInfo(case.clinic.time_zone)).strftime("%H:%M"),
        "names": {side.account_id: side.name for side in coded.sides},
    }
    words = {"kinds": KINDS, "sources": SOURCES, "parts": PARTS, "codes": CODES}
    return render(
        request,
        "consults/time.html",
        status,
        values=values,
        errors=errors,
        **context,
        **words,
        evidence=EVIDENCE,
        blockers=BLOCKERS,
        span=span,
    )


async def _found(request: Request, action: Action = Action.READ_CONSULT) -> tuple[Case, Coded]:
    tools = deps(request)
    async with tools.database.read() as session:
        case = await case_by_id(session, actor(request), action, consult_id(request))
        return case, await coded_case(session, case.actor, tools.keyring, case.consult, tools.now())


_READ, _OWN = during_call(staff(Action.READ_CONSULT)), during_call(staff(Action.HOLD_CONSULT))

routes: list[BaseRoute] = [
    page("/consults/{consult_id}/time", show_time, _READ),
    page("/consults/{consult_id}/time", post_time, _OWN, "POST"),
    page("/consults/{consult_id}/clock", show_clock, _READ),
    page("/consults/{consult_id}/reading", post_reading, _OWN, "POST"),
    page("/consults/{consult_id}/time/{time_id}", post_correction, _OWN, "POST"),
]
