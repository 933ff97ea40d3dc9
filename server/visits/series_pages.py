"""Staff's pages that make a series of a time that is held: which weeks are free, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.calls import live
from server.directory import patient_contact
from server.kit import N_, Form, Invalid
from server.kit.ids import new_id, parse_id
from server.outbox import can_send
from server.scheduling import Candidate, Conflict, Need, Occurrence, Refusal, SlotTaken, Status, Weekly, find, series
from server.visits.find_actions import Wish
from server.visits.find_pages import taken
from server.visits.finding import Held, asked, held, search
from server.visits.series_actions import Further, book_series
from server.web import actor, deps, page, render, see_other, staff

MOST = 12
WEEK, NEAR = timedelta(weeks=1), timedelta(days=4)
WHY = {
    Refusal.PAST: N_("is past"),
    Refusal.NOTICE: N_("is too soon"),
    Refusal.HORIZON: N_("is further ahead than can be booked"),
    Refusal.OUTSIDE_HOURS: N_("is outside of working hours"),
    Refusal.LEAVE: N_("falls into leave"),
    Refusal.HOLIDAY: N_("is a holiday"),
    Refusal.CLOSED: N_("is a day without hours"),
    Refusal.BUSY: N_("is taken"),
    Refusal.HELD: N_("is held for somebody else right now"),
    Refusal.IMPORTED: N_("is busy in another calendar"),
    Refusal.FULL_DAY: N_("is on a day that is full"),
    Refusal.OFF_STEP: N_("is no time at which visits begin"),
    Conflict.GAP: N_("does not exist that day: the clocks change"),
    Conflict.LICENCE: N_("is after a licence ends"),
}


@dataclass(frozen=True, slots=True)
class Week:
    """One further visit of a series as the page shows it; `key` becomes its id."""

    number: int
    key: str
    occurrence: Occurrence


async def show_series(request: Request) -> Response:
    """Show each week of a series: free, or what is in the way and what is near instead."""
    kept = await held(request)
    if kept.appointment.status != Status.PENDING:
        return see_other(f"/visits/holds/{kept.appointment.id}?{request.url.query}")
    return await _weeks_page(request, kept, {})


async def post_series(request: Request) -> Response:
    """Book the first visit and each one that was chosen, and say which were lost meanwhile."""
    kept = await held(request)
    form = Form(dict(await request.form()))
    reason, further = form.optional("reason", 500), _read(form)
    offered, criteria = await asked(request, request.query_params, kept.patient.id)
    wish = Wish(kept.patient.id, kept.appointment.starts_at, kept.members(criteria), reason)
    try:
        form.check()
        made = await book_series(
            deps(request), live(request), actor(request), (kept.appointment.id, wish), further, send=form.ticked("send")
        )
    except Invalid as error:
        return await _weeks_page(request, kept, error.errors, error.status)
    except SlotTaken as error:
        return taken(request, await search(request, offered, criteria), wish.starts_at, wish.members, error)
    return render(request, "visits/series_done.html", 201, held=kept, made=made, query=criteria.query)


async def _weeks_page(request: Request, kept: Held, errors: dict[str, str], status: int = 200) -> Response:
    count = _count(request.query_params.get("count", ""))
    weeks = [Week(number, str(new_id()), one) for number, one in enumerate(await _further(request, kept, count), 2)]
    email = patient_contact(deps(request).keyring, kept.patient).email if can_send(deps(request).settings) else ""
    context = {"held": kept, "weeks": weeks, "count": count, "most": MOST, "why": WHY, "errors": errors, "email": email}
    hidden = _asked_for(request)
    return render(request, "visits/series.html", status, **context, hidden=hidden, query=urlencode(hidden))


async def _further(request: Request, kept: Held, count: int) -> Sequence[Occurrence]:
    """Look at each visit after the first; all at the clinic's time of day, whatever the clocks do in between."""
    now, zone = deps(request).now(), kept.appointment.time_zone
    first = kept.appointment.starts_at.astimezone(ZoneInfo(zone))
    weekly = Weekly(first.date() + WEEK, first.time(), zone, count - 1)
    members = await _members(request, kept, count)
    return series(weekly, members, now) if len(members) == len(kept.practitioners) else []


async def _members(request: Request, kept: Held, count: int) -> list[tuple[Candidate, Need]]:
    _, criteria = await asked(request, request.query_params, kept.patient.id)
    start, who = kept.appointment.starts_at, actor(request)
    found = []
    async with deps(request).database.read() as session:
        for id_, sought in kept.members(criteria).items():
            theirs = replace(sought, start=start, end=start + count * WEEK + NEAR, practitioners=frozenset({id_}))
            one = await find(session, who, theirs, deps(request).now())
            found += [(candidate, one.need) for candidate in one.candidates]
    return found


def _read(form: Form) -> list[Further]:
    """Read the weeks that were chosen; what is odd or left out is not booked."""
    found = []
    for number in range(2, MOST + 1):
        key = parse_id(form.values.get(f"key_{number}", ""))
        try:
            at = datetime.fromisoformat(form.values.get(f"pick_{number}", ""))
        except ValueError:
            continue
        if key and at.tzinfo is not None and at.year in range(2000, 9000):
            found.append(Further(key, at.astimezone(UTC)))
    return found


def _count(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and 2 <= int(typed[:4]) <= MOST else 4


def _asked_for(request: Request) -> list[tuple[str, str]]:
    """What the address asks for, but how many."""
    return [(name, value) for name, value in request.query_params.multi_items() if name != "count"]


_CREATE = staff(Action.CREATE_VISIT)

routes: list[BaseRoute] = [
    page("/visits/holds/{appointment_id}/weekly", show_series, _CREATE),
    page("/visits/holds/{appointment_id}/weekly", post_series, _CREATE, "POST"),
]
