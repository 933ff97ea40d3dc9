"""Recovery codes: ten at a time, shown once, kept as keyed hashes, good once each."""

import secrets
from uuid import UUID

from sqlmodel import col, delete, update

from server.access import Actor
from server.audit import Subject, note
from server.identity.authenticator_rules import CODE_ALPHABET, CODE_LENGTH, CODES, typed_code
from server.identity.authenticator_store import account_by_id, ways_of
from server.identity.issuer_limits import require_own_ways
from server.identity.notices import CODE_USED, CODES_MADE, notice
from server.identity.tables import RecoveryCode
from server.kit import N_, Conflict, Keyring
from server.kit.ids import new_id
from server.outbox import queue_mail
from server.web import Deps

NOTHING_TO_RECOVER = N_("Add a passkey or an authenticator app first. Recovery codes stand in for one that is lost.")


async def make_recovery_codes(deps: Deps, actor: Actor) -> list[str]:
    """Make ten new codes, void the old ones, and give them to be shown once.

    Raises Conflict without a second factor, and Forbidden for an issuer's session that reaches further than the issuer.
    """
    codes = [_new_code() for _ in range(CODES)]
    mail = await notice(deps, actor, CODES_MADE)
    async with deps.database.write() as session:
        account = await account_by_id(session, actor.account_id, lock=True)
        await require_own_ways(session, actor)
        if not (await ways_of(session, account.id)).second_factors:
            raise Conflict(NOTHING_TO_RECOVER)
        await session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))
        session.add_all(_row(deps, account.id, code) for code in codes)
        note(session, deps.now(), actor, "new_recovery_codes", Subject("Account", account.id))
        queue_mail(session, deps, mail)
    return codes


async def spend_recovery_code(deps: Deps, actor: Actor, typed: str) -> bool:
    """Take a recovery code: of any number of uses at once exactly one is right. It is noted, and mailed."""
    if actor.account_id is None or len(typed_code(typed)) != CODE_LENGTH:
        return False
    mail = await notice(deps, actor, CODE_USED)
    unused = update(RecoveryCode).where(
        col(RecoveryCode.code_hash) == code_hash(deps.keyring, actor.account_id, typed),
        col(RecoveryCode.account_id) == actor.account_id,
        col(RecoveryCode.used_at).is_(None),
    )
    async with deps.database.write() as session:
        spent = await session.exec(unused.values(used_at=deps.now()))
        if spent.rowcount != 1:
            return False
        note(session, deps.now(), actor, "use_recovery_code", Subject("Account", actor.account_id))
        queue_mail(session, deps, mail)
    return True


def code_hash(keyring: Keyring, account_id: UUID, typed: str) -> bytes:
    """Give the keyed hash that a code is kept as."""
    return keyring.index(typed_code(typed), f"recovery_code|{account_id}")


def _row(deps: Deps, account_id: UUID, code: str) -> RecoveryCode:
    hashed = code_hash(deps.keyring, account_id, code)
    return RecoveryCode(id=new_id(), account_id=account_id, code_hash=hashed, created_at=deps.now())


def _new_code() -> str:
    """Fifty bits, in two groups to be typed from paper."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return f"{letters[: CODE_LENGTH // 2]}-{letters[CODE_LENGTH // 2 :]}"
