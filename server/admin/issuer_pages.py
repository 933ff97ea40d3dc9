"""The OpenID providers of an organization: which there are, what they give, and whether they answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.identity import (
    EmailDomain,
    Issuer,
    IssuerDetails,
    add_issuer,
    callback_address,
    change_issuer,
    check_issuer,
    domains_of,
    enable_issuer,
    issuer_by_id,
    issuers_of,
    left_address,
    read_role_lines,
    role_lines,
)
from server.kit import N_, Form, Invalid
from server.kit.ids import parse_id
from server.web import actor, deps, fresh, page, render, see_other, staff

_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_MOST_DOMAINS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """An issuer as the list shows it."""

    issuer: Issuer
    domains: Sequence[EmailDomain]


async def show_issuers(request: Request) -> Response:
    """Show the organization's issuers."""
    who = actor(request)
    async with deps(request).database.read() as session:
        rows = [Row(issuer, await domains_of(session, issuer.id)) for issuer in await issuers_of(session, who)]
    return render(request, "admin/issuers.html", rows=rows)


async def new_issuer(request: Request) -> Response:
    """Show the empty form of an issuer."""
    return _form(request, {}, {})


async def create_issuer(request: Request) -> Response:
    """Set an issuer up, or only ask whether it answers."""
    form = Form(dict(await request.form()))
    issuer = form.text("issuer", N_("Enter the issuer's address, like https://id.example.org/realms/clinic."), 300)
    try:
        details = _details(form, issuer)
        if "test" in form.values:
            return await _tested(request, form, issuer)
        form.check()
        issuer_id = await add_issuer(deps(request), actor(request), details)
    except Invalid as error:
        return _form(request, form.values, error.errors, status=error.status)
    return see_other(f"/admin/issuers/{issuer_id}")


async def show_issuer(request: Request) -> Response:
    """Show one issuer, with the addresses that the provider must know."""
    async with deps(request).database.read() as session:
        row = await issuer_by_id(session, actor(request), parse_id(request.path_params["issuer_id"]))
        domains = await domains_of(session, row.id)
    return _form(request, _values(row, domains), {}, row, domains)


async def save_issuer(request: Request) -> Response:
    """Change an issuer, or only ask whether it answers."""
    form, issuer_id = Form(dict(await request.form())), parse_id(request.path_params["issuer_id"])
    async with deps(request).database.read() as session:
        row = await issuer_by_id(session, actor(request), issuer_id)
        domains = await domains_of(session, row.id)
    try:
        details = _details(form, row.issuer)
        if "test" in form.values:
            return await _tested(request, form, row.issuer, row, domains)
        form.check()
        await change_issuer(deps(request), actor(request), issuer_id, details)
    except Invalid as error:
        return _form(request, {"issuer": row.issuer, **form.values}, error.errors, row, domains, error.status)
    return see_other("/admin/issuers")


async def switch_issuer(request: Request) -> Response:
    """Let an issuer sign in, or no longer."""
    wanted = (await request.form()).get("enabled") == "1"
    await enable_issuer(deps(request), actor(request), parse_id(request.path_params["issuer_id"]), enabled=wanted)
    return see_other("/admin/issuers")


def _details(form: Form, issuer: str) -> IssuerDetails:
    domains = tuple(dict.fromkeys(re.split(r"[\s,;]+", form.optional("domains", 4000).lower().strip()))) or ()
    domains = tuple(name.removeprefix("@") for name in domains if name)
    if len(domains) > _MOST_DOMAINS or not all(_DOMAIN.fullmatch(name) for name in domains):
        form.wrong("domains", N_("Enter domains like cedarcreek.example, one on each line."))
    roles = read_role_lines(form.optional("role_map", 4000))
    if roles is None:
        form.wrong("role_map", N_("Write one line for each, like: doctors = pcp"))
    return IssuerDetails(
        label=form.text("label", N_("Enter a short name, as people here know it."), 60),
        issuer=issuer,
        client_id=form.text("client_id", N_("Enter the client id that the provider shows."), 200),
        client_secret=form.optional("client_secret", 500),
        domains=domains,
        role_claim=form.optional("role_claim", 100),
        role_map=roles or {},
        provisions=form.ticked("provisions"),
    )


async def _tested(
    request: Request, form: Form, issuer: str, row: Issuer | None = None, domains: Sequence[EmailDomain] = ()
) -> Response:
    await deps(request).limits.spend("issuer test", "20/minute", str(actor(request).account_id))
    words = await check_issuer(deps(request), issuer)
    errors = {"issuer": words} if words else {}
    values = {"issuer": issuer, **form.values}
    return _form(request, values, errors, row, domains, status=422 if words else 200, answered=not words)


def _form(
    request: Request,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    row: Issuer | None = None,
    domains: Sequence[EmailDomain] = (),
    status: int = 200,
    *,
    answered: bool = False,
) -> Response:
    settings = deps(request).settings
    addresses = (
        (
            (N_("Redirect URI"), callback_address(settings, row.id)),
            (N_("Back-channel logout URI"), f"{settings.public_url}/login/oidc/{row.id}/logout"),
            (N_("Post-logout redirect URI"), left_address(settings, row.id)),
        )
        if row
        else ()
    )
    # the secret is written only: it is never shown again, not even to who typed it
    shown = {name: value for name, value in values.items() if name != "client_secret"}
    return render(
        request,
        "admin/issuer.html",
        status,
        values=shown,
        errors=errors,
        row=row,
        domains=domains,
        addresses=addresses,
        answered=answered,
    )


def _values(row: Issuer, domains: Sequence[EmailDomain]) -> dict[str, str]:
    return {
        "label": row.label,
        "issuer": row.issuer,
        "client_id": row.client_id,
        "domains": "\n".join(domain.domain for domain in domains),
        "role_claim": row.role_claim,
        "role_map": role_lines(row.role_map),
        "provisions": "on" if row.provisions else "",
    }


_LOOK = staff(Action.MANAGE_ISSUERS)
_CHANGE = fresh(_LOOK)

routes: list[BaseRoute] = [
    page("/admin/issuers", show_issuers, _LOOK),
    page("/admin/issuers", create_issuer, _CHANGE, "POST"),
    page("/admin/issuers/new", new_issuer, _CHANGE),
    page("/admin/issuers/{issuer_id}", show_issuer, _LOOK),
    page("/admin/issuers/{issuer_id}", save_issuer, _CHANGE, "POST"),
    page("/admin/issuers/{issuer_id}/switch", switch_issuer, _CHANGE, "POST"),
]
