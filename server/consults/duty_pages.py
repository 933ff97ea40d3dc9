"""Pages for who is on duty: a specialist's own, those of all for administrators, and a part of Today."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Role, require
from server.consults import service_words as words
from server.consults.duty_actions import Limits, duty_record, keep_limits, may_set_duty, set_duty
from server.consults.service_rules import DUTY_LENGTHS, LARGEST_CAPACITY, OLDEST, Duty, Standing
from server.consults.service_store import on_duty, profiles_of, standing_of, who_covers
from server.consults.service_tables import SpecialistProfile
from server.directory import Practitioner, formal_name, practitioner_of_account, practitioners_of, working_zone
from server.kit import N_, Form, Invalid, NotFound
from server.kit.ids import parse_id
from server.web import actor, deps, page, render, see_other, staff

PATH = "/duty"


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose duty it is, what they said of it, whether they are on duty now, and the zone that times are said in."""

    practitioner: Practitioner
    profile: SpecialistProfile | None
    standing: Standing
    is_on: bool
    zone: str


async def show_people(request: Request) -> Response:
    """Lead to one's own page; show administrators who covers anything, and whether they are on duty."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        mine = await practitioner_of_account(session, who)
        covering = await who_covers(session, who.organization_id)
        everybody = await practitioners_of(session, who)
    if Role.ADMINISTRATOR not in who.roles:
        return see_other(f"{PATH}/{mine.id}") if mine else render(request, "consults/duty_of.html", people=[])
    people = [one for one in everybody if one.id in covering]
    shown = await _shown(request, people)
    return render(request, "consults/duty_of.html", people=shown)


async def show_duty(request: Request) -> Response:
    """Show whether somebody is on duty, and the forms that change it."""
    shown = await _found(request)
    return _form(request, shown, _values(shown), {})


async def post_duty(request: Request) -> Response:
    """Put somebody on duty or off it; as a part of Today when htmx asks for one."""
    shown = await _found(request)
    form = Form(dict(await request.form()))
    duty = form.choice("duty", [one.value for one in Duty])
    length = form.choice("for", ["", *DUTY_LENGTHS])
    try:
        form.check()
    except Invalid as error:
        return _form(request, shown, _values(shown) | error.values, error.errors, error.status)
    until = deps(request).now() + DUTY_LENGTHS[length] if length else None
    await set_duty(deps(request), actor(request), shown.practitioner.id, Duty(duty), until)
    if request.headers.get("hx-request"):
        return await show_own(request)
    return see_other(f"{PATH}/{shown.practitioner.id}?kept=1")


async def post_limits(request: Request) -> Response:
    """Keep how many consults somebody takes at once, and for whom."""
    shown = await _found(request)
    form = Form(dict(await request.form()))
    try:
        limits = read_limits(form)
    except Invalid as error:
        return _form(request, shown, _values(shown) | error.values, error.errors, error.status)
    await keep_limits(deps(request), actor(request), shown.practitioner.id, limits)
    return see_other(f"{PATH}/{shown.practitioner.id}?kept=1")


async def show_own(request: Request) -> Response:
    """Show one's own duty as a part of Today; nothing for who covers no service."""
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        mine = await practitioner_of_account(session, who)
        covering = await who_covers(session, who.organization_id)
    shown = await _shown(request, [mine] if mine and mine.id in covering else [])
    return render(request, "consults/_duty.html", shown=shown[0] if shown else None)


def read_limits(form: Form) -> Limits:
    """Read how many at once and the ages. Raises Invalid."""
    capacity = form.whole("capacity", 0, LARGEST_CAPACITY, N_("Enter a whole number, from 0 to 50."))
    ages = [
        form.whole(field, 0, OLDEST, N_("Enter years, from 0 to 120.")) if form.values.get(field) else None
        for field in ("min_age", "max_age")
    ]
    if ages[0] is not None and ages[1] is not None and ages[1] < ages[0]:
        form.wrong("max_age", N_("The oldest is younger than the youngest."))
    form.check()
    return Limits(capacity or 0, *ages)


async def _found(request: Request) -> Shown:
    """Find whose duty it is. Raises NotFound, and Forbidden for who does not say it."""
    who = actor(request)
    wanted: UUID | None = parse_id(request.path_params["practitioner_id"])
    async with deps(request).database.read() as session:
        practitioner = next((one for one in await practitioners_of(session, who) if one.id == wanted), None)
    if practitioner is None:
        raise NotFound
    require(who, Action.SET_DUTY, duty_record(practitioner))
    return (await _shown(request, [practitioner]))[0]


async def _shown(request: Request, people: Sequence[Practitioner]) -> list[Shown]:
    tools, who = deps(request), actor(request)
    people = [one for one in people if may_set_duty(who, one)]
    async with tools.database.read() as session:
        profiles = await profiles_of(session, people)
        working = await on_duty(session, people, profiles, tools.now())
        zone = await working_zone(session, who)
    return [_one(one, profiles.get(one.id), one.id in working, zone, request) for one in people]


def _one(
    practitioner: Practitioner, profile: SpecialistProfile | None, is_on: bool, zone: str, request: Request
) -> Shown:
    standing = standing_of(profile)
    if not standing.holds(deps(request).now()):
        standing = Standing()  # what they said is over: their hours count
    return Shown(practitioner, profile, standing, is_on, zone)


def _values(shown: Shown) -> dict[str, str]:
    limits = shown.profile or Limits()
    ages = {"min_age": limits.min_age, "max_age": limits.max_age}
    values = {field: str(age) for field, age in ages.items() if age is not None}
    return values | {"duty": shown.standing.duty.value, "for": "", "capacity": str(limits.capacity)}


def _form(
    request: Request, shown: Shown, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    context = {
        "shown": shown,
        "called": formal_name(shown.practitioner),
        "is_own": shown.practitioner.account_id == actor(request).account_id,
        "values": values,
        "errors": errors,
        "words": words,
        "kept": request.method == "GET" and "kept" in request.query_params,
    }
    return render(request, "consults/duty.html", status, **context)


_SET = staff(Action.SET_DUTY)

routes: list[BaseRoute] = [
    page(PATH, show_people, _SET),
    page(f"{PATH}/own", show_own, _SET),
    page(f"{PATH}/{{practitioner_id}}", show_duty, _SET),
    page(f"{PATH}/{{practitioner_id}}", post_duty, _SET, "POST"),
    page(f"{PATH}/{{practitioner_id}}/limits", post_limits, _SET, "POST"),
]
