"""What rings a specialist, on whatever page they are, and what they answer."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.consults.case_request import consult_id
from server.consults.case_rules import DECLINES, OFFERS
from server.consults.case_store import case_by_id
from server.consults.incoming_actions import (
    Answer,
    accept_consult,
    close_missed,
    decline_consult,
    offer_minutes,
    suggest_colleague,
)
from server.consults.incoming_store import awaited_by, missed_by, promised_by, rings_for
from server.consults.service_words import MODES, URGENCIES
from server.directory import working_zone
from server.kit import Form
from server.kit.ids import parse_id
from server.web import actor, deps, during_call, page, render, see_other, staff


async def show_incoming(request: Request) -> Response:
    """Show what rings the reader now: headlines, nothing of what is asked."""
    return await _incoming(request)


async def show_missed(request: Request) -> Response:
    """Show where the reader is waited for, what they said that they come to, and the rings that they missed."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        missed, promised = await missed_by(session, who, tools.now()), await promised_by(session, who, tools.now())
        awaited, zone = await awaited_by(session, who, tools.now()), await working_zone(session, who)
    for consult in (*(one.consult for one in (*missed, *promised)), *(one.consult for one in awaited)):
        await note_read(tools, who, Subject("ServiceRequest", consult.id, consult.patient_id), "rung")
    context: dict[str, Any] = {"missed": missed, "promised": promised, "awaited": awaited, "zone": zone}
    return render(request, "consults/_missed.html", **context)


async def accept(request: Request) -> Response:
    """Take the case: a script gets the way to the call with its ticket, a form is led there."""
    answer = await accept_consult(deps(request), live(request), actor(request), consult_id(request))
    if "application/json" in request.headers.get("accept", ""):
        return _told(answer)
    if answer.won:
        return see_other(answer.call)
    return render(request, "consults/taken.html", 409, by=answer.by)


async def decline(request: Request) -> Response:
    """Decline, with a reason."""
    form = await _form(request)
    reason = form.choice("reason", DECLINES)
    remark, number = form.optional("remark", 500), _number(form)
    form.check()
    await decline_consult(deps(request), live(request), actor(request), consult_id(request), number, reason, remark)
    return await _after(request)


async def offer(request: Request) -> Response:
    """Say that one comes in some minutes."""
    form = await _form(request)
    minutes, number = form.choice("minutes", [str(one) for one in OFFERS]), _number(form)
    form.check()
    await offer_minutes(deps(request), live(request), actor(request), consult_id(request), number, int(minutes))
    return await _after(request)


async def suggest(request: Request) -> Response:
    """Name a colleague instead."""
    form = await _form(request)
    colleague, number = parse_id(form.text("colleague")), _number(form)
    form.check()
    if colleague is not None:
        await suggest_colleague(deps(request), live(request), actor(request), consult_id(request), number, colleague)
    return await _after(request)


async def seen(request: Request) -> Response:
    """Have read that a ring was missed."""
    await close_missed(deps(request), actor(request), parse_id(request.path_params["ring_id"]))
    return await show_missed(request) if request.headers.get("hx-request") else see_other("/consults")


def _told(answer: Answer) -> Response:
    if answer.won:
        return JSONResponse({"call": answer.call, "ticket": answer.ticket})
    return JSONResponse({"by": answer.by}, 409)


async def _after(request: Request) -> Response:
    return await _incoming(request) if request.headers.get("hx-request") else see_other("/consults")


async def _incoming(request: Request) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        rings = await rings_for(session, who)
    for one in rings:
        await note_read(tools, who, Subject("ServiceRequest", one.consult.id, one.consult.patient_id), "rung")
    context: dict[str, Any] = {"rings": rings, "now": tools.now()}
    return render(request, "consults/_incoming.html", **context, declines=DECLINES, offers=OFFERS, **_WORDS)


async def _form(request: Request) -> Form:
    """Read what was posted; who was not rung is told that first, whatever it was."""
    async with deps(request).database.read() as session:
        await case_by_id(session, actor(request), Action.ANSWER_CONSULT, consult_id(request))
    return Form(dict(await request.form()))


def _number(form: Form) -> int:
    return form.whole("number", 1, 10_000, "") or 0


_WORDS: dict[str, Any] = {"urgencies": URGENCIES, "modes": MODES}
_ANSWER = during_call(staff(Action.ANSWER_CONSULT))

routes: list[BaseRoute] = [
    page("/consults/incoming", show_incoming, _ANSWER),
    page("/consults/missed", show_missed, _ANSWER),
    page("/consults/{consult_id}/accept", accept, _ANSWER, "POST"),
    page("/consults/{consult_id}/decline", decline, _ANSWER, "POST"),
    page("/consults/{consult_id}/offer", offer, _ANSWER, "POST"),
    page("/consults/{consult_id}/suggest", suggest, _ANSWER, "POST"),
    page("/consults/rings/{ring_id}/seen", seen, _ANSWER, "POST"),
]
