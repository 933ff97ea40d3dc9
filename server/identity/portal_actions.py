"""A patient's own account: asked for, opened by a mailed link, moved from one patient to another, ended.

Two things are proved by one person before the account exists: the address, by opening the mail, and the password that
was chosen in the browser that held the visit. So neither a mail that went to a wrong address nor a password that
somebody else chose for one's address opens a record.
"""

from dataclasses import asdict, dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role
from server.audit import Subject, note, note_denial
from server.identity.account_link_actions import (
    AccountLinkTerms,
    make_account_link,
    take_account_link,
    void_account_links,
)
from server.identity.actions import SignIn, Standing, new_account, standing_of, start_session
from server.identity.endings import end_sessions
from server.identity.issuer_limits import require_own_proof
from server.identity.passwords import password_fits
from server.identity.portal_store import Holder, holder_of, patients_of_account
from server.identity.rules import LinkState, one_time_state
from server.identity.store import account_link_by_token
from server.identity.tables import Account, AccountLink, PageSession, PatientAccount
from server.kit import N_, Conflict, NotFound, Secret, SignInNeeded, digest, field_name, new_secret
from server.kit.ids import new_id
from server.outbox import Mail, move_browsers, queue_mail
from server.web import Deps

PURPOSE: Final = "patient"
USED = N_("This link was used already. Sign in with your e-mail and password.")


@dataclass(frozen=True, slots=True)
class AccountWish:
    """An account that is asked for: whose record it opens, the address to prove, and the chosen password's hash."""

    organization_id: UUID
    patient_id: UUID
    email: str
    name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A mailed link as it is now: what it is good for, and whose its address is."""

    link: AccountLink
    state: LinkState
    holder: Holder


async def expect_account(session: AsyncSession, deps: Deps, wish: AccountWish, secret: Secret) -> AccountLink:
    """Add a link for the mail to the caller's transaction. Earlier ones for this patient open no more."""
    await void_account_links(session, deps, PURPOSE, col(AccountLink.patient_id) == wish.patient_id)
    return make_account_link(session, deps, AccountLinkTerms(PURPOSE, **asdict(wish)), secret)


async def look_at_opening(deps: Deps, token: str) -> Opening:
    """Look at a mailed link without spending it. Raises NotFound."""
    async with deps.database.read() as session:
        link = await account_link_by_token(session, PURPOSE, digest(token))
        return Opening(link, one_time_state(link, deps.now()), await holder_of(session, link.email_index))


async def open_account(deps: Deps, token: str, password: str, how: SignIn, notice: Mail | None = None) -> Secret | None:
    """Make the account that a mailed link stands for and sign in; None when the password is not the chosen one.

    `notice` is queued with it: what somebody else should hear of it.
    Raises NotFound, and Conflict when the link is not usable or the address is in use: of any number at once one wins.
    """
    opening = await look_at_opening(deps, token)
    if opening.state is not LinkState.USABLE or opening.holder.in_use:
        raise Conflict(USED)
    link = opening.link
    if not await password_fits(link.password_hash, password):
        subject = Subject("AccountLink", link.id, link.patient_id)
        await note_denial(deps, None, "open_account", subject, "wrong password", how.address)
        return None
    try:
        account = await _open(deps, opening, how, notice)
    except IntegrityError:  # another link for the same address was opened at the same moment
        raise Conflict(USED) from None
    own = replace(how, methods=("pwd",), organization_id=link.organization_id, patient_id=link.patient_id)
    return await start_session(deps, account, own)


async def add_to_account(deps: Deps, actor: Actor, token: str, notice: Mail | None = None) -> UUID:
    """Make the signed-in account the own of the link's patient too; gives the patient's id.

    Raises NotFound for another account's link, Conflict when it is not usable, and Forbidden when an issuer signed the
    person in.
    """
    async with deps.database.write() as session:
        await require_own_proof(session, actor)
        link = await account_link_by_token(session, PURPOSE, digest(token))
        account = await session.get_one(Account, actor.account_id)
        if link.patient_id is None or account.email_index != link.email_index:
            raise NotFound
        await take_account_link(session, deps, link, USED)
        own = await patients_of_account(session, account.id)
        if link.patient_id not in {tie.patient_id for tie in own}:
            _tie(session, deps, account, link, actor.address, notice)
    return link.patient_id


async def act_as_patient(deps: Deps, actor: Actor, patient_id: UUID | None) -> Secret:
    """Move the session to a patient whose own account it is, the first one unless named; gives its new cookie.

    Raises NotFound for anybody else's patient, Forbidden when an issuer signed the person in, and SignInNeeded when the
    session has ended.
    """
    async with deps.database.read() as session:
        own = await patients_of_account(session, actor.account_id) if actor.account_id else ()
    wanted = next((tie.patient_id for tie in own if patient_id in {None, tie.patient_id}), None)
    if wanted is None:
        raise NotFound
    return await _move(deps, actor, SignIn(patient_id=wanted))


