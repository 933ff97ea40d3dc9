"""Queries of where people are rung beside the page: their browsers and their ring channels."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete, or_, select, union, update
from sqlmodel.ext.asyncio.session import AsyncSession

from server.kit import Keyring, NotFound, field_name
from server.outbox.parcels import BrowserAddress
from server.outbox.push_cipher import BrowserKeys
from server.outbox.tables import OutboxMessage, PushSubscription, RingChannel


async def subscriptions_of(session: AsyncSession, account_id: UUID) -> Sequence[PushSubscription]:
    """List the browsers that an account is notified in, the first one first."""
    query = select(PushSubscription).where(PushSubscription.account_id == account_id)
    return (await session.exec(query.order_by(col(PushSubscription.id)))).all()


async def reachable(session: AsyncSession, accounts: Collection[UUID]) -> frozenset[UUID]:
    """Give those of the accounts that may have something to be rung on: of many few are asked about one by one."""
    if not accounts:
        return frozenset()
    browsers = select(PushSubscription.account_id).where(col(PushSubscription.account_id).in_(accounts))
    channels = select(RingChannel.account_id).where(col(RingChannel.account_id).in_(accounts))
    found = await (await session.connection()).scalars(union(browsers, channels))
    return frozenset(found)


async def language_of(session: AsyncSession, account_id: UUID) -> str:
    """Give the language in which an account keeps what it is rung on, the last one of them; "" for none."""
    found = [(row.created_at, row.language) for row in await subscriptions_of(session, account_id)]
    found += [(row.created_at, row.language) for row in await ringing_channels(session, account_id)]
    return max(found, default=(None, ""))[1]


async def own_subscription(session: AsyncSession, account_id: UUID | None, wanted: UUID | None) -> PushSubscription:
    """Give a browser of an account. Raises NotFound."""
    found = await session.get(PushSubscription, wanted) if wanted else None
    if found is None or found.account_id != account_id:
        raise NotFound
    return found


async def subscription_at(session: AsyncSession, endpoint_index: bytes) -> PushSubscription | None:
    """Find the browser at an address, whosever it is."""
    query = select(PushSubscription).where(PushSubscription.endpoint_index == endpoint_index)
    return (await session.exec(query)).first()


async def subscription_to(session: AsyncSession, target_id: UUID | None) -> PushSubscription | None:
    """Find the browser that a message is for."""
    return await session.get(PushSubscription, target_id) if target_id else None


async def forget_subscription(session: AsyncSession, subscription_id: UUID) -> None:
    """Take a browser away."""
    await session.exec(delete(PushSubscription).where(col(PushSubscription.id) == subscription_id))


async def forget_browsers_of(session: AsyncSession, sessions: Collection[UUID]) -> None:
    """Take the browsers of page sessions away, since these are over."""
    await session.exec(delete(PushSubscription).where(col(PushSubscription.session_id).in_(sessions)))


async def move_browsers(session: AsyncSession, before: UUID, after: UUID) -> None:
    """Let the browsers of a page session go with the one that takes its place."""
    mine = update(PushSubscription).where(col(PushSubscription.session_id) == before)
    await session.exec(mine.values(session_id=after))


async def claim_browser(session: AsyncSession, wanted: UUID, account_id: UUID, session_id: UUID) -> None:
    """Let a browser go with the session that begins in it; another account's is not notified in it any more."""
    here = col(PushSubscription.id) == wanted
    await session.exec(delete(PushSubscription).where(here, col(PushSubscription.account_id) != account_id))
    await session.exec(update(PushSubscription).where(here).values(session_id=session_id))


async def count_success(session: AsyncSession, subscription_id: UUID, now: datetime) -> None:
    """Note that a browser's service took a message."""
    mine = update(PushSubscription).where(col(PushSubscription.id) == subscription_id)
    await session.exec(mine.values(last_ok_at=now, failed=0))


async def count_failure(session: AsyncSession, subscription_id: UUID) -> None:
    """Note that it did not."""
    mine = update(PushSubscription).where(col(PushSubscription.id) == subscription_id)
    await session.exec(mine.values(failed=col(PushSubscription.failed) + 1))


