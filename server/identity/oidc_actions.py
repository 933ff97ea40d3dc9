"""Signing in with an OpenID provider: from the button to the session (code flow with PKCE, OpenID Connect Core 1.0).

State, nonce and verifier are kept here, sealed, for one answer; a cookie of its own binds them to the browser that
asked, so that nobody can be signed in with an answer that another browser began.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from server.access import Actor
from server.audit import Subject, note_denial
from server.identity.actions import SignIn, start_session
from server.identity.ceremony_actions import Step, begin_step, take_step
from server.identity.federation_actions import Arrival, account_of
from server.identity.issuer_store import client_secret, enabled_issuer, invitation_by_hash
from server.identity.oidc_client import (
    Client,
    authorization_address,
    fetch_token,
    further_claims,
    opened_token,
    provider_of,
)
from server.identity.oidc_rules import (
    SignInRefused,
    Trouble,
    check_answer,
    check_id_token,
    check_proved_again,
    methods_of,
    refresh_moment,
)
from server.identity.step_up_actions import write_proof
from server.identity.tables import Issuer, PageSession
from server.kit import Secret, digest, new_secret
from server.settings import Settings
from server.web import Deps

KIND = "oidc"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sign-in is to lead to: a path, an invitation to be used, or a session that is to be proved anew."""

    next: str = ""
    invitation: str = field(default="", repr=False)
    session_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the secret of the cookie that it must bring back."""

    address: str = field(repr=False)
    browser: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """The cookie of a new session, or the new one of the session that was there and was proved anew; where to go."""

    secret: Secret
    next: str
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """What an issuer has proved and given: checked claims and the tokens to keep."""

    claims: Mapping[str, Any]
    tokens: Mapping[str, Any] = field(repr=False)


def callback_address(settings: Settings, issuer_id: UUID) -> str:
    """Give the redirect URI of an issuer: one for each, so that answers cannot be mixed up (RFC 9700, section 4.4)."""
    return f"{settings.public_url}/login/oidc/{issuer_id}/callback"


def client_of(deps: Deps, issuer: Issuer) -> Client:
    """Give what an issuer knows us by."""
    return Client(issuer.issuer, issuer.client_id, client_secret(deps.keyring, issuer))


async def begin_oidc(deps: Deps, issuer_id: UUID | None, wish: Wish) -> Begun:
    """Begin a sign-in. Raises NotFound for an issuer that does not sign in, SignInRefused when it does not answer."""
    async with deps.database.read() as session:
        issuer = await enabled_issuer(session, issuer_id)
        if wish.invitation:
            await _check_invitation(deps, session, issuer, wish.invitation)
    state, browser = secrets.token_urlsafe(24), new_secret()
    kept = {
        "issuer": str(issuer.id),
        "verifier": secrets.token_urlsafe(48),
        "nonce": secrets.token_urlsafe(24),
        "browser": browser.digest.hex(),
        "next": wish.next,
        "invitation": wish.invitation,
        "session": str(wish.session_id or ""),
        "asked_at": deps.now().isoformat(),
    }
    asked = {"state": state, "nonce": kept["nonce"], "code_verifier": kept["verifier"]}
    if wish.session_id:
        asked |= {"prompt": "login", "max_age": "0"}
    redirect_uri = callback_address(deps.settings, issuer.id)
    address = await authorization_address(deps, client_of(deps, issuer), redirect_uri, **asked)
    await begin_step(deps, KIND, kept, token=state)
    return Begun(address, browser)


async def _check_invitation(deps: Deps, session: Any, issuer: Issuer, invitation: str) -> None:
    if await invitation_by_hash(session, issuer, digest(invitation), deps.now()) is None:
        raise SignInRefused(Trouble.INVITATION, "invitation over")


async def finish_oidc(
    deps: Deps, issuer_id: UUID | None, answer: Mapping[str, str], browser: str, how: SignIn, present: Actor | None
) -> Finished:
    """Take an issuer's answer: start a session, or prove the present one anew.

    `browser` is the binding cookie, `present` who is signed in already. Raises NotFound or SignInRefused; a refusal is
    written into the organization's audit trail.
    """
    async with deps.database.read() as session:
        issuer = await enabled_issuer(session, issuer_id)
    try:
        step = await _own_step(deps, issuer, answer, browser)
        check_answer(answer, (await provider_of(deps, issuer.issuer)).metadata, issuer.issuer)
        proof = await _redeem(deps, issuer, answer["code"], step)
        if step.data["session"]:
            renewed = await _prove_again(deps, issuer, step, proof, present)
            return Finished(renewed, step.data["next"], is_new=False)
        return Finished(await _signed_in(deps, issuer, step, proof, how), step.data["next"])
    except SignInRefused as error:
        nobody = Actor(frozenset(), issuer.organization_id, address=how.address)
        await note_denial(deps, nobody, "sign_in", Subject("Issuer", issuer.id), error.detail)
        raise


async def _own_step(deps: Deps, issuer: Issuer, answer: Mapping[str, str], browser: str) -> Step:
    """Take the step that this answer belongs to: once, in the browser that began it, for the issuer that was asked."""
    step = await take_step(deps, KIND, answer.get("state", ""))
    if step is None:
        raise SignInRefused(Trouble.EXPIRED, "state unknown or used")
    if not hmac.compare_digest(step.data["browser"], digest(browser).hex()):
        raise SignInRefused(Trouble.EXPIRED, "another browser")
    if step.data["issuer"] != str(issuer.id):
        raise SignInRefused(Trouble.BROKEN, "answer at another issuer's address")
    return step


async def _redeem(deps: Deps, issuer: Issuer, code: str, step: Step) -> Proof:
    """Redeem the code and check the id_token, without which nobody is proved."""
    tokens = await fetch_token(
        deps,
        client_of(deps, issuer),
        code=code,
        code_verifier=step.data["verifier"],
        redirect_uri=callback_address(deps.settings, issuer.id),
    )
    claims = await checked_claims(deps, issuer, tokens, step.data["nonce"])
    if "email" not in claims:
        # some issuers keep e-mail and groups for the userinfo endpoint; what is signed comes first
        claims = {**await further_claims(deps, issuer.issuer, _text(tokens, "access_token"), claims["sub"]), **claims}
    return Proof(claims, tokens)


async def checked_claims(deps: Deps, issuer: Issuer, tokens: Mapping[str, Any], nonce: str = "") -> Mapping[str, Any]:
    """Verify and check the id_token among tokens. Raises SignInRefused, also when there is none."""
    id_token = _text(tokens, "id_token")
    if not id_token:
        raise SignInRefused(Trouble.BROKEN, "no id_token")
    provider = await provider_of(deps, issuer.issuer)
    opened = await opened_token(deps, provider, issuer.issuer, id_token)
    expected = {
        "issuer": issuer.issuer,
        "client_id": issuer.client_id,
        "access_token": _text(tokens, "access_token"),
        **({"nonce": nonce} if nonce else {}),
    }
    check_id_token(opened.claims, opened.header, expected, deps.now())
    return opened.claims


async def _signed_in(deps: Deps, issuer: Issuer, step: Step, proof: Proof, how: SignIn) -> Secret:
    arrival = Arrival(issuer, proof.claims, how.address, step.data["invitation"])
    account = await account_of(deps, arrival)
    sid, refresh_token = proof.claims.get("sid"), _text(proof.tokens, "refresh_token")
    given = replace(
        how,
        methods=methods_of(proof.claims),
        organization_id=issuer.organization_id,
        issuer_id=issuer.id,
        issuer_subject=arrival.subject,
        issuer_session=sid if isinstance(sid, str) and len(sid) <= 255 else "",
        id_token=_text(proof.tokens, "id_token"),
        refresh_token=refresh_token,
        refresh_at=refresh_moment(proof.tokens.get("expires_in"), deps.now()) if refresh_token else None,
    )
    return await start_session(deps, account, given)


async def _prove_again(deps: Deps, issuer: Issuer, step: Step, proof: Proof, present: Actor | None) -> Secret:
    """Write that the present session's person was proved anew: the same session, and the same person there."""
    now = deps.now()
    check_proved_again(proof.claims, datetime.fromisoformat(step.data["asked_at"]), now)
    if present is None or str(present.session_id) != step.data["session"]:
        raise SignInRefused(Trouble.OTHER_PERSON, "another session")
    async with deps.database.read() as session:
        row = await session.get(PageSession, present.session_id)
    if row is None or (row.issuer_id, row.issuer_subject) != (issuer.id, proof.claims["sub"]):
        raise SignInRefused(Trouble.OTHER_PERSON, "another person")
    return await write_proof(deps, present, "issuer")


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
