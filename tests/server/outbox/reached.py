"""Rows for the tests of rings: browsers and ring channels of the psychiatrist, and what became of the messages."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlmodel import col, select

from server.kit.ids import OrganizationId, new_id
from server.outbox import (
    BrowserAddress,
    Kind,
    OutboxMessage,
    PushSubscription,
    Ring,
    RingChannel,
    queue_ring,
    queue_ring_over,
    seal_browser,
    seal_channel,
)
from tests.server.outbox.push_service import Device

if TYPE_CHECKING:
    from tests.cast import World

SECRET = "whsec_c2VjcmV0IG9mIGEgd2ViaG9vaw=="


async def subscribed(world: "World", device: Device, name: str = "psychiatrist", **more: Any) -> UUID:
    """Keep a browser of somebody's."""
    values: dict[str, Any] = dict.fromkeys(("endpoint", "endpoint_index", "p256dh", "auth"), b"")
    values |= {"id": new_id(), "account_id": world.accounts[name].id, "created_at": world.clock.now, **more}
    row = PushSubscription(**values)
    seal_browser(world.deps.keyring, row, BrowserAddress(device.endpoint, device.keys))
    async with world.deps.database.write() as session:
        session.add(row)
    return row.id


async def channel(world: "World", kind: Kind, address: str, name: str = "psychiatrist", **more: Any) -> UUID:
    """Keep a confirmed ring channel of somebody's."""
    values: dict[str, Any] = {"id": new_id(), "kind": kind, "address": b"", "account_id": world.accounts[name].id}
    row = RingChannel(**{**values, "created_at": world.clock.now, "confirmed_at": world.clock.now, **more})
    seal_channel(world.deps.keyring, row, address, SECRET if kind == Kind.WEBHOOK else "")
    async with world.deps.database.write() as session:
        session.add(row)
    return row.id


def ring_of(world: "World", name: str = "psychiatrist", consult_id: UUID | None = None, seconds: float = 90) -> Ring:
    """Make a ring that ends after so many seconds."""
    organization_id = OrganizationId(world.clinic.organization_id)
    until: datetime = world.clock.now + timedelta(seconds=seconds)
    return Ring(organization_id, world.accounts[name].id, consult_id or new_id(), until)


async def ring(world: "World", ringing: Ring) -> int:
    async with world.deps.database.write() as session:
        return await queue_ring(session, world.deps, ringing)


async def ring_over(world: "World", ringing: Ring) -> None:
    async with world.deps.database.write() as session:
        await queue_ring_over(session, world.deps, ringing)


async def messages(world: "World") -> list[OutboxMessage]:
    """Give all that was queued, in order."""
    async with world.deps.database.read() as session:
        return list((await session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))).all())


async def statuses(world: "World") -> list[str]:
    return [row.status for row in await messages(world)]


async def browsers(world: "World") -> list[PushSubscription]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(PushSubscription))).all())
