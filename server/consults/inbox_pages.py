"""The inbox of consults: its page and list, how much waits for the reader, and the part of Today."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.consults.case_store import opened_question
from server.consults.clock_rules import totals
from server.consults.clock_store import times_of
from server.consults.inbox_store import (
    Box,
    Which,
    counts,
    entries,
    taken_lately,
    to_answer,
    waiting_for,
    week_of,
)
from server.consults.incoming_store import missed_by, rings_for
from server.consults.question_rules import read_question
from server.consults.service_words import MODES, URGENCIES
from server.directory import working_zone
from server.kit import N_
from server.kit.ids import AccountId
from server.web import actor, deps, during_call, page, render, staff

BOXES = {Box.MINE: N_("Mine"), Box.GROUP: N_("Group"), Box.MISSED: N_("Missed")}
WHICH = {Which.OPEN: N_("Still open"), Which.WRITTEN: N_("Written"), Which.OVERDUE: N_("Overdue"), Which.ALL: N_("All")}


async def show_inbox(request: Request) -> Response:
    """Show a part of the inbox, or what rings now above it."""
    return await _inbox(request, "consults/inbox.html")


async def show_list(request: Request) -> Response:
    """Show the list alone, for the page that is open."""
    return await _inbox(request, "consults/_inbox.html")


async def show_count(request: Request) -> Response:
    """Show how much waits for the reader, as the badge of the navigation."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        waiting = await waiting_for(session, who, tools.now())
    return render(request, "consults/_count.html", waiting=waiting)


async def show_today(request: Request) -> Response:
    """Show what the reader has to answer and how their week went; nothing to whom no consult ever rang."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        cases, week = await to_answer(session, who), await week_of(session, who, tools.now())
        lately = await taken_lately(session, who, tools.now())
        times = await times_of(session, who, tools.keyring, lately, tools.now())
        zone = await working_zone(session, who)
    if not (cases or week.rang):
        return Response("", media_type="text/html")
    asked = {}
    for one in cases:
        asked[one.consult.id] = read_question(opened_question(tools.keyring, one.consult)).reason
        await note_read(tools, who, Subject("ServiceRequest", one.consult.id, one.consult.patient_id), "participant")
    mine = [time.interval for kept in times.values() for time in kept if time.interval.account == who.account_id]
    spent = totals(mine).get(AccountId(who.account_id)) if who.account_id else None
    context: dict[str, Any] = {"cases": cases, "asked": asked, "week": week, "zone": zone, "now": tools.now()}
    return render(
        request, "consults/_today.html", discussion=spent.discussion if spent else timedelta(), **context, **_WORDS
    )


async def _inbox(request: Request, name: str) -> Response:
    tools, who, now = deps(request), actor(request), deps(request).now()
    box, which = _box(request), _which(request)
    async with tools.database.read() as session:
        shown = [] if box is Box.MISSED else await entries(session, who, box, which, now)
        rings, missed = await rings_for(session, who), await missed_by(session, who, now)
        number, zone = await counts(session, who, now), await working_zone(session, who)
    await note_read(tools, who, Subject("ServiceRequest"), f"inbox, {len(shown)} consults")
    context: dict[str, Any] = {"box": box, "which": which, "shown": shown, "rings": rings, "missed": missed}
    words = {"boxes": BOXES, "whichs": WHICH, **_WORDS}
    return render(request, name, number=number, zone=zone, now=now, **context, **words)


def _box(request: Request) -> Box:
    asked = request.query_params.get("box", "")
    return Box(asked) if asked in set(Box) else Box.MINE


def _which(request: Request) -> Which:
    asked = request.query_params.get("show", "")
    return Which(asked) if asked in set(Which) else Which.OPEN


_WORDS: dict[str, Any] = {"urgencies": URGENCIES, "modes": MODES}
_READ = staff(Action.READ_CONSULT)

routes: list[BaseRoute] = [
    page("/consults", show_inbox, _READ),
    page("/consults/list", show_list, _READ),
    page("/consults/count", show_count, during_call(_READ)),
    page("/consults/today", show_today, _READ),
]
