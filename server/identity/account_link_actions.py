"""One-time links of accounts: set-up, invitation, reset, a patient's own. Only hashes are kept, a GET spends none."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, delete, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note, note_denial
from server.identity.authenticator_store import account_by_id, home_of
from server.identity.endings import end_sessions
from server.identity.issuer_limits import require_own_ways
from server.identity.member_store import any_administrator
from server.identity.passwords import hash_password, password_fits
from server.identity.rules import LinkState, one_time_state
from server.identity.store import account_by_email, account_email, account_link_by_token, email_index
from server.identity.tables import Account, AccountLink, PageSession
from server.kit import N_, Conflict, Gone, Invalid, Keyring, Secret, digest, field_name, new_secret
from server.kit.ids import OrganizationId, new_id
from server.outbox import Mail, queue_mail
from server.web import Deps

Purpose = Literal["setup", "invitation", "reset", "patient"]
LIFETIME = {
    "setup": timedelta(hours=24),
    "invitation": timedelta(days=7),
    "reset": timedelta(minutes=60),
    "patient": timedelta(hours=24),
}
# How long a link that is over is kept, so that whoever opens it late, and who sent it, can be told what became of it.
KEPT = timedelta(days=90)
OVER = N_("This link was used already, or it is too old. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class AccountLinkTerms:
    """What a new link is for. An invitation says to whom it goes and what it grants, a patient's what was chosen."""

    purpose: Purpose
    organization_id: UUID | None = None
    account_id: UUID | None = None
    patient_id: UUID | None = None
    email: str = ""
    name: str = ""
    password_hash: str | None = None
    roles: tuple[str, ...] = ()
    clinic_ids: tuple[UUID, ...] = ()
    practice: dict[str, str] = field(default_factory=dict)
    created_by: UUID | None = None


def make_account_link(session: AsyncSession, deps: Deps, terms: AccountLinkTerms, secret: Secret) -> AccountLink:
    """Add a link to the caller's transaction. The secret's text is the link and is never stored."""
    row_id, keyring = new_id(), deps.keyring
    link = AccountLink(
        id=row_id,
        purpose=terms.purpose,
        token_hash=secret.digest,
        organization_id=terms.organization_id,
        account_id=terms.account_id,
        patient_id=terms.patient_id,
        email=keyring.seal(terms.email, field_name("account_link", row_id, "email")) if terms.email else None,
        email_index=email_index(keyring, terms.email) if terms.email else None,
        name=terms.name,
        password_hash=terms.password_hash,
        roles=",".join(sorted(terms.roles)),
        clinic_ids=[str(clinic) for clinic in terms.clinic_ids],
        practice=terms.practice,
        created_at=deps.now(),
        created_by=terms.created_by,
        ends_at=deps.now() + LIFETIME[terms.purpose],
    )
    session.add(link)
    return link


def account_link_email(keyring: Keyring, link: AccountLink) -> str:
    """Open the e-mail that a link went to; empty for one that goes to nobody in particular."""
    return keyring.open(link.email, field_name("account_link", link.id, "email")) if link.email else ""


async def look_at_account_link(session: AsyncSession, deps: Deps, purpose: Purpose, token_hash: bytes) -> AccountLink:
    """Give a link that still opens, without spending it. Raises NotFound for one that never was, else Gone."""
    link = await account_link_by_token(session, purpose, token_hash)
    if one_time_state(link, deps.now()) is not LinkState.USABLE:
        raise Gone(OVER)
    return link


async def spend_account_link(session: AsyncSession, deps: Deps, purpose: Purpose, token_hash: bytes) -> AccountLink:
    """Spend a link in the caller's transaction: of any number at once exactly one gets it, the others Conflict.

    Raises NotFound or Gone as `look_at_account_link` does. Call it before anything else is added to the transaction.
    """
    link = await look_at_account_link(session, deps, purpose, token_hash)
    await take_account_link(session, deps, link, OVER)
    return link


async def take_account_link(session: AsyncSession, deps: Deps, link: AccountLink, refusal: str) -> None:
    """Spend a link that was found: of any number at once exactly one does, and for the others it is as for an old one.

    Raises Conflict with the refusal's words.
    """
    free = update(AccountLink).where(
        col(AccountLink.id) == link.id,
        col(AccountLink.used_at).is_(None),
        col(AccountLink.revoked_at).is_(None),
        col(AccountLink.ends_at) > deps.now(),
    )
    taken = await session.exec(free.values(used_at=deps.now()).execution_options(synchronize_session=False))
    if taken.rowcount != 1:
        raise Conflict(refusal)


async def void_account_links(session: AsyncSession, deps: Deps, purpose: Purpose, *which: ColumnElement[bool]) -> None:
    """Stop earlier links of a purpose from opening; `which` narrows them down."""
    waiting = (col(AccountLink.used_at).is_(None), col(AccountLink.revoked_at).is_(None))
    void = update(AccountLink).where(col(AccountLink.purpose) == purpose, *waiting, *which)
    await session.exec(void.values(revoked_at=deps.now()))


