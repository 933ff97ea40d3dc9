"""Setting issuers up: an organization's administrator on a page, the operator in the settings and at the shell.

An e-mail domain counts only once the operator has proved it; domains in the settings are proved by standing there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import STAFF, Action, Actor, Record, require
from server.audit import Subject, note
from server.identity.issuer_store import (
    all_domains,
    all_issuers,
    domains_of,
    issuer_by_id,
    keep_client_secret,
    organization_by_name,
    organization_names,
)
from server.identity.oidc_client import DiscoveryFailed, discover
from server.identity.oidc_rules import issuer_trouble
from server.identity.tables import EmailDomain, Issuer
from server.kit import N_, Conflict, Invalid, NotFound
from server.kit.ids import new_id
from server.settings import IssuerSettings
from server.web import Deps

TWICE = N_("This issuer is set up already with the same client id.")


class SettingsWrong(Exception):
    """What the operator has set cannot be used; the message says what to change, in English, for the shell."""


@dataclass(frozen=True, slots=True)
class IssuerDetails:
    """What an administrator writes about an issuer. An empty secret keeps the one there is."""

    label: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    domains: tuple[str, ...] = ()
    role_claim: str = ""
    role_map: Mapping[str, str] = field(default_factory=dict)
    provisions: bool = False


async def check_issuer(deps: Deps, issuer: str) -> str:
    """Ask a provider for its metadata; gives what is wrong, in words for beside the field, or nothing."""
    if words := issuer_trouble(issuer):
        return words
    try:
        await discover(deps, issuer)
    except DiscoveryFailed as error:
        return error.words
    return ""


async def add_issuer(deps: Deps, actor: Actor, details: IssuerDetails) -> UUID:
    """Set up an issuer of the actor's organization. Raises Invalid."""
    require(actor, Action.MANAGE_ISSUERS, Record(actor.organization_id))
    if words := issuer_trouble(details.issuer):
        raise Invalid({"issuer": words}, {})
    row = _new_row(deps, actor.organization_id, "page", details)
    try:
        async with deps.database.write() as session:
            session.add(row)
            await session.flush()
            await _set_domains(deps, session, row, details.domains, proved=False)
            note(session, deps.now(), actor, "add_issuer", Subject("Issuer", row.id))
    except IntegrityError as error:
        raise Invalid({"issuer": TWICE}, {}) from error
    return row.id


async def change_issuer(deps: Deps, actor: Actor, issuer_id: UUID | None, details: IssuerDetails) -> None:
    """Change an issuer. Its address stays: the people that it knows, and its proved domains, belong to that address.

    Raises NotFound, Conflict for one that the settings made, Invalid.
    """
    try:
        async with deps.database.write() as session:
            row = await issuer_by_id(session, actor, issuer_id)
            _refuse_settings(row)
            _fill(deps, row, details)
            await _set_domains(deps, session, row, details.domains, proved=False)
            note(session, deps.now(), actor, "change_issuer", Subject("Issuer", row.id))
    except IntegrityError as error:
        raise Invalid({"client_id": TWICE}, {}) from error


async def enable_issuer(deps: Deps, actor: Actor, issuer_id: UUID | None, *, enabled: bool) -> None:
    """Let an issuer sign in, or no longer. Who is signed in stays until it is asked the next time."""
    async with deps.database.write() as session:
        row = await issuer_by_id(session, actor, issuer_id)
        _refuse_settings(row)
        row.disabled_at = None if enabled else deps.now()
        note(session, deps.now(), actor, "enable_issuer" if enabled else "disable_issuer", Subject("Issuer", row.id))


async def sync_issuers(deps: Deps, wanted: Sequence[IssuerSettings]) -> None:
    """Make rows of the issuers in the settings; what is no longer set signs in no longer. Raises SettingsWrong."""
    async with deps.database.write() as session:
        names = await organization_names(session)
        rows = {(r.organization_id, r.issuer, r.client_id): r for r in await all_issuers(session)}
        kept = [await _from_settings(deps, session, one, _check_settings(one, names), rows) for one in wanted]
        for row in rows.values():
            if row.source == "settings" and row.id not in kept and row.disabled_at is None:
                row.disabled_at = deps.now()


