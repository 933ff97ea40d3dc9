"""An administrator's pages for services: which there are, and what each is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action, Actor
from server.consults import service_words as words
from server.consults.service_actions import CHANGED, ServiceTerms, keep_service
from server.consults.service_rules import Kind, Mode, Place, longest_wait
from server.consults.service_store import (
    as_step,
    coverage_rows,
    groups_of,
    kept_coverage,
    kept_paths,
    service_by_id,
    services_of,
)
from server.consults.service_tables import ConsultService
from server.directory import PROFESSIONS, clinics_of, formal_name, practitioners_of
from server.kit import N_, Conflict, Form, Invalid
from server.kit.ids import parse_id
from server.web import actor, deps, page, render, see_other, staff

PATH = "/services"
MOST_QUESTIONS, LONGEST_QUESTION = 10, 200
ALL = "all"


@dataclass(frozen=True, slots=True)
class Shown:
    """A service as its page shows it: who covers it, its paths with their longest wait, and who could be added."""

    service: ConsultService
    tiers: dict[Place, int]
    covers: list[tuple[Place, str]]
    clinics: list[tuple[str, str]]
    choices: list[tuple[str, str]]
    paths: list[dict[str, Any]]


async def show_services(request: Request) -> Response:
    """List the services, each with how many people cover it."""
    who = actor(request)
    async with deps(request).database.read() as session:
        services = await services_of(session, who)
        counted = Counter(
            {
                row.id: len(
                    {cover.practitioner_id for cover in await coverage_rows(session, who.organization_id, row.id)}
                )
                for row in services
            }
        )
    return render(request, "consults/services.html", services=services, counted=counted, words=words)


async def show_new_service(request: Request) -> Response:
    """Show the empty form."""
    values = {"target_minutes": "5", "due_hours": "24", "active": "on", "kind": Kind.ADULT_PSYCHIATRY.value}
    return service_form(request, None, values | {f"mode_{mode}": "on" for mode in Mode}, {})


async def show_service(request: Request) -> Response:
    """Show what a service is, who covers it and its paths."""
    async with deps(request).database.read() as session:
        shown = await shown_service(session, actor(request), service_id(request))
    return service_form(request, shown, service_values(shown.service), {})


async def post_service(request: Request) -> Response:
    """Keep what was typed, or say next to the field what is wrong."""
    wanted = service_id(request)
    shown = None
    if "service_id" in request.path_params:
        async with deps(request).database.read() as session:
            shown = await shown_service(session, actor(request), wanted)
    form = Form(dict(await request.form()))
    try:
        kept = await keep_service(deps(request), actor(request), wanted, _read(form), seen_version(form))
    except Invalid as error:
        return service_form(request, shown, error.values, error.errors, error.status)
    except Conflict as error:
        place = "changed" if error.message == CHANGED else "name"
        return service_form(request, shown, form.values, {place: error.message}, error.status)
    return see_other(f"{PATH}/{kept}?kept=1")


def service_id(request: Request) -> UUID | None:
    """Read which service the address is of."""
    return parse_id(request.path_params.get("service_id", ""))


def seen_version(form: Form) -> int:
    """Read the version that the person saw; one that nobody can have seen for anything else."""
    typed = form.values.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else -1


async def shown_service(session: AsyncSession, who: Actor, wanted: UUID | None) -> Shown:
    """Gather what the page of a service shows. Raises NotFound."""
    service = await service_by_id(session, who, wanted)
    names: dict[UUID, str] = {
        one.id: f"{formal_name(one)}, {one.specialty}" for one in await practitioners_of(session, who)
    }
    groups = {group.id: group.name for group in await groups_of(session, who)}
    rows = [row for row in await kept_coverage(session, who.organization_id, service.id) if row.active]
    tiers = {Place(row.practitioner_id, row.group_id, row.clinic_id): row.tier for row in rows}
    covers = {Place(place.practitioner_id, place.group_id): "" for place in tiers}
    every = names | groups
    called = [(place, every[id_]) for place in covers if (id_ := place.practitioner_id or place.group_id)]
    paths = [
        {"path": path, "steps": len(steps), "longest": longest_wait(map(as_step, steps), path.restarts)}
        for path, steps in await kept_paths(session, who.organization_id, service.id)
    ]
    choices = [*((f"group:{id_}", name) for id_, name in groups.items())]
    choices += [(f"person:{id_}", name) for id_, name in names.items()]
    clinics = [(str(one.id), one.name) for one in await clinics_of(session, who)]
    return Shown(service, tiers, sorted(called, key=lambda one: one[1].casefold()), clinics, choices, paths)


def service_values(service: ConsultService) -> dict[str, str]:
    """Give a service as the fields of its form."""
    values = {field: str(getattr(service, field)) for field in ("name", "kind", "target_minutes", "due_hours")}
    values |= {f"mode_{mode}": "on" for mode in service.modes}
    values |= {f"by_{PROFESSIONS.index(one)}": "on" for one in service.professions if one in PROFESSIONS}
    values |= {"active": "on"} if service.active else {}
    return values | {"questions": "\n".join(service.questions), "version": str(service.version)}


def service_form(
    request: Request, shown: Shown | None, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    """Answer with the page of a service; `values` and `errors` are those of any of its forms."""
    context = {
        "shown": shown,
        "tiers": _tiers(shown, values) if shown else {},
        "values": values | ({"version": str(shown.service.version)} if shown else {}),
        "errors": errors,
        "words": words,
        "professions": [(f"by_{index}", words.PROFESSIONS[one]) for index, one in enumerate(PROFESSIONS)],
        "kept": request.method == "GET" and "kept" in request.query_params,
    }
    return render(request, "consults/service.html", status, **context)


def cell(place: Place, clinic: str) -> str:
    """Name the field of the grid for somebody and a clinic's id, or `ALL`."""
    return f"tier_{place.practitioner_id or place.group_id}_{clinic}"


