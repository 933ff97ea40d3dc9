"""The first page of a new server, by the link on the console: organization, first clinic, first administrator."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.admin.actions import set_up
from server.directory import ZONES, NewOrganization
from server.identity import NewMember, hash_password, let_in_account, look_at_account_link, refused_password
from server.kit import N_, Form, Invalid, digest
from server.web import LANGUAGES, PUBLIC, client_address, deps, page, render, use_language, zone_name


async def show_setup(request: Request) -> Response:
    """Show the form, while the link opens. Looking spends nothing."""
    await _look(request)
    language = use_language(request)
    return _form(request, {"language": language, "time_zone": ZONES[0]}, {})


async def create_setup(request: Request) -> Response:
    """Make everything at once and sign the administrator in."""
    await _look(request)
    posted = dict(await request.form())
    form = Form(posted)
    new = NewOrganization(
        form.text("organization", N_("Enter the name of your organization."), 120),
        form.choice("language", LANGUAGES),
        form.text("clinic", N_("Enter the name of the clinic."), 120),
        form.phone("phone"),
        form.choice("time_zone", ZONES),
    )
    name, email, password = _name(form), form.email("email"), str(posted.get("password", ""))
    if wrong := refused_password(password, (name, email, new.name)):
        form.wrong("password", wrong)
    if form.errors:
        return _form(request, form.values, form.errors, 422)
    first = NewMember(email, name, await hash_password(password))
    try:
        account, organization_id = await set_up(deps(request), request.path_params["token"], new, first)
    except Invalid as error:
        return _form(request, form.values, error.errors, error.status)
    return await let_in_account(request, account, ("pwd",), organization_id)


def _name(form: Form) -> str:
    given = form.text("given_name", N_("Enter the first name."), 50)
    return f"{given} {form.text('family_name', N_('Enter the last name.'), 50)}".strip()


async def _look(request: Request) -> None:
    await deps(request).limits.spend("account link", "60/minute", client_address(request))
    async with deps(request).database.read() as session:
        await look_at_account_link(session, deps(request), "setup", digest(request.path_params["token"]))


def _form(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    zones = [(zone, zone_name(zone)) for zone in ZONES]
    return render(request, "admin/setup.html", status, values=values, errors=errors, zones=zones)


routes: list[BaseRoute] = [
    page("/setup/{token}", show_setup, PUBLIC),
    page("/setup/{token}", create_setup, PUBLIC, "POST"),
]