async def forget_old_links(deps: Deps) -> bool:
    """Delete links that have been over for a long time; tells whether there were any.

    With them goes what they carried: the e-mail they went to, and a password that was chosen and never used.
    """
    old = delete(AccountLink).where(col(AccountLink.ends_at) <= deps.now() - KEPT)
    async with deps.database.write() as session:
        gone = await session.exec(old)
    return bool(gone.rowcount)


async def new_setup_link(deps: Deps) -> Secret | None:
    """Make the link with which the first administrator sets everything up; earlier ones stop opening.

    None when there is an administrator already.
    """
    secret = new_secret()
    async with deps.database.write() as session:
        if await any_administrator(session):
            return None
        await void_account_links(session, deps, "setup")
        link = make_account_link(session, deps, AccountLinkTerms("setup"), secret)
        note(session, deps.now(), None, "make_setup_link", Subject("AccountLink", link.id))
    return secret


async def ask_for_reset(deps: Deps, email: str, address: str) -> None:
    """Queue the mail with which a forgotten password is replaced; does as much, and says as little, when nobody has it.

    An account without password gets a mail that says how else it signs in: a link by mail must not take the place of
    a passkey or of an organization's own sign-in.
    """
    secret = new_secret()
    async with deps.database.read() as session:
        account = await account_by_email(session, deps.keyring, email)
        home = await home_of(session, account.id if account else new_id())
    link_words = deps.templates.mail("reset_link", url=f"{deps.settings.public_url}/reset/{secret.text}")
    if account is None or home is None:
        await note_denial(deps, None, "ask_for_reset", Subject("Account"), "no such account", address)
        return
    words = link_words if account.password_hash else deps.templates.mail("no_password")
    async with deps.database.write() as session:
        if account.password_hash:
            await void_account_links(session, deps, "reset", col(AccountLink.account_id) == account.id)
            make_account_link(session, deps, AccountLinkTerms("reset", account_id=account.id), secret)
        queue_mail(session, deps, Mail(OrganizationId(home.organization_id), account.id, email, *words))
        note(session, deps.now(), None, "ask_for_reset", Subject("Account", account.id), f"from {address}")


async def account_of_reset(deps: Deps, token: str) -> Account:
    """Give whose password a link replaces, without spending it. Raises NotFound or Gone."""
    async with deps.database.read() as session:
        link = await look_at_account_link(session, deps, "reset", digest(token))
        return await _owner(session, link)


async def reset_password(deps: Deps, token: str, password: str) -> None:
    """Spend a reset link on a new password: all sessions of the account end, and its owner gets a notice.

    Raises NotFound, Gone, or Conflict when the link was spent at the same time.
    """
    hashed, words = await hash_password(password), deps.templates.mail("password_changed")
    async with deps.database.write() as session:
        link = await spend_account_link(session, deps, "reset", digest(token))
        account = await _owner(session, link)
        await _keep_password(session, deps, account, hashed, words)
        note(session, deps.now(), None, "reset_password", Subject("Account", account.id), "mailed link")


async def change_password(deps: Deps, actor: Actor, old: str, new: str) -> None:
    """Replace the actor's own password, or give them their first: their other sessions end, and they get a notice.

    Raises Invalid when the old one does not fit, and Forbidden for an issuer's session that reaches further than the
    issuer.
    """
    async with deps.database.read() as session:
        await require_own_ways(session, actor)
        stored = (await session.get_one(Account, actor.account_id)).password_hash
    if stored and not await password_fits(stored, old):
        await note_denial(deps, actor, "change_password", Subject("Account", actor.account_id), "wrong password")
        raise Invalid({"old": N_("This is not your password now. Try again.")}, {})
    hashed, words = await hash_password(new), deps.templates.mail("password_changed")
    async with deps.database.write() as session:
        account = await account_by_id(session, actor.account_id, lock=True)
        await require_own_ways(session, actor)
        if account.password_hash != stored:
            raise Conflict
        await _keep_password(session, deps, account, hashed, words, keep=actor.session_id)
        note(session, deps.now(), actor, "change_password", Subject("Account", account.id))


async def _keep_password(
    session: AsyncSession,
    deps: Deps,
    account: Account,
    hashed: str,
    words: tuple[str, str],
    *,
    keep: UUID | None = None,
) -> None:
    account.password_hash, account.password_changed_at = hashed, deps.now()
    mine = col(PageSession.account_id) == account.id
    await end_sessions(session, deps, mine, col(PageSession.id).is_distinct_from(keep))
    await void_account_links(session, deps, "reset", col(AccountLink.account_id) == account.id)
    if home := await home_of(session, account.id):
        email = account_email(deps.keyring, account)
        queue_mail(session, deps, Mail(OrganizationId(home.organization_id), account.id, email, *words))


async def _owner(session: AsyncSession, link: AccountLink) -> Account:
    account = await session.get(Account, link.account_id) if link.account_id else None
    if account is None or account.disabled_at is not None:
        raise Gone(OVER)
    return account
