"""Queries of the outbox: what is due and free, and for whom a delivery may be seen."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from server.outbox import Channel, OutboxMessage, delivery_of
from server.outbox.store import count_due, due_message, read_message
from tests.cast import TEN

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio

ABOUT = new_id()


async def kept(
    world: "World",
    seconds: float = 0,
    leased: float | None = None,
    status: str = "queued",
    channel: Channel = Channel.MAIL,
    target_id: UUID | None = None,
) -> UUID:
    """A message due some seconds after ten, held until some seconds after ten."""
    row = OutboxMessage(
        id=new_id(),
        organization_id=world.clinic.organization_id,
        about_id=ABOUT,
        channel=channel,
        target_id=target_id,
        recipient=b"",
        status=status,
        queued_at=TEN,
        due_at=TEN + timedelta(seconds=seconds),
        leased_until=None if leased is None else TEN + timedelta(seconds=leased),
    )
    async with world.deps.database.write() as session:
        session.add(row)
    return row.id


async def due(world: "World", channel: Channel = Channel.MAIL) -> UUID | None:
    async with world.deps.database.write() as session:
        found = await due_message(session, channel, TEN)
        return found.id if found else None


async def test_what_is_due_is_found(world: "World") -> None:
    assert await due(world) is None
    row_id = await kept(world)
    assert await due(world) == row_id


async def test_each_channel_finds_its_own(world: "World") -> None:
    mail, text = await kept(world), await kept(world, -10, channel=Channel.TEXT)
    assert (await due(world), await due(world, Channel.TEXT)) == (mail, text)


async def test_the_oldest_is_found_first(world: "World") -> None:
    await kept(world, -10)
    oldest = await kept(world, -20)
    assert await due(world) == oldest


@pytest.mark.parametrize("channel", [Channel.PUSH, Channel.HOOK])
async def test_to_one_browser_or_webhook_the_later_message_waits_for_the_earlier(
    world: "World", channel: Channel
) -> None:
    target_id = new_id()
    await kept(world, -20, leased=30, channel=channel, target_id=target_id)
    await kept(world, -10, channel=channel, target_id=target_id)
    assert await due(world, channel) is None
    other = await kept(world, -5, channel=channel, target_id=new_id())
    assert await due(world, channel) == other


async def test_once_the_earlier_message_is_sent_the_later_one_goes(world: "World") -> None:
    target_id = new_id()
    await kept(world, -20, status="sent", channel=Channel.PUSH, target_id=target_id)
    later = await kept(world, -10, channel=Channel.PUSH, target_id=target_id)
    assert await due(world, Channel.PUSH) == later


async def test_what_is_queued_and_due_is_counted_whoever_holds_it(world: "World") -> None:
    for seconds, leased, status in ((-5, None, "queued"), (0, 30, "queued"), (1, None, "queued"), (-5, None, "sent")):
        await kept(world, seconds, leased, status)
    async with world.deps.database.read() as session:
        assert await count_due(session, TEN) == 2


async def test_what_is_not_due_yet_waits(world: "World") -> None:
    await kept(world, 0.001)
    assert await due(world) is None


@pytest.mark.parametrize("status", ["sent", "failed"])
async def test_what_is_done_is_not_found_again(world: "World", status: str) -> None:
    await kept(world, status=status)
    assert await due(world) is None


async def test_what_somebody_holds_is_left_alone_until_the_lease_is_over(world: "World") -> None:
    await kept(world, leased=0)
    assert await due(world) is None
    free = await kept(world, leased=-0.001)
    assert await due(world) == free


async def test_the_latest_message_about_a_record_is_its_delivery(world: "World") -> None:
    await kept(world)
    latest = await kept(world)
    async with world.deps.database.read() as session:
        found = await delivery_of(session, world.actors["pcp"], ABOUT)
    assert found is not None
    assert found.id == latest


async def test_a_text_message_about_the_same_record_is_a_delivery_of_its_own(world: "World") -> None:
    mail, text = await kept(world), await kept(world, channel=Channel.TEXT)
    async with world.deps.database.read() as session:
        for channel, row_id in ((Channel.MAIL, mail), (Channel.TEXT, text)):
            found = await delivery_of(session, world.actors["pcp"], ABOUT, channel)
            assert found is not None
            assert found.id == row_id


async def test_a_record_without_a_message_has_no_delivery(world: "World") -> None:
    async with world.deps.database.read() as session:
        assert await delivery_of(session, world.actors["pcp"], new_id()) is None


async def test_another_organization_sees_no_delivery(world: "World") -> None:
    await kept(world)
    async with world.deps.database.read() as session:
        assert await delivery_of(session, world.actors["outsider"], ABOUT) is None


async def test_a_colleague_reads_a_message(site: "World") -> None:
    row_id = await kept(site)
    async with site.deps.database.read() as session:
        assert (await read_message(session, site.actors["frontdesk"], row_id)).id == row_id


async def test_an_outsider_is_told_that_there_is_none(site: "World") -> None:
    row_id = await kept(site)
    async with site.deps.database.read() as session:
        with pytest.raises(NotFound):
            await read_message(session, site.actors["outsider"], row_id)


@pytest.mark.parametrize("row_id", [None, new_id()])
async def test_a_message_that_does_not_exist_is_not_found(site: "World", row_id: UUID | None) -> None:
    async with site.deps.database.read() as session:
        with pytest.raises(NotFound):
            await read_message(session, site.actors["pcp"], row_id)


async def test_somebody_without_a_role_is_refused(site: "World") -> None:
    row_id = await kept(site)
    actor = site.actors["pcp"]
    nobody = type(actor)(frozenset(), actor.organization_id)
    async with site.deps.database.read() as session:
        with pytest.raises(Forbidden):
            await read_message(session, nobody, row_id)
