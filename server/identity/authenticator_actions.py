"""Authenticator apps: beginning one, its first code, every later code once; renaming and removing of what signs in.

Whatever changes how somebody signs in is on the record, and is mailed to them.
"""

from dataclasses import replace
from uuid import UUID

import pyotp
from sqlmodel import col, delete, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor, Record, require
from server.audit import Subject, note
from server.identity.account_link_actions import AccountLinkTerms, make_account_link
from server.identity.authenticator_rules import (
    MOST_AUTHENTICATORS,
    Part,
    matching_step,
    refuses_removal,
)
from server.identity.authenticator_store import (
    account_by_id,
    app_secret,
    apps_of,
    authenticator_by_id,
    authenticators_of,
    pending_app,
    seal_secret,
    ways_of,
)
from server.identity.issuer_limits import require_own_ways
from server.identity.notices import (
    APP_ADDED,
    APP_REMOVED,
    FORGOTTEN,
    PASSKEY_REMOVED,
    PASSWORD_REMOVED,
    RENAMED,
    notice,
)
from server.identity.store import memberships_of
from server.identity.tables import Account, Authenticator, RecoveryCode
from server.kit import N_, Conflict, Invalid, NotFound, new_secret
from server.kit.ids import new_id
from server.outbox import queue_mail
from server.web import Deps

WRONG_CODE = N_("This code is not right. Wait for the next one in your app and type its six digits.")
TOO_MANY = N_("You have as many as an account can have. Remove one first.")
NOT_BEGUN = N_("This took too long. Begin again.")
ELSEWHERE_TOO = N_("This person belongs to another organization too. Ask whoever runs this server.")
HAS_ONE = N_("Your account has a second step already. Sign in again.")
APP_NAME = N_("Authenticator app")


async def start_app(deps: Deps, actor: Actor) -> None:
    """Begin an authenticator app with a new secret. It counts only after its first code; one begun before is void.

    Raises NotFound, and Forbidden for an issuer's session that reaches further than the issuer.
    """
    row_id = new_id()
    sealed = seal_secret(deps.keyring, row_id, pyotp.random_base32())
    waiting = delete(Authenticator).where(
        col(Authenticator.account_id) == actor.account_id, col(Authenticator.confirmed_at).is_(None)
    )
    async with deps.database.write() as session:
        account = await _held(session, actor)
        await session.exec(waiting)
        row = Authenticator(id=row_id, account_id=account.id, kind=Part.APP, name="", created_at=deps.now())
        row.secret = sealed
        session.add(row)


async def confirm_app(deps: Deps, actor: Actor, code: str, name: str, *, first: bool = False) -> None:
    """Let the app that was begun count, upon its first right code.

    `first` allows that only while the account has no second factor. Raises Invalid for a wrong code, Conflict, and
    Forbidden for an issuer's session that reaches further than the issuer.
    """
    mail = await notice(deps, actor, APP_ADDED)
    async with deps.database.write() as session:
        await make_room(session, actor, first=first)
        row = await pending_app(session, actor.account_id, deps.now(), lock=True)
        if row is None:
            raise Conflict(NOT_BEGUN)
        step = matching_step(app_secret(deps.keyring, row), code, deps.now(), row.last_step)
        if step is None:
            raise Invalid({"code": WRONG_CODE}, {"name": name})
        row.confirmed_at, row.last_step, row.name = deps.now(), step, name
        note(session, deps.now(), actor, "add_app", Subject("Authenticator", row.id))
        queue_mail(session, deps, mail)


async def make_room(session: AsyncSession, actor: Actor, *, first: bool) -> None:
    """Hold the account for a new authenticator.

    Raises Conflict when it has too many, or one and may have none, and Forbidden for an issuer's session that reaches
    further than the issuer.
    """
    account = await _held(session, actor)
    if len(await authenticators_of(session, account.id)) >= MOST_AUTHENTICATORS:
        raise Conflict(TOO_MANY)
    if first and (await ways_of(session, account.id)).second_factors:
        raise Conflict(HAS_ONE)


async def spend_code(deps: Deps, account_id: UUID | None, code: str) -> bool:
    """Take an app's code: of any number of uses of one code exactly one is right (RFC 6238 section 5.2)."""
    async with deps.database.read() as session:
        apps = await apps_of(session, account_id)
    for app in apps:
        step = matching_step(app_secret(deps.keyring, app), code, deps.now(), app.last_step)
        if step is not None:
            return await _spend_step(deps, app.id, step)
    return False


