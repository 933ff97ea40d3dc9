"""The life of a one-time link, from its making to its end. The caller gives purpose, window and proof."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor, Role, Why
from server.audit import Subject, note
from server.db import after_commit
from server.identity.rules import CODE_LIFETIME, LinkState, link_state
from server.identity.store import link_by_asking, link_by_id, link_by_token
from server.identity.tables import AccessLink, AccessLinkAlias
from server.kit import N_, Conflict, Keyring, Secret, digest, new_secret
from server.kit.ids import new_id
from server.web import Deps

# How the session key of a browser that holds a link begins.
GUEST = "guest:"


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """What a new link is for: whose organization, which record, when it opens and closes, and the proof it asks for."""

    organization_id: UUID
    purpose: str
    subject_id: UUID
    opens_at: datetime
    closes_at: datetime
    proof: str


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that may hold a link: the secret for its cookie, and whether it was let in or must still ask."""

    secret: Secret
    let_in: bool


async def make_link(
    session: AsyncSession, deps: Deps, terms: LinkTerms, secret: Secret, replaces: AccessLink | None = None
) -> AccessLink:
    """Add a link to the caller's transaction. The secret's text is the link and is never stored.

    A link that it replaces stops opening. The browser that holds the old one keeps its place, under the new one.
    """
    link = AccessLink(
        id=new_id(),
        organization_id=terms.organization_id,
        purpose=terms.purpose,
        subject_id=terms.subject_id,
        token_hash=secret.digest,
        proof_hash=_proof(deps.keyring, terms.purpose, terms.proof),
        created_at=deps.now(),
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
    )
    if replaces is not None:
        await _take_over(session, link, replaces)
        replaces.revoked_at = deps.now()
    session.add(link)
    return link


def add_link_text(session: AsyncSession, deps: Deps, link: AccessLink, secret: Secret) -> None:
    """Let another text open a link, in the caller's transaction: its first text is nowhere kept to be sent again."""
    session.add(AccessLinkAlias(id=new_id(), link_id=link.id, token_hash=secret.digest, created_at=deps.now()))


async def open_link(deps: Deps, token: str) -> tuple[AccessLink, LinkState]:
    """Look at a link without spending anything. Raises NotFound."""
    async with deps.database.read() as session:
        link = await link_by_token(session, digest(token))
    return link, link_state(link, deps.now())


def browser_secret(deps: Deps, device: str, link: AccessLink) -> Secret:
    """Give the secret with which a device holds a link: its own for each link, the same however often it proves itself.

    So a form sent twice is no second device, and one phone may hold several links. Without a mark of the device each
    proof makes a new secret.
    """
    if not device:
        return new_secret()
    text = deps.keyring.index(device, f"browser|{link.id}").hex()
    return Secret(text, digest(text))


async def prove_link(deps: Deps, token: str, proof: str, holder: bytes | None, device: str = "") -> Browser | None:
    """Take the answer that a link asks for; None when it is wrong, which counts, and the fifth locks the link.

    The first browser with the right answer holds the link. The same browser resumes, known by its cookie's hash
    (`holder`) or by the mark of its `device`; any other one gets a secret that asks to take over. Raises NotFound, or
    Conflict when the link is not usable.
    """
    async with deps.database.write() as session:
        link = await link_by_token(session, digest(token), lock=True)
        if link_state(link, deps.now()) is not LinkState.USABLE:
            raise Conflict
        if not is_answered(session, deps, link, proof):
            return None
        return _take_in(session, deps, link, device, holder)


def is_answered(session: AsyncSession, deps: Deps, link: AccessLink, proof: str) -> bool:
    """Tell whether the answer to a link's question is right; a wrong one counts."""
    if secrets.compare_digest(link.proof_hash, _proof(deps.keyring, link.purpose, proof)):
        return True
    _count_wrong(session, deps, link, "wrong_answer")
    return False


async def hold_by_account(deps: Deps, actor: Actor, link_id: UUID, holder: bytes | None, device: str = "") -> Browser:
    """Let the browser of a signed-in patient hold the link of a visit of theirs, as after a right answer.

    The caller has found the visit to be the patient's own. Where another device holds the link already this one asks,
    like any second device: a session left open somewhere must not throw the patient out of a visit that goes on.
    Raises NotFound, or Conflict when the link is not usable.
    """
    async with deps.database.write() as session:
        link = await link_by_id(session, actor, link_id)
        if link_state(link, deps.now()) is not LinkState.USABLE:
            raise Conflict
        browser = _take_in(session, deps, link, device, holder)
        about = Subject("AccessLink", link.id, actor.patient_id)
        note(session, deps.now(), actor, "hold_link", about, Why.OWN_RECORD)
    return browser


def new_code() -> str:
    """Make a six-digit code."""
    return f"{secrets.randbelow(10**6):06}"


