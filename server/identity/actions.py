"""Signing in and out: page sessions, from the password to the end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role
from server.audit import Subject, note, note_denial
from server.db import after_commit
from server.identity.authenticator_rules import Asked, asked_after_password
from server.identity.authenticator_store import ways_of
from server.identity.ceremony_actions import begin_step
from server.identity.endings import end_sessions
from server.identity.passwords import hash_password, password_fits, should_rehash
from server.identity.portal_store import patients_of_account
from server.identity.rules import Belonging, acting_organization
from server.identity.store import account_by_email, email_index, memberships_of, seal_email
from server.identity.tables import Account, PageSession
from server.kit import N_, Conflict, Invalid, Keyring, Secret, field_name, new_secret
from server.kit.ids import new_id
from server.outbox import claim_browser
from server.web import Deps


@dataclass(frozen=True, slots=True)
class SignIn:
    """How somebody was proved, and from where: RFC 8176 words for the ways, and what an issuer gave along.

    `browser_id` is as what this browser is notified, if it is. An issuer signs in to its own organization only.
    `patient_id` makes it a patient's session in `organization_id`.
    """

    address: str = ""
    agent: str = ""
    browser_id: UUID | None = None
    methods: tuple[str, ...] = ()
    organization_id: UUID | None = None
    patient_id: UUID | None = None
    issuer_id: UUID | None = None
    issuer_subject: str = ""
    issuer_session: str = ""
    id_token: str = ""
    refresh_token: str = ""
    refresh_at: datetime | None = None


SECOND_STEP = "second"


class Entry(NamedTuple):
    """What a right password opens: a session by its cookie or, when it `waits`, the second step that comes first."""

    secret: Secret
    waits: bool = False


WRONG_PASSWORD = N_("E-mail and password do not fit together. Check both and try again.")
NO_ORGANIZATION = N_("This account belongs to no organization. Ask your administrator.")


async def sign_in(deps: Deps, email: str, password: str, how: SignIn, wanted: str = "") -> Entry:
    """Check e-mail and password; gives what they open. `wanted` is the page that the person was going to.

    Raises Invalid, and says not which of the two was wrong.
    """
    async with deps.database.read() as session:
        account = await account_by_email(session, deps.keyring, email)
    if not await password_fits(account.password_hash if account else None, password) or account is None:
        subject = Subject("Account", account.id if account else None)
        await note_denial(deps, None, "sign_in", subject, "wrong password", how.address)
        raise Invalid({"password": WRONG_PASSWORD}, {"email": email})
    await renew_hash(deps, account, password)
    return await enter(deps, account, replace(how, methods=("pwd",)), wanted)


async def enter(deps: Deps, account: Account, how: SignIn, wanted: str = "") -> Entry:
    """Let somebody in who was proved by one factor: at once, or after a second step where account or role ask for one.

    Raises Invalid for an account without membership.
    """
    async with deps.database.read() as session:
        ways = await ways_of(session, account.id)
    if asked_after_password(ways) is Asked.NOTHING:
        return Entry(await start_session(deps, account, how))
    kept = {"wanted": wanted, "methods": how.methods, "organization": how.organization_id, "patient": how.patient_id}
    data = {name: str(value) if isinstance(value, UUID) else value for name, value in kept.items()}
    return Entry(await begin_step(deps, SECOND_STEP, data, account_id=account.id), waits=True)


async def renew_hash(deps: Deps, account: Account, password: str) -> None:
    """Hash a password that was right anew when its hash was made with other costs than those of today."""
    old = account.password_hash
    if old is None or not should_rehash(old):
        return
    new = await hash_password(password)
    unchanged = (col(Account.id) == account.id, col(Account.password_hash) == old)
    async with deps.database.write() as session:
        await session.exec(update(Account).where(*unchanged).values(password_hash=new))


async def start_session(deps: Deps, account: Account, how: SignIn) -> Secret:
    """Start a session of an account that has proved itself, always under a new secret.

    Raises Invalid for an account that is nobody's: no member of an organization and no patient's own.
    """
    now, secret = deps.now(), new_secret()
    async with deps.database.write() as session:
        standing = await standing_of(session, account.id, how)
        if standing is None:
            raise Invalid({"email": NO_ORGANIZATION}, {})
        row = _session_row(deps, account, standing, how, secret)
        session.add(row)
        if how.browser_id:
            await claim_browser(session, how.browser_id, account.id, row.id)
        actor = Actor(standing.roles, standing.organization_id, account.id, row.id, address=how.address)
        note(session, now, actor, "sign_in", Subject("Account", account.id), ",".join(how.methods))
    return secret


@dataclass(frozen=True, slots=True)
class Standing:
    """What a session acts as: a member of staff with roles in one organization, or one of its patients."""

    organization_id: UUID
    roles: frozenset[Role]
    patient_id: UUID | None = None


async def standing_of(session: AsyncSession, account_id: UUID, how: SignIn) -> Standing | None:
    """Choose what an account acts as: staff first, else the patient whose own it is; None when it is nobody's.

    A patient who is asked for by `how` must be the account's. Issuers vouch for staff alone: who runs an
    organization's sign-in reads no record of a patient by it.
    """
    if how.patient_id is None:
        memberships = await memberships_of(session, account_id)
        wanted = [m for m in memberships if how.organization_id in {None, m.organization_id}]
        organization_id = acting_organization(Belonging(m.organization_id, m.role) for m in wanted)
        if organization_id is not None:
            roles = frozenset(Role(m.role) for m in memberships if m.organization_id == organization_id)
            return Standing(organization_id, roles)
    own = () if how.issuer_id else await patients_of_account(session, account_id)
    fitting = [p for p in own if how.patient_id in {None, p.patient_id}]
    first = next((p for p in fitting if how.organization_id in {None, p.organization_id}), None)
    return Standing(first.organization_id, frozenset({Role.PATIENT}), first.patient_id) if first else None


def _session_row(deps: Deps, account: Account, standing: Standing, how: SignIn, secret: Secret) -> PageSession:
    now, row_id = deps.now(), new_id()

    def sealed(column: str, text: str) -> bytes | None:
        return deps.keyring.seal(text, field_name("page_session", row_id, column)) if text else None

    return PageSession(
        id=row_id,
        token_hash=secret.digest,
        account_id=account.id,
        organization_id=standing.organization_id,
        patient_id=standing.patient_id,
        created_at=now,
        seen_at=now,
        ends_at=now + timedelta(hours=deps.settings.session_hours),
        proved_at=now,
        methods=",".join(how.methods),
        address=how.address,
        agent=how.agent[:200],
        issuer_id=how.issuer_id,
        issuer_subject=how.issuer_subject,
        issuer_session=how.issuer_session,
        id_token=sealed("id_token", how.id_token),
        refresh_token=sealed("refresh_token", how.refresh_token),
        refresh_at=how.refresh_at,
    )


def new_account(keyring: Keyring, email: str, name: str, now: datetime) -> Account:
    """Make an account, its e-mail in lower case, sealed, and found by a keyed hash."""
    row_id, email = new_id(), email.lower()
    sealed, index = seal_email(keyring, row_id, email), email_index(keyring, email)
    return Account(id=row_id, email=sealed, email_index=index, name=name, created_at=now)


async def demo_account(deps: Deps, email: str) -> Account:
    """Give a demo account. Raises Conflict outside of the demo or for any other account."""
    async with deps.database.read() as session:
        account = await account_by_email(session, deps.keyring, email)
    if not deps.settings.is_demo or not email.endswith("@demo.test") or account is None:
        raise Conflict(N_("There is no such demo person."))
    return account


async def sign_out(deps: Deps, actor: Actor) -> None:
    """End the actor's session and close its live connections, whatever became of its row."""
    async with deps.database.write() as session:
        if await end_sessions(session, deps, col(PageSession.id) == actor.session_id):
            note(session, deps.now(), actor, "sign_out", Subject("Account", actor.account_id))
        else:
            after_commit(session, partial(deps.revoke, actor.session_key))
