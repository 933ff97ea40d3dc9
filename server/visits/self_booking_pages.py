"""How patients book by themselves: which kind of visit, where they will be, when; a held time; booked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.audit import Subject, note_read
from server.calls import live
from server.directory import STATES, formal_name
from server.identity import PLAN_COOKIE
from server.kit import Form
from server.kit.ids import parse_id
from server.scheduling import (
    SlotTaken,
    VisitType,
    own_holds,
    patient_hold,
    practitioners_in,
    visit_type_by_id,
    visit_types,
)
from server.visits.mail import link_url
from server.visits.plan_actions import Choice, book_held, hold_time, sought_by
from server.visits.plan_frame import Plan, plan_of, show
from server.visits.plan_rules import differ, read_choice, read_day
from server.visits.plan_store import known_practitioners, last_state, own_times, visit_type_of
from server.visits.plan_times import PARTS, Asked, Known, Times, times_for
from server.web import actor, deps, page, planners, portal, see_other, set_cookie

PLAN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was chosen so far: the kind of visit, the state in which the patient will be, whose times."""

    kind: VisitType
    state: str
    who: str

    def address(self, plan: Plan, **changes: str) -> str:
        """Give the address of its times."""
        known = {"kind": str(self.kind.id), "state": self.state, "who": self.who, **changes}
        return f"{plan.base}/book?" + "&".join(f"{name}={value}" for name, value in known.items() if value)


async def show_book(request: Request) -> Response:
    """Lead from the kind of visit over the place to the times."""
    plan = await plan_of(request)
    await _note_look(request, plan)
    asked = {name: request.query_params.get(name, "") for name in ("kind", "state", "who", "day")}
    if not asked["kind"]:
        async with deps(request).database.read() as session:
            kinds = await visit_types(session, actor(request), self_bookable=True)
        return show(request, plan, "kinds", kinds=kinds)
    wish = await _wish(request, plan, asked)
    if wish.state not in STATES:
        return show(request, plan, "where", wish=wish, states=STATES)
    return _times(request, plan, wish, await _times_of(request, plan, wish, asked["day"]))


async def take_time(request: Request) -> Response:
    """Hold the chosen time, or say that it was just taken and show the next ones."""
    plan, form = await plan_of(request), Form(dict(await request.form()))
    chosen, state = read_choice(form.values.get("at", "")), form.values.get("state", "")
    if chosen is None or state not in STATES:
        return see_other(f"{plan.base}/book")
    wish = await _wish(request, plan, form.values)
    try:
        await hold_time(deps(request), actor(request), Choice(wish.kind.id, chosen[1], chosen[0], state))
    except SlotTaken as error:
        return await _taken(request, plan, wish, chosen[0], error.status)
    return see_other(f"{plan.base}/held")


async def show_held(request: Request) -> Response:
    """Show the time that is kept, and ask whether to book it."""
    plan, tools = await plan_of(request), deps(request)
    await _note_look(request, plan)
    async with tools.database.read() as session:
        holds = await own_holds(session, actor(request), plan.patient.id)
        if not holds:
            return see_other(f"{plan.base}/book")
        hold = holds[-1]
        kind = await visit_type_of(session, hold)
        practitioner = (await practitioners_in(session, actor(request), [hold.id]))[hold.id][0]
    elsewhere = hold.time_zone if differ(hold.starts_at, plan.zone, hold.time_zone) else ""
    context: dict[str, Any] = {"hold": hold, "kind": kind, "called": formal_name(practitioner), "elsewhere": elsewhere}
    return show(request, plan, "held", practitioner=practitioner, is_over=_ran_out(request, hold.held_until), **context)


async def book(request: Request) -> Response:
    """Book what is held. Who came by a link goes on with the new visit."""
    plan, form = await plan_of(request), Form(dict(await request.form()))
    hold_id = parse_id(form.values.get("hold", ""))
    if hold_id is None:
        return see_other(f"{plan.base}/held")
    try:
        booked = await book_held(deps(request), live(request), actor(request), hold_id)
    except SlotTaken as error:
        async with deps(request).database.read() as session:
            hold = await patient_hold(session, actor(request), plan.patient.id, hold_id)
            kind = await visit_type_of(session, hold)
            state = await last_state(session, actor(request), plan.patient.id)
        if kind is None or not (kind.active and kind.self_bookable):
            return see_other(f"{plan.base}/book")
        return await _taken(request, plan, _Wish(kind, state, ""), hold.starts_at, error.status)
    response: Response = see_other(f"{plan.visit_path(booked.encounter_id)}?news=booked")
    if booked.link and plan.own is None:
        response = show(request, plan, "link", 201, url=link_url(deps(request), booked.link))
    if booked.planner:
        set_cookie(response, deps(request).settings, PLAN_COOKIE, booked.planner.text, max_age=PLAN_SECONDS)
    return response


async def _wish(request: Request, plan: Plan, asked: dict[str, str]) -> _Wish:
    async with deps(request).database.read() as session:
        kind_id = parse_id(asked.get("kind", ""))
        kind = await visit_type_by_id(session, actor(request), kind_id, self_bookable=True)
        state = asked.get("state", "") or await last_state(session, actor(request), plan.patient.id)
    who = asked.get("who", "")
    return _Wish(kind, state, who if who == "any" or parse_id(who) else "")


async def _times_of(request: Request, plan: Plan, wish: _Wish, day: str = "") -> Times:
    who, patient = actor(request), plan.patient
    sought = sought_by(patient, wish.kind, wish.state, deps(request).now())
    async with deps(request).database.read() as session:
        people = await known_practitioners(session, who, patient.id)
        own = await own_times(session, who, patient.id)
        known = Known(people, own, patient.language)
        return await times_for(session, who, sought, known, Asked(wish.who, read_day(day)))


async def _taken(request: Request, plan: Plan, wish: _Wish, lost: datetime, status: int) -> Response:
    if wish.state not in STATES:
        return see_other(wish.address(plan))
    times = await _times_of(request, plan, wish)
    return _times(request, plan, wish, times, status, near=times.near(lost))


def _times(request: Request, plan: Plan, wish: _Wish, times: Times, status: int = 200, near: object = None) -> Response:
    context = {"wish": wish, "times": times, "near": near, "states": STATES, "parts": PARTS}
    return show(request, plan, "times_to_book", status, **context)


def _ran_out(request: Request, until: datetime | None) -> bool:
    return until is None or until <= deps(request).now()


async def _note_look(request: Request, plan: Plan) -> None:
    await note_read(deps(request), actor(request), Subject("Appointment", None, plan.patient.id), "own booking")


routes: list[BaseRoute] = [
    route
    for base, policy in (("/plan", planners(Action.PLAN_OWN_VISITS)), ("/my", portal(Action.PLAN_OWN_VISITS)))
    for route in (
        page(f"{base}/book", show_book, policy),
        page(f"{base}/book", take_time, policy, "POST"),
        page(f"{base}/held", show_held, policy),
        page(f"{base}/held", book, policy, "POST"),
    )
]
