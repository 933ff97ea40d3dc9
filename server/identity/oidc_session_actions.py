"""Sessions that came from an OpenID provider: whether they still hold there, and how they end on either side.

Sources: OpenID Connect RP-Initiated Logout 1.0 and Back-Channel Logout 1.0; RFC 6749, section 6 (refresh).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.identity.ceremony_actions import begin_step, take_step
from server.identity.endings import end_sessions
from server.identity.issuer_store import enabled_issuer, sessions_of_issuer, sessions_to_refresh
from server.identity.oidc_actions import checked_claims, client_of
from server.identity.oidc_client import fetch_token, opened_token, provider_of
from server.identity.oidc_rules import SignInRefused, Trouble, check_logout_token, endpoint, refresh_moment
from server.identity.tables import Issuer, PageSession
from server.kit import NotFound, field_name
from server.settings import Settings
from server.web import Deps

BATCH = 20
LEASE = timedelta(minutes=2)
LEFT_KIND = "oidc-left"
_SEEN_KIND = "oidc-logout"


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking an issuer: the new tokens, or that it ended the session; neither when it was silent."""

    refresh_token: str = ""
    refresh_at: datetime | None = None
    is_over: bool = False


def left_address(settings: Settings, issuer_id: UUID) -> str:
    """Give the address to which an issuer sends people back who have signed out there."""
    return f"{settings.public_url}/login/oidc/{issuer_id}/left"


async def logout_address(deps: Deps, actor: Actor) -> str:
    """Give where the actor signs out at the issuer too; empty when the session is not from one that offers it.

    Call it before the session ends. An issuer that does not answer keeps nobody from signing out here.
    """
    async with deps.database.read() as session:
        row = await session.get(PageSession, actor.session_id) if actor.session_id else None
        if row is None or row.issuer_id is None:
            return ""
        try:
            issuer = await enabled_issuer(session, row.issuer_id)
        except NotFound:
            return ""
    try:
        metadata = (await provider_of(deps, issuer.issuer)).metadata
    except SignInRefused:
        return ""
    address = endpoint(metadata, "end_session_endpoint", issuer.issuer)
    return f"{address}{'&' if '?' in address else '?'}{await _farewell(deps, issuer, row)}" if address else ""


async def _farewell(deps: Deps, issuer: Issuer, row: PageSession) -> str:
    words = {
        "client_id": issuer.client_id,
        "post_logout_redirect_uri": left_address(deps.settings, issuer.id),
        "state": (await begin_step(deps, LEFT_KIND, {"issuer": str(issuer.id)})).text,
    }
    if row.id_token:
        words["id_token_hint"] = deps.keyring.open(row.id_token, field_name("page_session", row.id, "id_token"))
    return urlencode(words)


async def has_left(deps: Deps, issuer_id: UUID | None, state: str) -> bool:
    """Tell, once, whether an issuer sends back somebody who went there from here to sign out."""
    step = await take_step(deps, LEFT_KIND, state)
    return step is not None and step.data["issuer"] == str(issuer_id)


async def take_logout_token(deps: Deps, issuer_id: UUID | None, token: str) -> None:
    """End the sessions that an issuer's logout token names and close their live connections.

    Raises NotFound for an issuer that does not sign in, SignInRefused for a token that does not count or came before.
    """
    async with deps.database.read() as session:
        issuer = await enabled_issuer(session, issuer_id)
    provider = await provider_of(deps, issuer.issuer)
    claims = (await opened_token(deps, provider, issuer.issuer, token)).claims
    check_logout_token(claims, issuer.issuer, issuer.client_id, deps.now())
    try:  # a step is kept under one name once, and for longer than a logout token is young
        await begin_step(deps, _SEEN_KIND, {}, token=f"{issuer.id}|{claims['jti']}")
    except IntegrityError as error:
        raise SignInRefused(Trouble.BROKEN, "logout_token: used") from error
    sid, subject = claims.get("sid") or "", claims.get("sub") or ""
    async with deps.database.write() as session:
        found = await sessions_of_issuer(session, issuer.id, sid=sid, subject=subject)
        await _end(deps, session, found)


async def _end(deps: Deps, session: AsyncSession, found: Sequence[PageSession]) -> None:
    """End sessions within a transaction, and note that their issuer did."""
    ended = await end_sessions(session, deps, col(PageSession.id).in_([row.id for row in found]))
    for row in found:
        if row.id in ended:
            actor = Actor(frozenset(), row.organization_id, row.account_id, row.id)
            note(session, deps.now(), actor, "sign_out", Subject("Account", row.account_id), "issuer")


async def refresh_due_sessions(deps: Deps) -> bool:
    """Ask the issuers about sessions that are due: whoever may no longer sign in there is signed out here too.

    Several processes may do this: each session is leased by a compare-and-set on when it is due. Gives whether any was.
    """
    idle = timedelta(minutes=deps.settings.session_idle_minutes)
    async with deps.database.read() as session:
        due = await sessions_to_refresh(session, deps.now(), idle, BATCH)
    for row, issuer in due:
        if await _lease(deps, row):
            await _keep(deps, row, await _ask(deps, row, issuer))
    return bool(due)


async def _lease(deps: Deps, row: PageSession) -> bool:
    same = update(PageSession).where(col(PageSession.id) == row.id, col(PageSession.refresh_at) == row.refresh_at)
    async with deps.database.write() as session:
        taken = await session.exec(same.values(refresh_at=deps.now() + LEASE))
    return taken.rowcount == 1


async def _ask(deps: Deps, row: PageSession, issuer: Issuer) -> Asked:
    if row.refresh_token is None or issuer.disabled_at is not None:
        return Asked(is_over=True)
    kept = deps.keyring.open(row.refresh_token, field_name("page_session", row.id, "refresh_token"))
    try:
        tokens = await fetch_token(deps, client_of(deps, issuer), refresh_token=kept)
        if tokens.get("id_token"):
            claims = await checked_claims(deps, issuer, tokens)
            if claims["sub"] != row.issuer_subject:
                return Asked(is_over=True)
    except SignInRefused as error:
        return Asked(is_over=error.detail == "token: invalid_grant")
    new = tokens.get("refresh_token")
    return Asked(new if isinstance(new, str) and new else kept, refresh_moment(tokens.get("expires_in"), deps.now()))


async def _keep(deps: Deps, row: PageSession, asked: Asked) -> None:
    """Write what became of it. A session of a silent issuer stays; its lease is when it is asked the next time."""
    if not asked.is_over and not asked.refresh_token:
        return
    async with deps.database.write() as session:
        fresh = await session.get(PageSession, row.id, with_for_update=True)
        if fresh is None or fresh.ended_at is not None:
            return
        if asked.is_over:
            fresh.refresh_at = None
            await _end(deps, session, [fresh])
            return
        name = field_name("page_session", row.id, "refresh_token")
        fresh.refresh_token, fresh.refresh_at = deps.keyring.seal(asked.refresh_token, name), asked.refresh_at
