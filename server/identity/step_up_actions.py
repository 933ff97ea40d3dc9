"""Proving again who one is, within a session (step-up), and keeping what was typed before that was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, update

from server.access import Actor
from server.audit import Subject, note, note_denial
from server.identity.authenticator_actions import WRONG_CODE, spend_code
from server.identity.authenticator_rules import code_alone_is_enough, typed_code
from server.identity.authenticator_store import account_by_id, ways_of
from server.identity.ceremony_actions import begin_step, look_at_step
from server.identity.passkey_actions import Answer, methods_of, proved_passkey
from server.identity.passwords import WRONG_PASSWORD, password_fits
from server.identity.tables import PageSession
from server.kit import N_, Gone, Invalid, Secret, SignInNeeded, new_secret
from server.web import Deps

KEPT = "form"
NOT_KEPT = N_("What you had typed was kept for ten minutes, and they are over. Go back and type it again.")
# Of one account from one address, and of one account from everywhere.
FROM_HERE, FROM_ANYWHERE = "10/10minutes", "60/hour"
# Never kept, not even sealed: these are typed again.
_SECRETS = ("password", "secret")


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that was posted before its sender was asked to prove themselves: where to, from where, its fields."""

    path: str
    back: str
    fields: Sequence[tuple[str, str]]


async def confirm_with_password(deps: Deps, actor: Actor, password: str) -> Secret:
    """Prove the actor by their password; gives the session's new cookie. Raises Invalid or TooMany."""
    await _limit(deps, actor)
    async with deps.database.read() as session:
        account = await account_by_id(session, actor.account_id)
    if not await password_fits(account.password_hash, password):
        await _denied(deps, actor, "wrong password")
        raise Invalid({"password": WRONG_PASSWORD}, {})
    return await write_proof(deps, actor, "pwd")


async def confirm_with_code(deps: Deps, actor: Actor, code: str) -> Secret:
    """Prove the actor by an app's code, where there is nothing stronger. Raises Invalid or TooMany."""
    await _limit(deps, actor)
    async with deps.database.read() as session:
        account = await account_by_id(session, actor.account_id)
        ways = await ways_of(session, account.id)
    if not code_alone_is_enough(ways) or not await spend_code(deps, account.id, typed_code(code)):
        await _denied(deps, actor, "wrong code")
        raise Invalid({"code": WRONG_CODE}, {})
    return await write_proof(deps, actor, "otp")


async def confirm_with_passkey(deps: Deps, actor: Actor, answer: Answer) -> Secret:
    """Prove the actor by one of their passkeys. Raises Invalid."""
    row, _ = await proved_passkey(deps, answer, actor.account_id, actor.address)
    return await write_proof(deps, actor, ",".join(methods_of(row)))


async def confirm_demo_person(deps: Deps, actor: Actor) -> Secret:
    """Prove a demo person, who signs in by a button alone, by a button. Raises Invalid for anybody else."""
    async with deps.database.read() as session:
        account = await account_by_id(session, actor.account_id)
        ways = await ways_of(session, account.id)
    if not deps.settings.is_demo or ways.ways_in or ways.apps:
        raise Invalid({"password": WRONG_PASSWORD}, {})
    return await write_proof(deps, actor, "demo")


async def keep_form(deps: Deps, actor: Actor, form: KeptForm) -> str:
    """Keep what was posted, sealed, for ten minutes and this session; gives the word that it is asked for by."""
    fields = [(name, value) for name, value in form.fields if not any(word in name.lower() for word in _SECRETS)]
    data: dict[str, Any] = {"session": str(actor.session_id), "path": form.path, "back": form.back, "fields": fields}
    return (await begin_step(deps, KEPT, data, account_id=actor.account_id)).text


async def kept_form(deps: Deps, actor: Actor, token: str) -> KeptForm:
    """Give back what this session had posted. Raises Gone after ten minutes, and for any other session."""
    step = await look_at_step(deps, KEPT, token)
    if step is None or step.account_id != actor.account_id or step.data["session"] != str(actor.session_id):
        raise Gone(NOT_KEPT)
    return KeptForm(step.data["path"], step.data["back"], [(name, value) for name, value in step.data["fields"]])


async def write_proof(deps: Deps, actor: Actor, method: str) -> Secret:
    """Write that the person was proved now. The cookie changes: a stolen one does not become good for more by it.

    Raises SignInNeeded when the session has ended meanwhile.
    """
    secret = new_secret()
    live = update(PageSession).where(col(PageSession.id) == actor.session_id, col(PageSession.ended_at).is_(None))
    async with deps.database.write() as session:
        proved = await session.exec(live.values(proved_at=deps.now(), token_hash=secret.digest))
        if proved.rowcount != 1:
            raise SignInNeeded
        note(session, deps.now(), actor, "step_up", Subject("Account", actor.account_id), method)
    return secret


async def _limit(deps: Deps, actor: Actor) -> None:
    await deps.limits.spend("step-up here", FROM_HERE, f"{actor.account_id}|{actor.address}")
    await deps.limits.spend("step-up", FROM_ANYWHERE, str(actor.account_id))


async def _denied(deps: Deps, actor: Actor, why: str) -> None:
    await note_denial(deps, actor, "step_up", Subject("Account", actor.account_id), why)