async def _spend_step(deps: Deps, app_id: UUID, step: int) -> bool:
    unused = update(Authenticator).where(col(Authenticator.id) == app_id, col(Authenticator.last_step) < step)
    async with deps.database.write() as session:
        spent = await session.exec(unused.values(last_step=step, last_used_at=deps.now()))
    return spent.rowcount == 1


async def rename_authenticator(deps: Deps, actor: Actor, authenticator_id: UUID | None, name: str) -> None:
    """Give a passkey or an app another name. Raises NotFound, and Forbidden as `remove_authenticator` does."""
    mail = await notice(deps, actor, RENAMED)
    async with deps.database.write() as session:
        await _held(session, actor)
        row = await authenticator_by_id(session, actor.account_id, authenticator_id, lock=True)
        row.name = name
        note(session, deps.now(), actor, "rename_authenticator", Subject("Authenticator", row.id))
        queue_mail(session, deps, mail)


async def remove_authenticator(deps: Deps, actor: Actor, authenticator_id: UUID | None) -> None:
    """Remove a passkey or an app.

    Raises NotFound, Conflict for the last way in, in however many tabs at once, and Forbidden for an issuer's session
    that reaches further than the issuer.
    """
    mails = {
        Part.PASSKEY: await notice(deps, actor, PASSKEY_REMOVED),
        Part.APP: await notice(deps, actor, APP_REMOVED),
    }
    async with deps.database.write() as session:
        ways = await ways_of(session, (await _held(session, actor)).id)
        row = await authenticator_by_id(session, actor.account_id, authenticator_id, lock=True)
        if why_not := refuses_removal(Part(row.kind), ways):
            raise Conflict(why_not)
        await session.delete(row)
        if ways.second_factors == 1:  # nothing is left that recovery codes could stand in for
            await session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == actor.account_id))
        note(session, deps.now(), actor, f"remove_{row.kind}", Subject("Authenticator", row.id))
        queue_mail(session, deps, mails[Part(row.kind)])


async def remove_password(deps: Deps, actor: Actor) -> None:
    """Take the password away, so that only what is stronger signs in.

    Raises Conflict when it is the last way in, and Forbidden as `remove_authenticator` does.
    """
    mail = await notice(deps, actor, PASSWORD_REMOVED)
    async with deps.database.write() as session:
        account = await _held(session, actor)
        ways = await ways_of(session, account.id)
        if not ways.password:
            return
        if why_not := refuses_removal(Part.PASSWORD, ways):
            raise Conflict(why_not)
        account.password_hash, account.password_changed_at = None, deps.now()
        note(session, deps.now(), actor, "remove_password", Subject("Account", account.id))
        queue_mail(session, deps, mail)


async def forget_authenticators(deps: Deps, actor: Actor, account_id: UUID) -> None:
    """Take away all passkeys, apps and recovery codes of a member who lost them; the password stays.

    Whoever has nothing else to sign in with is mailed a link to choose a password.

    Raises Forbidden, NotFound for a stranger, and Conflict for a member of other organizations too: those would be
    weakened with it.
    """
    require(actor, Action.MANAGE_MEMBERS, Record(actor.organization_id))
    async with deps.database.read() as session:
        places = {row.organization_id for row in await memberships_of(session, account_id)}
    if actor.organization_id not in places:
        raise NotFound
    if len(places) > 1:
        raise Conflict(ELSEWHERE_TOO)
    mail, secret = await notice(deps, actor, FORGOTTEN, account_id), new_secret()
    subject, body = deps.templates.mail("reset_link", url=f"{deps.settings.public_url}/reset/{secret.text}")
    async with deps.database.write() as session:
        await account_by_id(session, account_id, lock=True)
        ways = await ways_of(session, account_id)
        await session.exec(delete(Authenticator).where(col(Authenticator.account_id) == account_id))
        await session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
        note(session, deps.now(), actor, "forget_authenticators", Subject("Account", account_id))
        queue_mail(session, deps, mail)
        if not ways.password and not ways.issuers:
            make_account_link(session, deps, AccountLinkTerms("reset", account_id=account_id), secret)
            queue_mail(session, deps, replace(mail, subject=subject, body=body))


async def _held(session: AsyncSession, actor: Actor) -> Account:
    """Hold the account until the end of the transaction, so that what is counted of it stays true."""
    account = await account_by_id(session, actor.account_id, lock=True)
    await require_own_ways(session, actor)
    return account
