"""What becomes of page sessions after they were begun: used, ended, unlocked, moved to another organization."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role
from server.audit import Subject, note, note_denial
from server.identity.authenticator_store import second_factor_roles
from server.identity.endings import end_sessions
from server.identity.passwords import WRONG_PASSWORD, password_fits
from server.identity.session_rules import proved_twice
from server.identity.session_store import memberships_in, reach_of
from server.identity.store import account_email
from server.identity.tables import Account, PageSession
from server.kit import N_, Conflict, Forbidden, Invalid, NotFound, Secret, new_secret
from server.kit.ids import new_id
from server.outbox import move_browsers
from server.web import Deps

SECOND_FACTOR = N_("This organization asks for a second factor. Sign out, and sign in again with yours.")


async def touch_session(deps: Deps, session_id: UUID, now: datetime) -> None:
    """Write that somebody is at the keyboard."""
    async with deps.database.write() as session:
        await session.exec(update(PageSession).where(col(PageSession.id) == session_id).values(seen_at=now))


async def touch_call(deps: Deps, session_id: UUID, now: datetime) -> None:
    """Write that a call is running in the session's browser."""
    async with deps.database.write() as session:
        await session.exec(update(PageSession).where(col(PageSession.id) == session_id).values(called_at=now))


async def revoke_session(deps: Deps, actor: Actor, session_id: UUID | None) -> None:
    """End one of the actor's own sessions; one that is over already stays as it is. Raises NotFound."""
    async with deps.database.write() as session:
        row = await session.get(PageSession, session_id) if session_id else None
        if row is None or row.account_id != actor.account_id:
            raise NotFound
        if await end_sessions(session, deps, col(PageSession.id) == row.id):
            note(session, deps.now(), actor, "end_session", Subject("PageSession", row.id))


async def revoke_other_sessions(deps: Deps, actor: Actor) -> int:
    """End all of the actor's sessions but the one at hand; gives how many."""
    if actor.account_id is None:
        raise NotFound
    async with deps.database.write() as session:
        others = col(PageSession.account_id) == actor.account_id, col(PageSession.id).is_distinct_from(actor.session_id)
        ended = len(await end_sessions(session, deps, *others))
        if ended:
            note(session, deps.now(), actor, "end_sessions", Subject("Account", actor.account_id), f"{ended} others")
    return ended


async def unlock_session(deps: Deps, actor: Actor, held: bytes, password: str) -> tuple[Secret, datetime]:
    """Prove a person again by password and go on with the same session, under a new secret; also gives its end.

    `held` is the hash of the secret that the browser holds: of two pages that unlock at once, one makes the new one.
    A password is enough for a session that was begun with more (NIST SP 800-63B-4, section 2.2.3: after inactivity).
    Raises Invalid, or Conflict when the session is over or was unlocked by another page meanwhile.
    """
    async with deps.database.read() as session:
        row, account = await _own(session, actor)
    if not await _is_proved(deps, account, password):
        await note_denial(deps, actor, "unlock", Subject("Account", account.id), "wrong password")
        raise Invalid({"password": WRONG_PASSWORD}, {})
    secret, now = new_secret(), deps.now()
    mine = update(PageSession).where(
        col(PageSession.id) == row.id,
        col(PageSession.token_hash) == held,
        col(PageSession.ended_at).is_(None),
        col(PageSession.ends_at) > now,
    )
    async with deps.database.write() as session:
        done = await session.exec(mine.values(token_hash=secret.digest, seen_at=now, proved_at=now))
        if done.rowcount != 1:
            raise Conflict
        note(session, now, actor, "unlock", Subject("Account", account.id), "pwd")
    return secret, row.ends_at


async def _own(session: AsyncSession, actor: Actor) -> tuple[PageSession, Account]:
    row = await session.get(PageSession, actor.session_id) if actor.session_id else None
    account = await session.get(Account, row.account_id) if row else None
    if row is None or account is None:
        raise Conflict
    return row, account


async def _is_proved(deps: Deps, account: Account, password: str) -> bool:
    """Check the password. In the demo, whose people sign in with one click, theirs is not asked for."""
    if deps.settings.is_demo and account_email(deps.keyring, account).endswith("@demo.test"):
        return account.password_hash is None or await password_fits(account.password_hash, password)
    return await password_fits(account.password_hash, password)


async def switch_organization(deps: Deps, actor: Actor, organization_id: UUID | None) -> tuple[Secret, datetime]:
    """Move the actor to another of the account's organizations, into a new session; also gives its end.

    It has a new secret, takes the old one's place and has its age. Raises NotFound for an organization that the account
    has no membership of or that this session does not reach, Forbidden when the organization asks for a second factor
    that was not given, and Conflict when the session ended meanwhile.
    """
    secret, now = new_secret(), deps.now()
    async with deps.database.write() as session:
        row, account = await _own(session, actor)
        if organization_id is None or organization_id not in await reach_of(session, actor):
            raise NotFound
        roles = {m.role for m in await memberships_in(session, account.id, organization_id)}
        if roles & await second_factor_roles(session, organization_id) and not proved_twice(row.methods):
            raise Forbidden(SECOND_FACTOR)
        moved = _moved(row, organization_id, secret, now)
        await move_browsers(session, row.id, moved.id)
        if not await end_sessions(session, deps, col(PageSession.id) == row.id):
            raise Conflict
        session.add(moved)
        note(session, now, actor, "leave_organization", Subject("Account", account.id))
        there = Actor(frozenset(map(Role, roles)), organization_id, account.id, moved.id, address=actor.address)
        note(session, now, there, "enter_organization", Subject("Account", account.id))
    return secret, row.ends_at


def _moved(row: PageSession, organization_id: UUID, secret: Secret, now: datetime) -> PageSession:
    return PageSession(
        id=new_id(),
        token_hash=secret.digest,
        account_id=row.account_id,
        organization_id=organization_id,
        created_at=row.created_at,
        seen_at=now,
        ends_at=row.ends_at,
        proved_at=row.proved_at,
        methods=row.methods,
        address=row.address,
        agent=row.agent,
    )
