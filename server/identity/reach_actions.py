"""How somebody is reached while no page is open: the browsers that notify them, and their phone, pager or webhook."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.audit import Subject, note
from server.kit import N_, Conflict, Invalid, NotFound
from server.kit.ids import OrganizationId, new_id
from server.outbox import (
    MOST_CHANNELS,
    MOST_DEVICES,
    MOST_WRONG,
    BrowserAddress,
    Kind,
    PushSubscription,
    RingChannel,
    UnusableKey,
    channels_of,
    code_ends,
    endpoint_index,
    is_callable,
    own_channel,
    own_subscription,
    queue_code,
    queue_test,
    seal_browser,
    seal_channel,
    subscription_at,
    subscriptions_of,
    typed_digits,
)
from server.web import Deps

WRONG_CODE = N_("This code is not right. Look again, or have a new one sent.")
OLD_CODE = N_("This code is no longer good. Have a new one sent.")
TOO_MANY = N_("These are as many as we can keep. Remove one first.")
UNUSABLE = N_("This browser gave no address that we can send to.")


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that subscribed: where its messages go, what it calls itself, and in which language."""

    address: BrowserAddress
    agent: str
    language: str


async def add_browser(deps: Deps, actor: Actor, browser: Browser) -> UUID:
    """Notify the actor in this browser from now on, and nobody else who was before. Saying it again changes nothing.

    Raises Invalid for a browser that nothing can be sent to, and Conflict when there are too many.
    """
    account_id = _own(actor)
    _check(deps, browser.address)
    async with deps.database.write() as session:
        row = await subscription_at(session, endpoint_index(deps.keyring, browser.address.endpoint))
        is_new = row is None or row.account_id != account_id
        if is_new and len(await subscriptions_of(session, account_id)) >= MOST_DEVICES:
            raise Conflict(TOO_MANY)
        if row is None:
            row = PushSubscription(
                id=new_id(),
                account_id=account_id,
                created_at=deps.now(),
                endpoint=b"",
                endpoint_index=b"",
                p256dh=b"",
                auth=b"",
            )
        row.account_id, row.session_id = account_id, actor.session_id
        row.agent, row.language = browser.agent[:200], browser.language
        seal_browser(deps.keyring, row, browser.address)
        session.add(row)
        if is_new:
            _note(session, deps.now(), actor, "add_notifications", row.id)
    return row.id


def _check(deps: Deps, address: BrowserAddress) -> None:
    try:
        address.keys.check()
    except UnusableKey:
        raise Invalid({"endpoint": UNUSABLE}, {}) from None
    if not is_callable(address.endpoint, deps.settings.outbound_allow):
        raise Invalid({"endpoint": UNUSABLE}, {})


async def remove_browser(deps: Deps, actor: Actor, wanted: UUID | None) -> None:
    """Notify nobody in a browser of the actor's any more. Raises NotFound."""
    async with deps.database.write() as session:
        row = await own_subscription(session, actor.account_id, wanted)
        await session.delete(row)
        _note(session, deps.now(), actor, "remove_notifications", row.id)


async def send_test(deps: Deps, actor: Actor, wanted: UUID | None) -> None:
    """Send a test message to a browser of the actor's. Raises NotFound, and TooMany after ten in a minute."""
    await deps.limits.spend("test notifications", "10/minute", str(actor.account_id))
    async with deps.database.write() as session:
        row = await own_subscription(session, actor.account_id, wanted)
        queue_test(session, deps, OrganizationId(actor.organization_id), row)


async def add_channel(deps: Deps, actor: Actor, kind: Kind, address: str, language: str) -> UUID:
    """Keep another way to ring the actor, and send it the code that proves it; until then it is not used.

    Raises Conflict when there are too many, and TooMany after ten codes in an hour.
    """
    account_id = _own(actor)
    await _limit(deps, account_id)
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}" if kind == Kind.WEBHOOK else ""
    async with deps.database.write() as session:
        if len(await channels_of(session, account_id)) >= MOST_CHANNELS:
            raise Conflict(TOO_MANY)
        row = RingChannel(
            id=new_id(), account_id=account_id, kind=kind, language=language, created_at=deps.now(), address=b""
        )
        seal_channel(deps.keyring, row, address, secret)
        session.add(row)
        _send_code(session, deps, actor, row)
        _note(session, deps.now(), actor, "add_ring_channel", row.id)
    return row.id


async def renew_code(deps: Deps, actor: Actor, wanted: UUID | None) -> None:
    """Send a new code; the one before is good no longer. Raises NotFound, Conflict for what is confirmed, TooMany."""
    await _limit(deps, _own(actor))
    async with deps.database.write() as session:
        row = await own_channel(session, actor.account_id, wanted, lock=True)
        if row.confirmed_at is not None:
            raise Conflict
        _send_code(session, deps, actor, row)


async def confirm_channel(deps: Deps, actor: Actor, wanted: UUID | None, typed: str) -> None:
    """Use a way to ring the actor from now on, upon the code that was sent there. Confirmed already, it stays so.

    Raises NotFound, and Invalid for a wrong code, an old one, and any after five wrong ones.
    """
    async with deps.database.write() as session:
        row = await own_channel(session, actor.account_id, wanted, lock=True)
        if row.confirmed_at is not None:
            return
        is_good = row.code_ends_at is not None and deps.now() < row.code_ends_at and row.wrong < MOST_WRONG
        is_right = row.code_hash is not None and secrets.compare_digest(row.code_hash, _hash(deps, row.id, typed))
        if is_good and is_right:
            row.confirmed_at, row.code_hash, row.code_ends_at = deps.now(), None, None
            _note(session, deps.now(), actor, "confirm_ring_channel", row.id)
            return
        row.wrong += 1
    raise Invalid({"code": WRONG_CODE if is_good else OLD_CODE}, {})


async def use_channel(deps: Deps, actor: Actor, wanted: UUID | None, *, active: bool) -> None:
    """Use a way to ring the actor, or not for now. Raises NotFound."""
    async with deps.database.write() as session:
        row = await own_channel(session, actor.account_id, wanted, lock=True)
        if row.active != active:
            row.active = active
            _note(session, deps.now(), actor, "change_ring_channel", row.id, "on" if active else "off")


async def remove_channel(deps: Deps, actor: Actor, wanted: UUID | None) -> None:
    """Take a way to ring the actor away. Raises NotFound."""
    async with deps.database.write() as session:
        row = await own_channel(session, actor.account_id, wanted, lock=True)
        await session.delete(row)
        _note(session, deps.now(), actor, "remove_ring_channel", row.id)


def _own(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise NotFound
    return actor.account_id


async def _limit(deps: Deps, account_id: UUID) -> None:
    """Codes go to whoever's address was typed: nobody is to be showered with them."""
    await deps.limits.spend("ring codes", "10/hour", str(account_id))


def _send_code(session: AsyncSession, deps: Deps, actor: Actor, row: RingChannel) -> None:
    code = f"{secrets.randbelow(10**6):06}"
    row.code_hash, row.code_ends_at, row.wrong = _hash(deps, row.id, code), code_ends(deps.now()), 0
    queue_code(session, deps, OrganizationId(actor.organization_id), row, code)


def _hash(deps: Deps, channel_id: UUID, typed: str) -> bytes:
    return deps.keyring.index(typed_digits(typed), f"ring_channel.code|{channel_id}")


def _note(session: AsyncSession, now: datetime, actor: Actor, action: str, row_id: UUID, why: str = "") -> None:
    note(session, now, actor, action, Subject("Endpoint", row_id), why)