def _tiers(shown: Shown, values: Mapping[str, str]) -> dict[str, str]:
    """Give the fields of the grid: what is kept, or what was typed instead."""
    kept = {cell(place, str(place.clinic_id or ALL)): str(tier) for place, tier in shown.tiers.items()}
    return kept | {name: tier for name, tier in values.items() if name.startswith("tier_")}


def _read(form: Form) -> ServiceTerms:
    name = form.text("name", N_("Say what colleagues call it."), 80)
    kind = form.choice("kind", [kind.value for kind in Kind])
    modes = tuple(mode.value for mode in Mode if form.ticked(f"mode_{mode}"))
    if not modes:
        form.wrong("modes", N_("Tick at least one."))
    minutes = form.whole("target_minutes", 1, 60, N_("Enter the minutes, from 1 to 60."))
    hours = form.whole("due_hours", 1, 336, N_("Enter the hours, from 1 to 336."))
    questions = _questions(form)
    form.check()
    professions = tuple(one for index, one in enumerate(PROFESSIONS) if form.ticked(f"by_{index}"))
    return ServiceTerms(
        name, Kind(kind), professions, modes, questions, minutes or 1, hours or 1, active=form.ticked("active")
    )


def _questions(form: Form) -> tuple[str, ...]:
    """Read one question a line."""
    lines = [line.strip() for line in form.values.get("questions", "").splitlines() if line.strip()]
    if len(lines) > MOST_QUESTIONS or any(len(line) > LONGEST_QUESTION for line in lines):
        form.wrong("questions", N_("At most 10 questions of 200 letters."))
    return tuple(lines)


MANAGE = staff(Action.MANAGE_SERVICES)

routes: Sequence[BaseRoute] = [
    page(PATH, show_services, MANAGE),
    page(f"{PATH}/new", show_new_service, MANAGE),
    page(f"{PATH}/new", post_service, MANAGE, "POST"),
]
one_service: Sequence[BaseRoute] = [
    page(f"{PATH}/{{service_id}}", show_service, MANAGE),
    page(f"{PATH}/{{service_id}}", post_service, MANAGE, "POST"),
]
"""Behind all others: their addresses would be taken for a service's."""
