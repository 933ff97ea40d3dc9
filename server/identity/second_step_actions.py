"""The second step after a right password: a code, or a first authenticator where the role needs one and there is none.

The session starts only here, after it. Five answers end the step, and the password has to be typed anew.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from server.access import Action, Actor, Record, Role, require
from server.audit import Subject, note, note_denial
from server.identity.actions import NO_ORGANIZATION, SECOND_STEP, SignIn, start_session
from server.identity.authenticator_actions import confirm_app, spend_code
from server.identity.authenticator_rules import Asked, Ways, asked_after_password, typed_code
from server.identity.authenticator_store import account_by_id, home_of, sign_in_policy, ways_of
from server.identity.ceremony_actions import Step, count_try, finish_step, look_at_step
from server.identity.recovery_code_actions import make_recovery_codes, spend_recovery_code
from server.identity.tables import SignInPolicy
from server.kit import N_, Conflict, Gone, Invalid, NotFound, Secret
from server.kit.ids import new_id
from server.web import Deps

WRONG_ANSWER = N_(
    "This code is not right, or was used before. Type the one that your app shows now, or a recovery code."
)
OVER = N_("Too many tries, or too much time has passed. Sign in again.")
# Of one account from one address; and of one account from everywhere, which whoever is asked has the password of.
FROM_HERE, FROM_ANYWHERE = "20/10minutes", "60/hour"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose password was right and who waits for the second step."""

    step: Step
    account_id: UUID
    actor: Actor
    ways: Ways
    asked: Asked


@dataclass(frozen=True, slots=True)
class Passed:
    """The second step was right: the session's cookie, where the person was going, and new codes to be shown once."""

    secret: Secret
    wanted: str
    codes: list[str] = field(default_factory=list)


async def waiting(deps: Deps, token: str, address: str) -> Waiting:
    """Give who waits with this cookie, and what is asked of them now. Raises Gone when it is over."""
    step = await look_at_step(deps, SECOND_STEP, token)
    if step is None or step.account_id is None:
        raise Gone(OVER)
    async with deps.database.read() as session:
        try:
            account = await account_by_id(session, step.account_id)
        except NotFound:
            raise Gone(OVER) from None
        ways, home = await ways_of(session, account.id), await home_of(session, account.id)
    if home is None:
        raise Invalid({"email": NO_ORGANIZATION}, {})
    roles = frozenset(Role(role) for role in home.roles)
    actor = Actor(roles, home.organization_id, account.id, name=account.name, address=address)
    return Waiting(step, account.id, actor, ways, asked_after_password(ways))


async def answer_second_step(deps: Deps, who: Waiting, code: str, how: SignIn) -> Passed:
    """Check the code of an app or a recovery code, and start the session. Raises Invalid, Gone or TooMany."""
    await _count(deps, who)
    right = await spend_code(deps, who.account_id, typed_code(code))
    if not right and not await spend_recovery_code(deps, who.actor, code):
        subject = Subject("Account", who.account_id)
        await note_denial(deps, who.actor, "sign_in", subject, "wrong code", how.address)
        raise Invalid({"code": WRONG_ANSWER}, {})
    return await pass_step(deps, who, how, "otp")


async def enrol_first_app(deps: Deps, who: Waiting, code: str, name: str, how: SignIn) -> Passed:
    """Let the app that was begun in this step count, and start the session. Raises Invalid, Conflict, Gone, TooMany."""
    await _count(deps, who)
    await confirm_app(deps, who.actor, typed_code(code), name, first=True)
    codes = await make_recovery_codes(deps, who.actor)
    return replace(await pass_step(deps, who, how, "otp"), codes=codes)


async def pass_step(deps: Deps, who: Waiting, how: SignIn, method: str) -> Passed:
    """Start the session that the step was for; `method` proved the person (RFC 8176). Raises Gone if it was taken."""
    if not await finish_step(deps, who.step):
        raise Gone(OVER)
    async with deps.database.read() as session:
        account = await account_by_id(session, who.account_id)
    return Passed(await start_session(deps, account, _kept(how, who.step.data, method)), who.step.data["wanted"])


async def require_second_factor(deps: Deps, actor: Actor, roles: Collection[Role]) -> None:
    """Ask these roles of the actor's organization for a second factor, from their next sign-in on.

    Raises Forbidden, and Conflict when two administrators say so for the first time at once.
    """
    require(actor, Action.MANAGE_ORGANIZATION, Record(actor.organization_id))
    words = ",".join(sorted(roles))
    try:
        async with deps.database.write() as session:
            policy = await sign_in_policy(session, actor.organization_id, lock=True)
            if policy is None:
                policy = SignInPolicy(id=new_id(), organization_id=actor.organization_id)
                session.add(policy)
            policy.second_factor_roles = words
            note(session, deps.now(), actor, "require_second_factor", Subject("SignInPolicy", policy.id), words)
    except IntegrityError:
        raise Conflict from None


async def _count(deps: Deps, who: Waiting) -> None:
    account = str(who.account_id)
    await deps.limits.spend("second step here", FROM_HERE, f"{account}|{who.actor.address}")
    await deps.limits.spend("second step", FROM_ANYWHERE, account)
    if not await count_try(deps, who.step):
        raise Gone(OVER)


def _kept(how: SignIn, data: Mapping[str, Any], method: str) -> SignIn:
    """Give how the person was proved by now: what the step kept, and the second factor."""
    organization, patient = (UUID(data[name]) if data[name] else None for name in ("organization", "patient"))
    methods = (*data["methods"], method, "mfa")
    return replace(how, methods=methods, organization_id=organization, patient_id=patient)
