"""Members of an organization, for its administrators: list, invite, change, disable."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import CLINICIANS, STAFF, Action, Role
from server.admin.actions import Invited, Sent, send_again, send_invitation, write_member
from server.directory import PROFESSIONS, Clinic, Practice, clinics_of, practitioner_of_member
from server.identity import (
    Member,
    account_link_email,
    disable_member,
    enable_member,
    forget_authenticators,
    invitations_of,
    member_by_id,
    members_of,
    revoke_invitation,
)
from server.kit import N_, Conflict, Form, Invalid
from server.kit.ids import parse_id
from server.web import actor, deps, fresh, page, render, see_other, staff

ROLE_NAMES = {
    Role.PCP: N_("Primary care practitioner"),
    Role.SPECIALIST: N_("Specialist"),
    Role.CARE_MANAGER: N_("Care manager"),
    Role.FRONT_DESK: N_("Front desk"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
PROFESSION_NAMES = dict(
    zip(
        PROFESSIONS,
        (
            N_("Physician"),
            N_("Nurse practitioner"),
            N_("Physician assistant"),
            N_("Psychologist"),
            N_("Social worker"),
            N_("Counselor"),
            N_("Nurse"),
        ),
        strict=True,
    )
)
_SEE, _CHANGE = staff(Action.MANAGE_MEMBERS), fresh(staff(Action.MANAGE_MEMBERS))


async def show_members(request: Request) -> Response:
    """List members and invitations that wait."""
    return await _list(request, None)


async def show_new_member(request: Request) -> Response:
    """Show the empty form of an invitation."""
    clinics = await _clinics(request)
    ticked = {f"clinic_{clinics[0].id}": "on"} if len(clinics) == 1 else {}
    return _form(request, None, clinics, ticked, {})


async def invite_member(request: Request) -> Response:
    """Send an invitation."""
    form, clinics = Form(dict(await request.form())), await _clinics(request)
    try:
        invited = _read_invited(form, clinics)
        await _limit(request)
        sent = await send_invitation(deps(request), actor(request), invited)
    except Invalid as error:
        return _form(request, None, clinics, form.values, error.errors, error.status)
    return await _list(request, sent)


async def resend(request: Request) -> Response:
    """Send an invitation again, with a new link."""
    await _limit(request)
    return await _list(request, await send_again(deps(request), actor(request), _id(request)))


async def revoke(request: Request) -> Response:
    """Take an invitation back."""
    await revoke_invitation(deps(request), actor(request), _id(request))
    return see_other("/admin/members")


async def show_member(request: Request) -> Response:
    """Show what a member may do, as a form that changes it."""
    member, clinics = await _member(request), await _clinics(request)
    return _form(request, member, clinics, await _values(request, member), {})


async def update_member(request: Request) -> Response:
    """Change a member's roles, clinics and practice."""
    member, clinics = await _member(request), await _clinics(request)
    form = Form(dict(await request.form()))
    try:
        roles, places = _read_roles(form), _read_clinics(form, clinics)
        practice = _read_practice(form, roles, places)
        form.check()
        await write_member(deps(request), actor(request), member.account_id, roles, places, practice)
    except Invalid as error:
        return _form(request, member, clinics, error.values, error.errors, error.status)
    except Conflict as error:
        return _form(request, member, clinics, form.values, {"roles": error.message}, error.status)
    return see_other("/admin/members")


async def disable(request: Request) -> Response:
    """Keep a member out from now on."""
    member = await _member(request)
    try:
        await disable_member(deps(request), actor(request), member.account_id)
    except Conflict as error:
        values = await _values(request, member)
        return _form(request, member, await _clinics(request), values, {"roles": error.message}, error.status)
    return see_other("/admin/members")


async def enable(request: Request) -> Response:
    """Let a disabled member in again."""
    await enable_member(deps(request), actor(request), (await _member(request)).account_id)
    return see_other("/admin/members")


async def forget(request: Request) -> Response:
    """Take away a member's lost passkeys, apps and recovery codes."""
    member = await _member(request)
    try:
        await forget_authenticators(deps(request), actor(request), member.account_id)
    except Conflict as error:
        values = await _values(request, member)
        return _form(request, member, await _clinics(request), values, {"authenticators": error.message}, error.status)
    return see_other(f"/admin/members/{member.account_id}?taken=1")


async def _list(request: Request, sent: Sent | None) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        members = await members_of(session, who, tools.keyring)
        invitations = await invitations_of(session, who)
        clinics = await clinics_of(session, who)
    waiting = [
        {
            "id": link.id,
            "name": link.name,
            "email": account_link_email(tools.keyring, link),
            "roles": [ROLE_NAMES[Role(role)] for role in link.roles.split(",") if role],
            "is_over": tools.now() >= link.ends_at,
            "ends_at": link.ends_at,
        }
        for link in invitations
    ]
    context: dict[str, Any] = {
        "members": members,
        "invitations": waiting,
        "role_names": ROLE_NAMES,
        "clinic_names": {clinic.id: clinic.name for clinic in clinics},
        "zone": clinics[0].time_zone if clinics else "UTC",
        "sent": sent,
        "demo": tools.settings.is_demo,
    }
    return render(request, "admin/members.html", **context)


