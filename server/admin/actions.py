"""What an administrator or the operator does over several features: set up, invite by mail, change a member."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import CLINICIANS, Actor, Role
from server.audit import Subject, note
from server.directory import (
    NewOrganization,
    Organization,
    Practice,
    keep_practice,
    make_organization,
    organization_by_id,
    organization_by_name,
)
from server.identity import (
    Account,
    AccountLink,
    AccountLinkTerms,
    NewMember,
    account_exists,
    account_link_email,
    any_administrator,
    change_member,
    grant,
    invite,
    make_account_link,
    new_account,
    renew_invitation,
    spend_account_link,
)
from server.kit import N_, Gone, Invalid, NotFound, Secret, digest, new_secret
from server.kit.ids import OrganizationId
from server.outbox import Mail, can_send, queue_mail
from server.web import Deps, speaking

EMAIL_TAKEN = N_("There is an account with this e-mail already. Use another one.")


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is invited, with which roles and clinics, and with which practice when they treat patients."""

    email: str
    name: str
    roles: Collection[Role]
    clinics: Collection[UUID]
    practice: Practice | None


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation that was made: its row, the mail's id, or the link itself when no mail can be sent."""

    link_id: UUID
    message_id: UUID | None
    url: str


async def set_up(deps: Deps, token: str, new: NewOrganization, first: NewMember) -> tuple[Account, UUID]:
    """Spend the set-up link: the organization, its clinic and its administrator are there together, or not at all.

    Raises NotFound, Gone, also when there is an administrator by now, or Conflict for the second of two browsers.
    Raises Invalid for an e-mail that has an account.
    """
    account = new_account(deps.keyring, first.email, first.name, deps.now())
    account.password_hash, account.password_changed_at = first.password_hash, deps.now()
    async with deps.database.write() as session:
        await spend_account_link(session, deps, "setup", digest(token))
        if await any_administrator(session):
            raise Gone
        if await account_exists(session, account.email_index):
            raise Invalid({"email": EMAIL_TAKEN}, {})
        organization, clinic = make_organization(session, new)
        session.add(account)
        grant(session, account.id, organization.id, (Role.ADMINISTRATOR,), (clinic.id,))
        who = Actor(frozenset({Role.ADMINISTRATOR}), organization.id, account.id)
        note(session, deps.now(), who, "set_up", Subject("Organization", organization.id))
    return account, organization.id


async def send_invitation(deps: Deps, actor: Actor, invited: Invited) -> Sent:
    """Invite somebody to the actor's organization, by mail where mail can be sent. Raises Invalid for a member."""
    secret = new_secret()
    terms = AccountLinkTerms(
        "invitation",
        actor.organization_id,
        email=invited.email,
        name=invited.name,
        roles=tuple(invited.roles),
        clinic_ids=tuple(invited.clinics),
        practice=asdict(invited.practice) if invited.practice else {},
        created_by=actor.account_id,
    )
    organization = await _organization(deps, actor.organization_id)
    words = _words(deps, actor, organization, secret)
    async with deps.database.write() as session:
        link = await invite(session, deps, actor, terms, secret)
        return _queued(session, deps, link, words, secret)


async def send_again(deps: Deps, actor: Actor, link_id: UUID | None) -> Sent:
    """Send an invitation again, with a new link; the old one stops opening. Raises NotFound."""
    secret = new_secret()
    words = _words(deps, actor, await _organization(deps, actor.organization_id), secret)
    async with deps.database.write() as session:
        link = await renew_invitation(session, deps, actor, link_id, secret)
        return _queued(session, deps, link, words, secret)


async def write_member(
    deps: Deps,
    actor: Actor,
    account_id: UUID,
    roles: Collection[Role],
    clinics: Collection[UUID],
    practice: Practice | None,
) -> None:
    """Write roles, clinics and practice together. Raises NotFound, or Conflict for the last administrator."""
    async with deps.database.write() as session:
        await change_member(session, deps, actor, account_id, roles, clinics)
        if practice is not None and CLINICIANS & set(roles):
            await keep_practice(session, deps, actor, account_id, practice)


async def invite_administrator(deps: Deps, organization_name: str) -> Secret:
    """Make the operator's link with which somebody becomes an administrator of an organization. Raises NotFound."""
    secret = new_secret()
    async with deps.database.write() as session:
        organization = await organization_by_name(session, organization_name)
        terms = AccountLinkTerms("invitation", organization.id, roles=(Role.ADMINISTRATOR,))
        link = make_account_link(session, deps, terms, secret)
        who = Actor(frozenset(), organization.id)
        note(session, deps.now(), who, "invite_member", Subject("AccountLink", link.id), "by the operator: admin")
    return secret


def join_url(deps: Deps, secret: Secret) -> str:
    """Give the address that opens an invitation."""
    return f"{deps.settings.public_url}/join/{secret.text}"


async def _organization(deps: Deps, organization_id: UUID) -> Organization:
    async with deps.database.read() as session:
        return await organization_by_id(session, organization_id)


def _words(deps: Deps, actor: Actor, organization: Organization, secret: Secret) -> tuple[str, str]:
    values = {"organization": organization.name, "inviter": actor.name, "url": join_url(deps, secret)}
    with speaking(organization.language):
        return deps.templates.mail("invitation", **values)


def _queued(session: AsyncSession, deps: Deps, link: AccountLink, words: tuple[str, str], secret: Secret) -> Sent:
    """Queue the mail where there is somebody to send it to and something to send it with."""
    email = account_link_email(deps.keyring, link)
    if link.organization_id is None:  # an invitation always names one; this is for the type checker
        raise NotFound
    if not email or not can_send(deps.settings):
        return Sent(link.id, None, join_url(deps, secret))
    message_id = queue_mail(session, deps, Mail(OrganizationId(link.organization_id), link.id, email, *words))
    return Sent(link.id, message_id, "")
