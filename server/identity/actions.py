"""Signing in and out: page sessions, from the password to the end."""

from datetime import datetime, timedelta
from uuid import UUID

from server.access import Actor, Role
from server.audit import Subject, note, note_denial
from server.db import after_commit
from server.identity.passwords import password_fits
from server.identity.rules import Belonging, acting_organization
from server.identity.store import account_by_email, memberships_of
from server.identity.tables import Account, PageSession
from server.kit import N_, Conflict, Invalid, Secret, new_secret
from server.kit.ids import new_id
from server.web import Deps

WRONG_PASSWORD = N_("E-mail and password do not fit together. Check both and try again.")
NO_ORGANIZATION = N_("This account belongs to no organization. Ask your administrator.")


async def sign_in(deps: Deps, email: str, password: str, address: str) -> Secret:
    """Check e-mail and password and start a session; gives its cookie.

    Raises Invalid, and says not which of the two was wrong.
    """
    async with deps.database.read() as session:
        account = await account_by_email(session, email)
    if not await password_fits(account.password_hash if account else None, password) or account is None:
        subject = Subject("Account", account.id if account else None)
        await note_denial(deps, None, "sign_in", subject, "wrong password", address)
        raise Invalid({"password": WRONG_PASSWORD}, {"email": email})
    return await start_session(deps, account, address)


async def start_session(deps: Deps, account: Account, address: str) -> Secret:
    """Start a session of an account that has proved itself, always under a new secret.

    Raises Invalid for an account without membership.
    """
    now, secret = deps.now(), new_secret()
    async with deps.database.write() as session:
        memberships = await memberships_of(session, account.id)
        organization_id = acting_organization(Belonging(m.organization_id, m.role) for m in memberships)
        if organization_id is None:
            raise Invalid({"email": NO_ORGANIZATION}, {"email": account.email})
        row = PageSession(
            id=new_id(),
            token_hash=secret.digest,
            account_id=account.id,
            organization_id=organization_id,
            created_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=deps.settings.session_hours),
        )
        session.add(row)
        roles = frozenset(Role(m.role) for m in memberships if m.organization_id == organization_id)
        actor = Actor(roles, organization_id, account.id, row.id, address=address)
        note(session, now, actor, "sign_in", Subject("Account", account.id))
    return secret


async def demo_account(deps: Deps, email: str) -> Account:
    """Give a demo account. Raises Conflict outside of the demo or for any other account."""
    async with deps.database.read() as session:
        account = await account_by_email(session, email)
    if not deps.settings.is_demo or not email.endswith("@demo.test") or account is None:
        raise Conflict(N_("There is no such demo person."))
    return account


async def sign_out(deps: Deps, actor: Actor) -> None:
    """End the actor's session and close its live connections, whatever became of its row."""
    async with deps.database.write() as session:
        row = await session.get(PageSession, actor.session_id) if actor.session_id else None
        if row is not None and row.ended_at is None:
            row.ended_at = deps.now()
            note(session, deps.now(), actor, "sign_out", Subject("Account", actor.account_id))
        after_commit(session, lambda: deps.revoke(actor.session_key))


async def touch_session(deps: Deps, session_id: UUID, now: datetime) -> None:
    """Write that the session was used."""
    async with deps.database.write() as session:
        row = await session.get(PageSession, session_id)
        if row is not None:
            row.seen_at = now