async def channels_of(session: AsyncSession, account_id: UUID) -> Sequence[RingChannel]:
    """List the ring channels of an account, also those that are not used, the first one first."""
    query = select(RingChannel).where(RingChannel.account_id == account_id)
    return (await session.exec(query.order_by(col(RingChannel.id)))).all()


async def ringing_channels(session: AsyncSession, account_id: UUID) -> Sequence[RingChannel]:
    """List those that are used: confirmed, and not turned off."""
    return [row for row in await channels_of(session, account_id) if row.active and row.confirmed_at is not None]


async def own_channel(
    session: AsyncSession, account_id: UUID | None, wanted: UUID | None, *, lock: bool = False
) -> RingChannel:
    """Give a ring channel of an account, locked when it is to be changed. Raises NotFound."""
    found = await session.get(RingChannel, wanted, with_for_update=lock or None) if wanted else None
    if found is None or found.account_id != account_id:
        raise NotFound
    return found


async def channel_to(session: AsyncSession, target_id: UUID | None) -> RingChannel | None:
    """Find the ring channel that a message is for."""
    return await session.get(RingChannel, target_id) if target_id else None


async def rung_targets(session: AsyncSession, about_id: UUID, targets: Sequence[UUID]) -> set[UUID]:
    """Give which of these a message about a record has reached, or is just on its way to."""
    reached = or_(OutboxMessage.status == "sent", col(OutboxMessage.attempts) > 0)
    query = select(OutboxMessage.target_id).where(
        OutboxMessage.about_id == about_id, col(OutboxMessage.target_id).in_(targets), reached
    )
    return {found for found in (await session.exec(query)).all() if found is not None}


async def end_waiting(session: AsyncSession, about_id: UUID, targets: Sequence[UUID], now: datetime) -> None:
    """Let what still waits for these about a record be late now, so that it is not sent any more."""
    waiting = update(OutboxMessage).where(
        col(OutboxMessage.about_id) == about_id,
        col(OutboxMessage.target_id).in_(targets),
        col(OutboxMessage.status) == "queued",
    )
    await session.exec(waiting.values(not_after=now, due_at=now))


def opened_browser(keyring: Keyring, row: PushSubscription) -> BrowserAddress:
    """Unseal where a browser's messages go."""
    endpoint, p256dh, auth = (
        keyring.open(getattr(row, column), field_name("push_subscription", row.id, column))
        for column in ("endpoint", "p256dh", "auth")
    )
    return BrowserAddress(endpoint, BrowserKeys(p256dh, auth))


def seal_browser(keyring: Keyring, row: PushSubscription, browser: BrowserAddress) -> None:
    """Seal where a browser's messages go into its row, beside the index it is found by."""
    values = {"endpoint": browser.endpoint, "p256dh": browser.keys.p256dh, "auth": browser.keys.auth}
    for column, value in values.items():
        setattr(row, column, keyring.seal(value, field_name("push_subscription", row.id, column)))
    row.endpoint_index = endpoint_index(keyring, browser.endpoint)


def endpoint_index(keyring: Keyring, endpoint: str) -> bytes:
    """Give the keyed hash that a browser is found by."""
    return keyring.index(endpoint, "push_subscription.endpoint")


def opened_address(keyring: Keyring, row: RingChannel) -> str:
    """Unseal the address of a ring channel."""
    return keyring.open(row.address, field_name("ring_channel", row.id, "address"))


def opened_secret(keyring: Keyring, row: RingChannel) -> str:
    """Unseal what a webhook's messages are signed with; nothing for other channels."""
    return keyring.open(row.secret, field_name("ring_channel", row.id, "secret")) if row.secret else ""


def seal_channel(keyring: Keyring, row: RingChannel, address: str, secret: str) -> None:
    """Seal address and secret into a ring channel's row."""
    row.address = keyring.seal(address, field_name("ring_channel", row.id, "address"))
    row.secret = keyring.seal(secret, field_name("ring_channel", row.id, "secret")) if secret else None
