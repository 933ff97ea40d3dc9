"""Passkeys (W3C WebAuthn 3): made with a resident key and a verified user, so that one is both factors.

The challenge waits in a step that is taken once. What the browser sends is checked by the webauthn library.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, update
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.access import Actor
from server.audit import Subject, note, note_denial
from server.identity.actions import SignIn, start_session
from server.identity.authenticator_actions import make_room
from server.identity.authenticator_rules import Part, RelyingParty, counter_is_good
from server.identity.authenticator_store import account_by_id, passkey_by_credential, passkeys_of
from server.identity.ceremony_actions import Step, begin_step, take_step
from server.identity.issuer_limits import require_own_ways
from server.identity.notices import PASSKEY_ADDED, notice
from server.identity.store import account_email
from server.identity.tables import Account, Authenticator
from server.kit import N_, Conflict, Invalid, Secret, digest
from server.kit.ids import new_id
from server.outbox import queue_mail
from server.web import Deps

NEW, USE = "passkey-new", "passkey"
REFUSED = N_("This passkey was not accepted. Try again, or sign in another way.")
TOO_LATE = N_("This took too long. Try again.")
KNOWN = N_("This passkey is in use already.")
WENT_BACK = "passkey counter went back"

Verified = TypeVar("Verified")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the browser's authenticator is asked, as JSON, and the secret of the step that waits for the answer."""

    options: dict[str, Any]
    token: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser sent back: the step's secret and the credential as JSON text; and for whom it was made."""

    party: RelyingParty
    token: str
    credential: str


