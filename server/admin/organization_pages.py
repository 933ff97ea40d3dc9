"""What an organization asks of those who sign in, and who hears of emergency access."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import STAFF, Action, Role
from server.directory import organization_of, privacy_contact, set_privacy_contact
from server.identity import require_second_factor, second_factor_roles
from server.kit import N_, Form, Invalid
from server.web import actor, deps, fresh, page, render, see_other, staff

HERE = "/admin/organization"
# In the order of the sign-in page.
ROLES = (
    (Role.PCP, N_("Primary care practitioner")),
    (Role.SPECIALIST, N_("Specialist")),
    (Role.CARE_MANAGER, N_("Care manager")),
    (Role.FRONT_DESK, N_("Front desk")),
    (Role.ADMINISTRATOR, N_("Administrator")),
)
_MANAGERS = fresh(staff(Action.MANAGE_ORGANIZATION))


async def show_organization(request: Request) -> Response:
    """Show what is set."""
    return await _show(request, {}, {})


async def keep_roles(request: Request) -> Response:
    """Keep which roles need a second factor."""
    async with request.form() as posted:
        ticked = {str(value) for value in posted.getlist("role")}
    await require_second_factor(deps(request), actor(request), {role for role in STAFF if role in ticked})
    return see_other(HERE)


async def keep_contact(request: Request) -> Response:
    """Keep the privacy contact."""
    form = Form(dict(await request.form()))
    email = form.email("privacy", required=False)
    try:
        form.check()
    except Invalid as error:
        return await _show(request, error.values, error.errors, error.status)
    await set_privacy_contact(deps(request), actor(request), email)
    return see_other(HERE)


async def _show(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    tools = deps(request)
    async with tools.database.read() as session:
        organization = await organization_of(session, actor(request))
        chosen = await second_factor_roles(session, actor(request).organization_id)
    values = {"privacy": privacy_contact(tools.keyring, organization), **values}
    return render(
        request,
        "admin/organization.html",
        status,
        organization=organization,
        roles=ROLES,
        chosen=chosen,
        values=values,
        errors=errors,
    )


routes: list[BaseRoute] = [
    page(HERE, show_organization, _MANAGERS),
    page(f"{HERE}/sign-in", keep_roles, _MANAGERS, "POST"),
    page(f"{HERE}/privacy", keep_contact, _MANAGERS, "POST"),
]
