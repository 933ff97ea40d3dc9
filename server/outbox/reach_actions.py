"""Carrying one message to a browser or a webhook, and keeping what that says about them."""

from uuid import UUID

from server.outbox.parcels import BrowserGone, Parcel, deliver_hook, deliver_push
from server.outbox.reach_store import (
    channel_to,
    count_failure,
    count_success,
    forget_subscription,
    opened_address,
    opened_browser,
    opened_secret,
    subscription_to,
)
from server.outbox.rules import Undeliverable
from server.web import Deps


async def carry_to_browser(deps: Deps, target_id: UUID | None, parcel: Parcel) -> None:
    """Hand a message to a browser's push service, and forget a browser that takes none any more.

    Raises OSError when it was not taken, Undeliverable when it never will be.
    """
    async with deps.database.read() as session:
        found = await subscription_to(session, target_id)
    if found is None:
        raise Undeliverable("no such browser any more")
    try:
        await deliver_push(deps, opened_browser(deps.keyring, found), parcel)
    except BrowserGone:
        async with deps.database.write() as session:
            await forget_subscription(session, found.id)
        raise
    except (OSError, Undeliverable):
        async with deps.database.write() as session:
            await count_failure(session, found.id)
        raise
    async with deps.database.write() as session:
        await count_success(session, found.id, deps.now())


async def carry_to_hook(deps: Deps, target_id: UUID | None, parcel: Parcel) -> None:
    """Post a message to a webhook. Raises OSError when it was not taken, Undeliverable when it never will be."""
    async with deps.database.read() as session:
        found = await channel_to(session, target_id)
    if found is None:
        raise Undeliverable("no such webhook any more")
    address, secret = opened_address(deps.keyring, found), opened_secret(deps.keyring, found)
    await deliver_hook(deps, address, secret, parcel)