def _form(
    request: Request,
    member: Member | None,
    clinics: Sequence[Clinic],
    values: dict[str, str],
    errors: dict[str, str],
    status: int = 200,
) -> Response:
    say = deps(request).templates.translations.gettext
    context: dict[str, Any] = {
        "member": member,
        "action": f"/admin/members/{member.account_id}" if member else "/admin/members/invite",
        "roles": [(f"role_{role}", say(name)) for role, name in ROLE_NAMES.items()],
        "clinics": [(f"clinic_{clinic.id}", clinic.name) for clinic in clinics],
        "professions": [("", say(N_("Choose one"))), *((key, say(name)) for key, name in PROFESSION_NAMES.items())],
        "values": values,
        "errors": errors,
        "taken": "taken" in request.query_params,
    }
    return render(request, "admin/member.html", status, **context)


async def _values(request: Request, member: Member) -> dict[str, str]:
    async with deps(request).database.read() as session:
        practice = await practitioner_of_member(session, actor(request), member.account_id)
    given, _, family = member.name.rpartition(" ")
    ticked = {f"role_{role}": "on" for role in member.roles} | {f"clinic_{place}": "on" for place in member.clinics}
    return {
        **ticked,
        "title": practice.title if practice else "",
        "given_name": practice.given_name if practice else given,
        "family_name": practice.family_name if practice else family,
        "specialty": practice.specialty if practice else "",
        "profession": practice.profession if practice else "",
    }


def _read_invited(form: Form, clinics: Sequence[Clinic]) -> Invited:
    email, roles, places = form.email("email"), _read_roles(form), _read_clinics(form, clinics)
    title, given, family = _read_name(form)
    practice = _read_practice(form, roles, places)
    form.check()
    return Invited(email, f"{title} {given} {family}".strip(), roles, places, practice)


def _read_roles(form: Form) -> frozenset[Role]:
    roles = frozenset(role for role in STAFF if form.ticked(f"role_{role}"))
    if not roles:
        form.wrong("roles", N_("Choose at least one role."))
    return roles


def _read_clinics(form: Form, clinics: Sequence[Clinic]) -> list[UUID]:
    """Read which of the organization's clinics were ticked, in their order."""
    return [clinic.id for clinic in clinics if form.ticked(f"clinic_{clinic.id}")]


def _read_name(form: Form) -> tuple[str, str, str]:
    given = form.text("given_name", N_("Enter the first name."), 50)
    return form.optional("title", 15), given, form.text("family_name", N_("Enter the last name."), 50)


def _read_practice(form: Form, roles: frozenset[Role], places: Sequence[UUID]) -> Practice | None:
    """Read what the directory needs of those who treat patients; None for all others."""
    if not roles & CLINICIANS:
        return None
    if not places:
        form.wrong("clinics", N_("Choose at least one clinic for somebody who treats patients."))
    title, given, family = _read_name(form)
    specialty = form.text("specialty", N_("Enter the specialty, like Primary care."), 60)
    profession = form.choice("profession", PROFESSIONS)
    return Practice(given, family, specialty, profession, str(places[0]) if places else "", title)


async def _clinics(request: Request) -> Sequence[Clinic]:
    async with deps(request).database.read() as session:
        return await clinics_of(session, actor(request))


async def _member(request: Request) -> Member:
    async with deps(request).database.read() as session:
        return await member_by_id(session, actor(request), deps(request).keyring, _id(request))


async def _limit(request: Request) -> None:
    await deps(request).limits.spend("invitation", "60/hour", str(actor(request).organization_id))


def _id(request: Request) -> UUID | None:
    return parse_id(request.path_params["id"])


routes: list[BaseRoute] = [
    page("/admin/members", show_members, _SEE),
    page("/admin/members/invite", show_new_member, _SEE),
    page("/admin/members/invite", invite_member, _CHANGE, "POST"),
    page("/admin/invitations/{id}/resend", resend, _CHANGE, "POST"),
    page("/admin/invitations/{id}/revoke", revoke, _CHANGE, "POST"),
    page("/admin/members/{id}", show_member, _SEE),
    page("/admin/members/{id}", update_member, _CHANGE, "POST"),
    page("/admin/members/{id}/disable", disable, _CHANGE, "POST"),
    page("/admin/members/{id}/enable", enable, _CHANGE, "POST"),
    page("/admin/members/{id}/forget-authenticators", forget, _CHANGE, "POST"),
]
