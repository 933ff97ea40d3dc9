"""An invitation as the invited person meets it: who invites, and how to accept. Looking spends nothing."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Actor
from server.directory import Organization, organization_by_id
from server.identity import (
    HAS_ACCOUNT,
    Account,
    AccountLink,
    NewMember,
    accept_invitation,
    account_exists,
    account_link_email,
    hash_password,
    join,
    let_in_account,
    look_at_account_link,
    refused_password,
    sign_in_issuers_of,
)
from server.kit import N_, Conflict, Form, digest
from server.web import PUBLIC, client_address, deps, page, render, signed_in

NOT_YOURS = N_("This invitation is for another e-mail. Sign out first, then open the link again.")


@dataclass(frozen=True, slots=True)
class _Opened:
    """An invitation that still opens, and what its page says."""

    link: AccountLink
    organization: Organization
    inviter: str
    email: str
    issuers: list[dict[str, str]]
    has_account: bool
    me: Account | None

    @property
    def is_mine(self) -> bool:
        """Tell whether whoever is signed in may accept it."""
        return self.me is not None and self.link.email_index in {None, self.me.email_index}


async def show_invitation(request: Request) -> Response:
    """Show who invites, and the way in: accept, sign in first, or a new password."""
    opened = await _open(request)
    return _form(request, opened, {"name": opened.link.name}, {})


async def take_invitation(request: Request) -> Response:
    """Accept: with the account that is signed in, or with a new one."""
    opened = await _open(request)
    if opened.me is not None:
        return await _accept(request, opened, opened.me)
    if opened.has_account:
        raise Conflict(HAS_ACCOUNT)
    posted = dict(await request.form())
    form, password = Form(posted), str(posted.get("password", ""))
    name = form.text("name", N_("Enter your name."), 120)
    email = opened.email or form.email("email")
    if wrong := refused_password(password, (name, email, opened.organization.name)):
        form.wrong("password", wrong)
    if form.errors:
        return _form(request, opened, form.values, form.errors, 422)
    person = NewMember(email, name, await hash_password(password))
    account, organization_id = await join(deps(request), digest(request.path_params["token"]), person)
    return await let_in_account(request, account, ("pwd",), organization_id, "/joined")


async def show_joined(request: Request) -> Response:
    """Welcome a new member: to their work, or first to a second way of signing in."""
    return render(request, "admin/joined.html", organization="")


async def _accept(request: Request, opened: _Opened, account: Account) -> Response:
    if not opened.is_mine:
        raise Conflict(NOT_YOURS)
    async with deps(request).database.write() as session:
        token_hash = digest(request.path_params["token"])
        await accept_invitation(deps(request), session, token_hash, account, _signed_in(request))
    return render(request, "admin/joined.html", organization=opened.organization.name)


async def _open(request: Request) -> _Opened:
    tools, who = deps(request), _signed_in(request)
    await tools.limits.spend("account link", "60/minute", client_address(request))
    async with tools.database.read() as session:
        link = await look_at_account_link(session, tools, "invitation", digest(request.path_params["token"]))
        organization = await organization_by_id(session, link.organization_id)
        inviter = await session.get(Account, link.created_by) if link.created_by else None
        issuers = await sign_in_issuers_of(session, organization.id)
        known = link.email_index is not None and await account_exists(session, link.email_index)
        me = await session.get(Account, who.account_id) if who else None
    return _Opened(
        link,
        organization,
        inviter.name if inviter else "",
        account_link_email(tools.keyring, link),
        [{"id": str(issuer.id), "label": issuer.label} for issuer in issuers],
        known,
        me,
    )


def _signed_in(request: Request) -> Actor | None:
    found: Actor | None = request.state.staff or request.state.portal
    return found


def _form(
    request: Request, opened: _Opened, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    token = request.path_params["token"]
    return render(request, "admin/join.html", status, opened=opened, values=values, errors=errors, token=token)


routes: list[BaseRoute] = [
    page("/join/{token}", show_invitation, PUBLIC),
    page("/join/{token}", take_invitation, PUBLIC, "POST"),
    page("/joined", show_joined, signed_in()),
]