async def _from_settings(
    deps: Deps,
    session: AsyncSession,
    one: IssuerSettings,
    organization_id: UUID,
    rows: Mapping[tuple[UUID, str, str], Issuer],
) -> UUID:
    details = _details(one)
    row = rows.get((organization_id, one.issuer, one.client_id))
    if row is None:
        row = _new_row(deps, organization_id, "settings", details)
        session.add(row)
    _fill(deps, row, details)
    keep_client_secret(deps.keyring, row, one.client_secret)
    row.source, row.disabled_at = "settings", None
    await session.flush()
    await _set_domains(deps, session, row, details.domains, proved=True)
    return row.id


def _check_settings(one: IssuerSettings, names: Mapping[UUID, str]) -> UUID:
    found = next((key for key, name in names.items() if name.lower() == one.organization.strip().lower()), None)
    if found is None:
        known = ", ".join(names.values()) or "none yet"
        raise SettingsWrong(
            f"CURBSIDE_OIDC_ISSUERS: there is no organization {one.organization!r}. There are: {known}."
        )
    if words := issuer_trouble(one.issuer):
        raise SettingsWrong(f"CURBSIDE_OIDC_ISSUERS: {one.issuer}: {words}")
    if unknown := set(one.role_map.values()) - {role.value for role in STAFF}:
        known = ", ".join(sorted(STAFF))
        raise SettingsWrong(f"CURBSIDE_OIDC_ISSUERS: no such role: {', '.join(sorted(unknown))}. There are: {known}.")
    return found


def _details(one: IssuerSettings) -> IssuerDetails:
    return IssuerDetails(
        label=one.label[:60],
        issuer=one.issuer,
        client_id=one.client_id,
        client_secret=one.client_secret,
        domains=one.domains,
        role_claim=one.role_claim,
        role_map=one.role_map,
        provisions=one.provisions,
    )


async def prove_domain(deps: Deps, organization: str, domain: str) -> int:
    """Write that an organization owns an e-mail domain: it counts for all of its issuers that name it; gives how many.

    Raises NotFound when there is no such organization or none of its issuers names the domain.
    """
    async with deps.database.write() as session:
        organization_id = await organization_by_name(session, organization)
        found = [d for d, _ in await all_domains(session) if d.domain == domain.strip().lower()]
        own = [row for row in found if row.organization_id == organization_id]
        if not own:
            raise NotFound
        for row in own:
            row.proved_at = row.proved_at or deps.now()
            operator = Actor(frozenset(), row.organization_id)
            note(session, deps.now(), operator, "prove_domain", Subject("EmailDomain", row.id), "operator")
    return len(own)


async def list_domains(deps: Deps) -> list[tuple[str, str, str, bool]]:
    """Give every e-mail domain for the operator: organization, domain, issuer, and whether it is proved."""
    async with deps.database.read() as session:
        names = await organization_names(session)
        rows = await all_domains(session)
    return [(names[d.organization_id], d.domain, issuer.label, d.proved_at is not None) for d, issuer in rows]


def _new_row(deps: Deps, organization_id: UUID, source: str, details: IssuerDetails) -> Issuer:
    row = Issuer(
        id=new_id(),
        organization_id=organization_id,
        source=source,
        label=details.label,
        issuer=details.issuer,
        client_id=details.client_id,
        created_at=deps.now(),
    )
    _fill(deps, row, details)
    return row


def _fill(deps: Deps, row: Issuer, details: IssuerDetails) -> None:
    row.label, row.client_id = details.label, details.client_id
    row.role_claim, row.role_map = details.role_claim, dict(details.role_map)
    row.provisions = details.provisions
    if details.client_secret:
        keep_client_secret(deps.keyring, row, details.client_secret)


async def _set_domains(
    deps: Deps, session: AsyncSession, row: Issuer, wanted: Collection[str], *, proved: bool
) -> None:
    held = {d.domain: d for d in await domains_of(session, row.id)}
    names = {name.strip().lower() for name in wanted}
    for name in held.keys() - names:
        await session.delete(held[name])
    for name in sorted(names):
        domain = held.get(name) or EmailDomain(
            id=new_id(), organization_id=row.organization_id, issuer_id=row.id, domain=name
        )
        if proved:
            domain.proved_at = domain.proved_at or deps.now()
        session.add(domain)


def _refuse_settings(row: Issuer) -> None:
    if row.source == "settings":
        raise Conflict(N_("Whoever runs Curbside has set this issuer up, and changes it in the settings."))