async def expect_code(session: AsyncSession, deps: Deps, asking: bytes, code: str) -> AccessLink:
    """Have the link let the asking device in for a code, which the caller sends to the contact on file.

    Raises NotFound.
    """
    link = await link_by_asking(session, asking, lock=True)
    link.code_hash, link.code_ends_at = _code_proof(deps, link, code), deps.now() + CODE_LIFETIME
    return link


async def spend_link_code(deps: Deps, asking: bytes, code: str) -> AccessLink | None:
    """Take the code and let the asking device in; None when it is wrong or old, which counts towards the lock.

    Raises NotFound, or Conflict when the link is not usable.
    """
    async with deps.database.write() as session:
        link = await link_by_asking(session, asking, lock=True)
        if link_state(link, deps.now()) is not LinkState.USABLE:
            raise Conflict
        if not _code_fits(deps, link, code):
            _count_wrong(session, deps, link, "wrong_code")
            return None
        note(session, deps.now(), guest_of(link, ""), "let_in_device", Subject("AccessLink", link.id), "mailed code")
        let_in(session, deps, link)
    return link


def let_in(session: AsyncSession, deps: Deps, link: AccessLink) -> None:
    """Bind the link to the device that asks; the one that held it is signed out. Raises Conflict when none asks."""
    if link.asking_hash is None:
        raise Conflict(N_("Nobody is asking to come in from another device any more."))
    asking, link.asking_hash, link.asking_at = link.asking_hash, None, None
    link.code_hash = link.code_ends_at = None
    _admit(session, deps, link, asking)


def guest_key(browser_hash: bytes | None) -> str:
    """Name a browser that holds a link towards the live connections, without giving its cookie's hash away."""
    return f"{GUEST}{digest((browser_hash or b'').hex()).hex()[:32]}"


def guest_of(link: AccessLink, address: str) -> Actor:
    """Give the actor that a link stands for, before or after its holder has proved anything."""
    key = guest_key(link.browser_hash)
    roles = frozenset({Role.PATIENT})
    return Actor(roles, link.organization_id, session_key=key, encounter_id=link.subject_id, address=address)


def unlock_link(link: AccessLink) -> None:
    """Forget the wrong answers."""
    link.wrong_answers = 0


def hold_link(link: AccessLink) -> None:
    """Keep the link open past its window: the visit is running."""
    link.held_open = True


def close_link(link: AccessLink, now: datetime) -> None:
    """Close the link for good: the visit is over."""
    link.closed_at, link.held_open = now, False


def set_window(link: AccessLink, opens_at: datetime, closes_at: datetime) -> None:
    """Let the link open and close at other times: the visit was moved."""
    link.opens_at, link.closes_at = opens_at, closes_at


async def _take_over(session: AsyncSession, link: AccessLink, old: AccessLink) -> None:
    link.held_open, link.browser_hash, link.bound_at = old.held_open, old.browser_hash, old.bound_at
    old.browser_hash = old.asking_hash = None
    await session.flush()  # the browser's hash is unique: it leaves the old row before it enters the new one


def _take_in(session: AsyncSession, deps: Deps, link: AccessLink, device: str, holder: bytes | None) -> Browser:
    """Bind the link to a proved browser when it is free or theirs already; otherwise the browser asks."""
    secret = browser_secret(deps, device, link)
    free = link.browser_hash in {None, holder, secret.digest}
    if free:
        _admit(session, deps, link, secret.digest)
    else:
        _ask(link, secret.digest, deps.now())
    return Browser(secret, free)


def _admit(session: AsyncSession, deps: Deps, link: AccessLink, browser_hash: bytes) -> None:
    """Bind the link to a browser; the connections of the one that held it are closed once that is durable."""
    if link.browser_hash not in {None, browser_hash}:
        old = guest_key(link.browser_hash)
        after_commit(session, lambda: deps.revoke(old))
    link.browser_hash, link.bound_at, link.wrong_answers = browser_hash, deps.now(), 0


def _ask(link: AccessLink, asking: bytes, now: datetime) -> None:
    """Note the device that asks. A code that another one asked for is void.

    Wrong answers are not forgotten here: who knows the date of birth could try codes for ever.
    """
    if link.asking_hash != asking:
        link.code_hash = link.code_ends_at = None
    link.asking_hash, link.asking_at = asking, now


def _count_wrong(session: AsyncSession, deps: Deps, link: AccessLink, what: str) -> None:
    link.wrong_answers += 1
    note(session, deps.now(), guest_of(link, ""), what, Subject("AccessLink", link.id), outcome="denied")


def _code_fits(deps: Deps, link: AccessLink, code: str) -> bool:
    if link.code_hash is None or link.code_ends_at is None or deps.now() >= link.code_ends_at:
        return False
    return secrets.compare_digest(link.code_hash, _code_proof(deps, link, code))


def _code_proof(deps: Deps, link: AccessLink, code: str) -> bytes:
    return _proof(deps.keyring, f"code|{link.id}", code)


def _proof(keyring: Keyring, purpose: str, proof: str) -> bytes:
    return keyring.index(proof, f"access_link|{purpose}")