async def new_passkey(deps: Deps, actor: Actor, party: RelyingParty) -> Challenge:
    """Ask the browser to make a passkey for the actor's account, on a device that holds none of it yet.

    Raises NotFound, and Forbidden for an issuer's session that reaches further than the issuer.
    """
    async with deps.database.read() as session:
        account = await account_by_id(session, actor.account_id)
        await require_own_ways(session, actor)
        passkeys = await passkeys_of(session, account.id)
    options = generate_registration_options(
        rp_id=party.id,
        rp_name="Curbside",
        user_id=account.id.bytes,
        user_name=account_email(deps.keyring, account),
        user_display_name=account.name,
        exclude_credentials=_descriptors(passkeys),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return await _challenge(deps, NEW, options, options.challenge, account.id)


async def add_passkey(deps: Deps, actor: Actor, answer: Answer, name: str, *, first: bool = False) -> Authenticator:
    """Keep a passkey that the browser made; `first` allows that only while the account has no second factor.

    Raises Invalid for an answer that is not right, Conflict, and Forbidden as `new_passkey` does.
    """
    step = await _taken(deps, NEW, answer, actor.account_id)
    verified = _checked(
        lambda: verify_registration_response(
            credential=answer.credential,
            expected_challenge=base64url_to_bytes(step.data["challenge"]),
            expected_rp_id=answer.party.id,
            expected_origin=answer.party.origin,
            require_user_verification=True,
        )
    )
    if actor.account_id is None or verified is None:
        raise Invalid({"passkey": REFUSED}, {})
    row = Authenticator(
        id=new_id(),
        account_id=actor.account_id,
        kind=Part.PASSKEY,
        name=name,
        created_at=deps.now(),
        confirmed_at=deps.now(),
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=_transports(answer.credential),
        backed_up=verified.credential_backed_up,
    )
    mail = await notice(deps, actor, PASSKEY_ADDED)
    async with deps.database.write() as session:
        await make_room(session, actor, first=first)
        if await passkey_by_credential(session, verified.credential_id):
            raise Conflict(KNOWN)
        session.add(row)
        note(session, deps.now(), actor, "add_passkey", Subject("Authenticator", row.id))
        queue_mail(session, deps, mail)
    return row


async def ask_passkey(deps: Deps, party: RelyingParty, account_id: UUID | None = None) -> Challenge:
    """Ask the browser for any passkey of this server, or for one of an account."""
    passkeys = []
    if account_id is not None:
        async with deps.database.read() as session:
            passkeys = _descriptors(await passkeys_of(session, account_id))
    options = generate_authentication_options(
        rp_id=party.id, allow_credentials=passkeys, user_verification=UserVerificationRequirement.REQUIRED
    )
    return await _challenge(deps, USE, options, options.challenge, account_id)


async def passkey_sign_in(deps: Deps, answer: Answer, how: SignIn) -> Secret:
    """Sign in with a passkey alone; gives the session's cookie. Raises Invalid for an answer that is not right."""
    row, account = await proved_passkey(deps, answer, None, how.address)
    return await start_session(deps, account, replace(how, methods=methods_of(row)))


def methods_of(row: Authenticator) -> tuple[str, ...]:
    """Name how a passkey proves somebody (RFC 8176): by a key that one device holds, or one that is copied."""
    return ("swk" if row.backed_up else "hwk", "user", "mfa")


async def proved_passkey(
    deps: Deps, answer: Answer, account_id: UUID | None, address: str
) -> tuple[Authenticator, Account]:
    """Check the answer of a passkey, of one account if it is named, and count its use.

    A counter that does not go up means that there are two of it: refused, and on the record (WebAuthn 3, section
    6.1.1). Raises Invalid.
    """
    step = await _taken(deps, USE, answer, account_id)
    async with deps.database.read() as session:
        found = await passkey_by_credential(session, _credential_id(answer.credential))
    if found is None:
        raise await _refused(deps, None, "unknown passkey", address)
    row, account = found
    verified = _checked(
        lambda: verify_authentication_response(
            credential=answer.credential,
            expected_challenge=base64url_to_bytes(step.data["challenge"]),
            expected_rp_id=answer.party.id,
            expected_origin=answer.party.origin,
            credential_public_key=row.public_key or b"",
            credential_current_sign_count=0,  # the counter is ours to judge, and to note
            require_user_verification=True,
        )
    )
    if verified is None or not _is_of(answer.credential, account, account_id):
        raise await _refused(deps, account.id, "passkey not accepted", address)
    if not await _count_use(deps, row, verified.new_sign_count, backed_up=verified.credential_backed_up):
        raise await _refused(deps, account.id, WENT_BACK, address)
    return row, account


async def _challenge(deps: Deps, kind: str, options: Any, challenge: bytes, account_id: UUID | None) -> Challenge:
    data = {"challenge": bytes_to_base64url(challenge)}
    secret = await begin_step(deps, kind, data, account_id=account_id)
    return Challenge(options_to_json_dict(options), secret.text)


async def _taken(deps: Deps, kind: str, answer: Answer, account_id: UUID | None) -> Step:
    step = await take_step(deps, kind, answer.token)
    if step is None or step.account_id != account_id:
        raise Invalid({"passkey": TOO_LATE}, {})
    return step


def _checked(check: Callable[[], Verified]) -> Verified | None:
    try:
        return check()
    except Exception:  # noqa: BLE001 - it parses what a stranger sent: whatever it raises, this is no passkey's answer
        return None


async def _refused(deps: Deps, account_id: UUID | None, why: str, address: str) -> Invalid:
    await note_denial(deps, None, "sign_in", Subject("Account", account_id), why, address)
    return Invalid({"passkey": REFUSED}, {})


async def _count_use(deps: Deps, row: Authenticator, told: int, *, backed_up: bool) -> bool:
    """Write the counter, unless another use wrote it meanwhile."""
    if not counter_is_good(row.sign_count, told):
        return False
    unchanged = update(Authenticator).where(
        col(Authenticator.id) == row.id, col(Authenticator.sign_count) == row.sign_count
    )
    async with deps.database.write() as session:
        used = await session.exec(unchanged.values(sign_count=told, backed_up=backed_up, last_used_at=deps.now()))
    return used.rowcount == 1


def _is_of(credential: str, account: Account, account_id: UUID | None) -> bool:
    """Tell whether the passkey is that account's, by what it holds itself where no account was named (section 7.2)."""
    handle = json.loads(credential)["response"].get("userHandle")
    if not handle:
        return account.id == account_id
    return base64url_to_bytes(handle) == account.id.bytes and account_id in {None, account.id}


def _credential_id(credential: str) -> bytes:
    return _checked(lambda: base64url_to_bytes(json.loads(credential)["id"])) or digest("")


def _transports(credential: str) -> str:
    """Give how the browser reaches the authenticator, as far as the words are known ones."""
    told = json.loads(credential)["response"].get("transports") or []
    known = {transport.value for transport in AuthenticatorTransport}
    return ",".join(word for word in told if word in known)[:60]


def _descriptors(passkeys: Any) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=row.credential_id,
            transports=[AuthenticatorTransport(word) for word in row.transports.split(",") if word] or None,
        )
        for row in passkeys
    ]
