"""An administrator's pages for who covers a service, clinic by clinic, and for the groups that cover together."""

from collections.abc import Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.consults.coverage_actions import drop_group, keep_coverage, keep_group
from server.consults.service_actions import CHANGED
from server.consults.service_pages import (
    ALL,
    MANAGE,
    PATH,
    Shown,
    cell,
    seen_version,
    service_form,
    service_id,
    service_values,
    shown_service,
)
from server.consults.service_rules import TIERS, Place
from server.consults.service_store import group_by_id, groups_of, members_of_groups
from server.directory import Practitioner, formal_name, practitioners_of
from server.kit import N_, Conflict, Form, Invalid
from server.kit.ids import parse_id
from server.web import actor, deps, large_form, page, render, see_other

GROUPS = f"{PATH}/groups"
_TIERS = [str(tier) for tier in TIERS]


async def post_coverage(request: Request) -> Response:
    """Keep who covers a service, or say what is wrong."""
    who, wanted = actor(request), service_id(request)
    async with deps(request).database.read() as session:
        shown = await shown_service(session, who, wanted)
    form = Form(dict(await request.form()))
    try:
        await keep_coverage(deps(request), who, wanted, read_tiers(form, shown), seen_version(form))
    except Invalid as error:
        values = service_values(shown.service) | error.values
        return service_form(request, shown, values, error.errors, error.status)
    except Conflict as error:
        values = service_values(shown.service) | form.values
        return service_form(request, shown, values, {"changed": error.message}, error.status)
    return see_other(f"{PATH}/{wanted}?kept=1#coverage")


def read_tiers(form: Form, shown: Shown) -> dict[Place, int]:
    """Read the grid, a field for each who covers and each clinic, and the row that adds one. Raises Invalid."""
    clinics = [ALL, *(id_ for id_, _ in shown.clinics)]
    found: dict[Place, int] = {}
    for place, _ in shown.covers:
        for clinic in clinics:
            tier = form.values.get(cell(place, clinic), "")
            if tier in _TIERS:
                found[Place(place.practitioner_id, place.group_id, parse_id(clinic))] = int(tier)
    if form.values.get("add"):
        kind, _, id_ = form.choice("add", [value for value, _ in shown.choices]).partition(":")
        clinic, tier = form.choice("add_clinic", clinics), form.choice("add_tier", _TIERS)
        form.check()
        person, group = (parse_id(id_) if kind == meant else None for meant in ("person", "group"))
        found[Place(person, group, parse_id(clinic))] = int(tier)
    return found


async def show_groups(request: Request) -> Response:
    """List the groups with those who belong to them."""
    who = actor(request)
    async with deps(request).database.read() as session:
        groups = await groups_of(session, who)
        members = await members_of_groups(session, who.organization_id, [group.id for group in groups])
        names = {one.id: formal_name(one) for one in await practitioners_of(session, who)}
    people = {group.id: [names[id_] for id_ in members[group.id]] for group in groups}
    return render(request, "consults/groups.html", groups=groups, people=people)


async def show_group(request: Request) -> Response:
    """Show the form, filled in with what is kept."""
    return await _group_form(request, await _group_values(request), {})


async def post_group(request: Request) -> Response:
    """Keep what was typed, or say next to the field what is wrong."""
    await _group_values(request)  # not found comes before what was typed
    form = Form(dict(await request.form()))
    people = await _people(request)
    try:
        name = form.text("name", N_("Say what the group is called."), 80)
        members = frozenset(one.id for one in people if form.ticked(f"with_{one.id}"))
        form.check()
        await keep_group(deps(request), actor(request), _group_id(request), name, members, seen_version(form))
    except Invalid as error:
        return await _group_form(request, error.values, error.errors, error.status)
    except Conflict as error:
        place = "changed" if error.message == CHANGED else "name"
        return await _group_form(request, form.values, {place: error.message}, error.status)
    return see_other(GROUPS)


async def post_no_group(request: Request) -> Response:
    """Take a group away, or say what uses it."""
    try:
        await drop_group(deps(request), actor(request), _group_id(request))
    except Conflict as error:
        return await _group_form(request, await _group_values(request), {"changed": error.message}, error.status)
    return see_other(GROUPS)


async def _group_values(request: Request) -> dict[str, str]:
    """Give the group of the address as the fields of its form, a new one where it names none. Raises NotFound."""
    if "group_id" not in request.path_params:
        return {"version": "0"}
    async with deps(request).database.read() as session:
        group = await group_by_id(session, actor(request), _group_id(request))
        members = await members_of_groups(session, group.organization_id, [group.id])
    values = {"name": group.name, "version": str(group.version)}
    return values | {f"with_{id_}": "on" for id_ in members[group.id]}


async def _people(request: Request) -> Sequence[Practitioner]:
    async with deps(request).database.read() as session:
        return await practitioners_of(session, actor(request))


async def _group_form(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    people = [(f"with_{one.id}", f"{formal_name(one)}, {one.specialty}") for one in await _people(request)]
    if errors.get("changed") == CHANGED:  # who saves again after this warning means it
        values = values | {"version": (await _group_values(request))["version"]}
    context = {"group_id": _group_id(request), "people": people, "values": values, "errors": errors}
    return render(request, "consults/group.html", status, **context)


def _group_id(request: Request) -> UUID | None:
    return parse_id(request.path_params.get("group_id", ""))


_MANY = large_form(MANAGE, fields=5000)
"""A field for each who covers and each clinic, or for each practitioner."""

routes: list[BaseRoute] = [
    page(GROUPS, show_groups, MANAGE),
    page(f"{GROUPS}/new", show_group, MANAGE),
    page(f"{GROUPS}/new", post_group, _MANY, "POST"),
    page(f"{GROUPS}/{{group_id}}", show_group, MANAGE),
    page(f"{GROUPS}/{{group_id}}", post_group, _MANY, "POST"),
    page(f"{GROUPS}/{{group_id}}/drop", post_no_group, MANAGE, "POST"),
    page(f"{PATH}/{{service_id}}/coverage", post_coverage, _MANY, "POST"),
]