async def act_as_staff(deps: Deps, actor: Actor) -> Secret:
    """Move a patient's session back to the account's work; gives its new cookie. Raises NotFound without any."""
    return await _move(deps, actor, SignIn())


async def end_patient_access(session: AsyncSession, deps: Deps, actor: Actor, patient_id: UUID) -> bool:
    """Take a patient of the actor's organization from all accounts, in the caller's transaction; False without any.

    Their sessions end at once, and links on their way open no more. The caller has asked for the patient.
    """
    await void_account_links(session, deps, PURPOSE, col(AccountLink.patient_id) == patient_id)
    of_patient = delete(PatientAccount).where(
        col(PatientAccount.patient_id) == patient_id, col(PatientAccount.organization_id) == actor.organization_id
    )
    gone = await session.exec(of_patient)
    await end_sessions(session, deps, col(PageSession.patient_id) == patient_id)
    if gone.rowcount:
        note(session, deps.now(), actor, "end_account", Subject("PatientAccount", None, patient_id))
    return bool(gone.rowcount)


async def _open(deps: Deps, opening: Opening, how: SignIn, notice: Mail | None) -> Account:
    link = opening.link
    email = deps.keyring.open(link.email or b"", field_name("account_link", link.id, "email"))
    async with deps.database.write() as session:
        await take_account_link(session, deps, link, USED)
        holder = await holder_of(session, link.email_index, lock=True)
        if holder.in_use:
            raise Conflict(USED)
        account = holder.account or new_account(deps.keyring, email, link.name, deps.now())
        account.name, account.password_hash, account.password_changed_at = link.name, link.password_hash, deps.now()
        session.add(account)
        _tie(session, deps, account, link, how.address, notice)
    return account


def _tie(
    session: AsyncSession, deps: Deps, account: Account, link: AccountLink, address: str, notice: Mail | None
) -> None:
    if link.organization_id is None or link.patient_id is None:  # no patient's link is made without; for the types
        raise NotFound
    own = Standing(link.organization_id, frozenset({Role.PATIENT}), link.patient_id)
    session.add(
        PatientAccount(
            id=new_id(),
            organization_id=own.organization_id,
            account_id=account.id,
            patient_id=link.patient_id,
            created_at=deps.now(),
        )
    )
    actor = Actor(own.roles, own.organization_id, account.id, address=address, patient_id=own.patient_id)
    note(session, deps.now(), actor, "open_account", Subject("PatientAccount", account.id, link.patient_id))
    if notice is not None:
        queue_mail(session, deps, notice)


async def _move(deps: Deps, actor: Actor, wanted: SignIn) -> Secret:
    secret, row_id = new_secret(), new_id()
    async with deps.database.write() as session:
        if actor.session_id:
            await move_browsers(session, actor.session_id, row_id)
        if not await end_sessions(session, deps, col(PageSession.id) == actor.session_id):
            raise SignInNeeded
        await require_own_proof(session, actor)
        old = await session.get_one(PageSession, actor.session_id)
        standing = await standing_of(session, old.account_id, wanted)
        if standing is None or standing.patient_id != wanted.patient_id:
            raise NotFound
        row = _moved(deps, old, standing, row_id, secret)
        session.add(row)
        roles, organization_id = standing.roles, standing.organization_id
        now_as = Actor(roles, organization_id, old.account_id, row.id, address=actor.address)
        note(session, deps.now(), now_as, "act_as", Subject("Account", old.account_id, standing.patient_id))
    return secret


def _moved(deps: Deps, old: PageSession, standing: Standing, row_id: UUID, secret: Secret) -> PageSession:
    """Copy a session under a new id and secret. Nobody was proved anew, so it proves and lasts no longer."""

    def again(column: str) -> bytes | None:
        sealed: bytes | None = getattr(old, column)
        if sealed is None:
            return None
        text = deps.keyring.open(sealed, field_name("page_session", old.id, column))
        return deps.keyring.seal(text, field_name("page_session", row_id, column))

    changed = {
        "id": row_id,
        "token_hash": secret.digest,
        "organization_id": standing.organization_id,
        "patient_id": standing.patient_id,
        "seen_at": deps.now(),
        "ended_at": None,
        "id_token": again("id_token"),
        "refresh_token": again("refresh_token"),
    }
    return PageSession(**{**old.model_dump(), **changed})
