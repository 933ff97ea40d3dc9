"""An administrator's pages for the kinds of visit that the organization offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.directory import Practitioner, formal_name, practitioners_of
from server.kit import N_, Form, Invalid, NotFound
from server.kit.ids import parse_id
from server.scheduling.tables import VisitType
from server.scheduling.visit_type_actions import VisitTypeTerms, keep_visit_type
from server.scheduling.visit_type_store import kept_visit_type, kept_visit_types, named_givers
from server.web import actor, deps, page, render, see_other, staff

PATH = "/admin/visit-types"
VIDEO, IN_PERSON = "video", "in-person"
MODALITIES = {VIDEO: N_("Video"), IN_PERSON: N_("In person")}
NAMED = "named"
SHORTEST, LONGEST = 5, 240


@dataclass(frozen=True, slots=True)
class _Kept:
    """A kind of visit as it is kept, or None for a new one; who could give it; and whom it names."""

    visit_type: VisitType | None
    people: Sequence[Practitioner]
    named: frozenset[UUID]

    @property
    def specialties(self) -> list[str]:
        """Those of the practitioners, and the one that is kept though nobody has it any more."""
        kept = {self.visit_type.specialty} if self.visit_type else set()
        return sorted({one.specialty for one in self.people} | kept - {""})

    @property
    def path(self) -> str:
        """Where its form is."""
        return f"{PATH}/{self.visit_type.id if self.visit_type else 'new'}"


async def show_visit_types(request: Request) -> Response:
    """List the kinds of visit."""
    async with deps(request).database.read() as session:
        types = await kept_visit_types(session, actor(request))
    return render(request, "scheduling/visit_types.html", types=types, modalities=MODALITIES)


async def show_visit_type(request: Request) -> Response:
    """Show the form, filled in with what is kept."""
    kept = await _found(request)
    return _form(request, kept, _values(kept), {})


async def post_visit_type(request: Request) -> Response:
    """Keep what was typed, or say next to the field what is wrong."""
    kept = await _found(request)
    form = Form(dict(await request.form()))
    try:
        terms = _read(form, kept)
    except Invalid as error:
        return _form(request, kept, error.values, error.errors, error.status)
    await keep_visit_type(deps(request), actor(request), kept.visit_type.id if kept.visit_type else None, terms)
    return see_other(PATH)


async def _found(request: Request) -> _Kept:
    who, wanted = actor(request), request.path_params.get("visit_type_id")
    async with deps(request).database.read() as session:
        people = await practitioners_of(session, who)
        if wanted is None:
            return _Kept(None, people, frozenset())
        if (visit_type_id := parse_id(wanted)) is None:
            raise NotFound
        visit_type = await kept_visit_type(session, who, visit_type_id)
        return _Kept(visit_type, people, await named_givers(session, visit_type))


def _read(form: Form, kept: _Kept) -> VisitTypeTerms:
    name = form.text("name", N_("Say what patients and staff call it."), 80)
    minutes = form.whole("minutes", SHORTEST, LONGEST, N_("Enter the minutes, from 5 to 240."))
    modality = form.choice("modality", MODALITIES)
    specialty = form.choice("given_by", [NAMED, *kept.specialties], N_("Choose who gives it."))
    named = frozenset(one.id for one in kept.people if form.ticked(f"by_{one.id}"))
    if specialty == NAMED and not named:
        form.wrong("practitioners", N_("Tick who gives it."))
    alone = form.ticked("self_bookable")
    if alone and modality == IN_PERSON:
        form.wrong("self_bookable", N_("Patients book video visits alone; visits in person are booked by the clinic."))
    name_es = form.optional("name_es", 80)
    instructions, instructions_es = (form.optional(field, 1000) for field in ("instructions", "instructions_es"))
    form.check()
    is_named = specialty == NAMED
    return VisitTypeTerms(
        name,
        name_es,
        minutes or SHORTEST,  # `check` raises where it is None
        modality,
        "" if is_named else specialty,
        named if is_named else frozenset(),
        instructions,
        instructions_es,
        self_bookable=alone,
        active=form.ticked("active"),
    )


def _values(kept: _Kept) -> dict[str, str]:
    row = kept.visit_type
    if row is None:
        return {"minutes": "30", "modality": VIDEO, "active": "on"}
    values = {
        field: getattr(row, field) for field in ("name", "name_es", "modality", "instructions", "instructions_es")
    }
    values |= {"minutes": str(row.minutes), "given_by": row.specialty or NAMED}
    values |= {field: "on" for field in ("self_bookable", "active") if getattr(row, field)}
    return values | {f"by_{id_}": "on" for id_ in kept.named}


def _form(request: Request, kept: _Kept, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    context = {
        "kept": kept,
        "values": values,
        "errors": errors,
        "modalities": MODALITIES,
        "people": [(f"by_{one.id}", f"{formal_name(one)}, {one.specialty}") for one in kept.people],
    }
    return render(request, "scheduling/visit_type.html", status, **context)


_MANAGE = staff(Action.MANAGE_ORGANIZATION)

routes: list[BaseRoute] = [
    page(PATH, show_visit_types, _MANAGE),
    page(f"{PATH}/new", show_visit_type, _MANAGE),
    page(f"{PATH}/new", post_visit_type, _MANAGE, "POST"),
    page(f"{PATH}/{{visit_type_id}}", show_visit_type, _MANAGE),
    page(f"{PATH}/{{visit_type_id}}", post_visit_type, _MANAGE, "POST"),
]
