"""An administrator's pages for the escalation paths of a service: who is rung, in which order and for how long."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.consults import service_words as words
from server.consults.path_actions import PathTerms, drop_path, keep_path
from server.consults.service_pages import MANAGE, PATH, Shown, seen_version, service_id, shown_service
from server.consults.service_rules import (
    LONGEST_RING,
    MOST_PATHS,
    MOST_RESTARTS,
    MOST_STEPS,
    SHORTEST_RING,
    OnDecline,
    OnNobody,
    Step,
    StepKind,
    Urgency,
)
from server.consults.service_store import kept_paths
from server.consults.service_tables import EscalationPath, EscalationStep
from server.kit import N_, Conflict, Form, Invalid, NotFound
from server.kit.ids import parse_id
from server.web import actor, deps, page, render, see_other

EMPTY_ROWS = 2
SECONDS = N_("Enter the seconds, from 10 to 900.")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A service, and the path of it that the page is of, or None for a new one."""

    shown: Shown
    path: EscalationPath | None
    steps: list[EscalationStep]


async def show_path(request: Request) -> Response:
    """Show the form, filled in with what is kept."""
    kept = await _found(request)
    return _form(request, kept, _values(kept), {})


async def post_path(request: Request) -> Response:
    """Keep what was typed, or say next to the field what is wrong, or show more empty rows."""
    kept = await _found(request)
    form = Form(dict(await request.form()))
    path_id = kept.path.id if kept.path else None
    try:
        terms = read_path(form, [value for value, _ in kept.shown.choices])
        await keep_path(deps(request), actor(request), service_id(request), path_id, terms, seen_version(form))
    except Invalid as error:
        return _form(request, kept, error.values, error.errors, error.status)
    except Conflict as error:
        return _form(request, kept, form.values, {"changed": error.message}, error.status)
    return see_other(f"{PATH}/{kept.shown.service.id}?kept=1#paths")


async def post_no_path(request: Request) -> Response:
    """Take a path away."""
    kept = await _found(request)
    form = Form(dict(await request.form()))
    path_id = kept.path.id if kept.path else None
    try:
        await drop_path(deps(request), actor(request), service_id(request), path_id, seen_version(form))
    except Conflict as error:
        return _form(request, kept, _values(kept), {"changed": error.message}, error.status)
    return see_other(f"{PATH}/{kept.shown.service.id}?kept=1#paths")


def read_path(form: Form, choices: Collection[str]) -> PathTerms:
    """Read a path; `choices` are who can be rung, as `person:<id>` and `group:<id>`. Raises Invalid."""
    name = form.text("name", N_("Say what the path is called."), 80)
    urgencies = tuple(one.value for one in Urgency if form.ticked(f"for_{one}"))
    if not urgencies:
        form.wrong("urgencies", N_("Tick at least one."))
    position = form.choice("position", [str(number) for number in range(1, MOST_PATHS + 1)])
    restarts = form.choice("restarts", [str(number) for number in range(MOST_RESTARTS + 1)])
    on_decline = form.choice("on_decline", [one.value for one in OnDecline])
    on_nobody = form.choice("on_nobody", [one.value for one in OnNobody])
    steps = [_step(form, index, choices) for index in range(MOST_STEPS) if form.values.get(f"who_{index}")]
    if not steps:
        form.wrong("steps", N_("A path rings somebody: fill in one step at least."))
    form.check()
    return PathTerms(
        name,
        urgencies,
        int(position),
        int(restarts),
        OnDecline(on_decline),
        OnNobody(on_nobody),
        tuple(step for step in steps if step),
    )


def _step(form: Form, index: int, choices: Collection[str]) -> Step | None:
    """Read one row; a group is rung at once, or in turn when the choice begins with `turn:`."""
    seconds = form.whole(f"seconds_{index}", SHORTEST_RING, LONGEST_RING, SECONDS)
    who = form.choice(f"who_{index}", [StepKind.EVERYONE.value, *choices, *map(in_turn, choices)])
    if seconds is None or not who:
        return None
    kind, _, typed = who.partition(":")
    id_ = parse_id(typed)
    match kind:
        case "person":
            return Step(StepKind.PERSON, seconds, practitioner_id=id_)
        case "group":
            return Step(StepKind.GROUP, seconds, group_id=id_)
        case "turn":
            return Step(StepKind.ROUND_ROBIN, seconds, group_id=id_)
        case _:
            return Step(StepKind.EVERYONE, seconds)


def in_turn(choice: str) -> str:
    """Give the choice of a group as the one that rings its members in turn; nothing for a person."""
    kind, _, id_ = choice.partition(":")
    return f"turn:{id_}" if kind == "group" else ""


def who_of(step: EscalationStep) -> str:
    """Give whom a step rings as the form's choice."""
    match step.kind:
        case StepKind.PERSON:
            return f"person:{step.practitioner_id}"
        case StepKind.GROUP:
            return f"group:{step.group_id}"
        case StepKind.ROUND_ROBIN:
            return f"turn:{step.group_id}"
        case _:
            return StepKind.EVERYONE.value


async def _found(request: Request) -> _Kept:
    who = actor(request)
    async with deps(request).database.read() as session:
        shown = await shown_service(session, who, service_id(request))
        if "path_id" not in request.path_params:
            return _Kept(shown, None, [])
        wanted: UUID | None = parse_id(request.path_params["path_id"])
        for path, steps in await kept_paths(session, who.organization_id, shown.service.id):
            if path.id == wanted:
                return _Kept(shown, path, steps)
    raise NotFound


def _values(kept: _Kept) -> dict[str, str]:
    path = kept.path
    if path is None:
        place = min(len(kept.shown.paths) + 1, MOST_PATHS)
        first = {"who_0": StepKind.EVERYONE.value, "seconds_0": "60", "for_now": "on", "position": str(place)}
        return first | {"restarts": "1", "on_decline": OnDecline.NEXT.value, "on_nobody": OnNobody.WRITTEN.value}
    values = {field: str(getattr(path, field)) for field in ("name", "position", "restarts", "on_decline", "on_nobody")}
    values |= {f"for_{urgency}": "on" for urgency in path.urgencies}
    for index, step in enumerate(kept.steps):
        values |= {f"who_{index}": who_of(step), f"seconds_{index}": str(step.seconds)}
    return values


def _form(request: Request, kept: _Kept, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    filled = [index for index in range(MOST_STEPS) if values.get(f"who_{index}")]
    context = {
        "shown": kept.shown,
        "path": kept.path,
        "values": values | {"version": str(kept.shown.service.version)},
        "errors": errors,
        "words": words,
        "rows": range(min(MOST_STEPS, (filled[-1] + 1 if filled else 0) + EMPTY_ROWS)),
        "groups": [one for one in kept.shown.choices if one[0].startswith("group:")],
        "people": [one for one in kept.shown.choices if one[0].startswith("person:")],
        "in_turn": in_turn,
        "places": [str(number) for number in range(1, MOST_PATHS + 1)],
        "restarts": [str(number) for number in range(MOST_RESTARTS + 1)],
    }
    return render(request, "consults/path.html", status, **context)


_ONE = f"{PATH}/{{service_id}}/paths"

routes: list[BaseRoute] = [
    page(f"{_ONE}/new", show_path, MANAGE),
    page(f"{_ONE}/new", post_path, MANAGE, "POST"),
    page(f"{_ONE}/{{path_id}}", show_path, MANAGE),
    page(f"{_ONE}/{{path_id}}", post_path, MANAGE, "POST"),
    page(f"{_ONE}/{{path_id}}/drop", post_no_path, MANAGE, "POST"),
]
