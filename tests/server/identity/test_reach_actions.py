"""Browsers and other ways to reach somebody: kept for their owner only, proved by a code, noted in the trail."""

import json
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from server.access import Actor, Role
from server.audit import AuditEvent
from server.identity.reach_actions import (
    Browser,
    add_browser,
    add_channel,
    confirm_channel,
    remove_browser,
    remove_channel,
    renew_code,
    send_test,
    use_channel,
)
from server.kit import Conflict, Invalid, NotFound, TooMany
from server.kit.ids import new_id
from server.outbox import (
    MOST_CHANNELS,
    MOST_DEVICES,
    BrowserAddress,
    BrowserKeys,
    Kind,
    RingChannel,
    queue_ring,
    send_due_hooks,
    send_due_pushes,
    send_due_texts,
)
from tests.server.outbox.phones import Gateway
from tests.server.outbox.push_service import Device, PushService
from tests.server.outbox.reached import browsers, channel, ring_of, subscribed

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio

WHO = "psychiatrist"


@pytest.fixture
def clinic(texting_world: "World") -> "World":
    """The cast with a gateway for text messages, on both kinds of database."""
    return texting_world


def browser(device: Device, agent: str = "Firefox") -> Browser:
    return Browser(BrowserAddress(device.endpoint, device.keys), agent, "en")


async def events(world: "World") -> list[str]:
    async with world.deps.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.entity == "Endpoint").order_by(col(AuditEvent.id))
        return [event.action for event in (await session.exec(query)).all()]


async def kept(world: "World", channel_id: UUID) -> RingChannel | None:
    async with world.deps.database.read() as session:
        return await session.get(RingChannel, channel_id)


async def code_on(world: "World", phones: Gateway) -> str:
    """Give the code that the last text message brought."""
    while await send_due_texts(world.deps):
        pass
    words = list(phones.sent.values())[-1]["text"]
    found = re.match(r"\d{6}", words)
    assert found, words
    return found[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_a_browser_that_subscribed_gets_messages(clinic: "World", service: PushService) -> None:
    device = service.device()
    wanted = await add_browser(clinic.deps, clinic.actors[WHO], browser(device))
    await send_test(clinic.deps, clinic.actors[WHO], wanted)
    await send_due_pushes(clinic.deps)
    assert [told["kind"] for told in service.read(device)] == ["test"]
    assert await events(clinic) == ["add_notifications"]


async def test_saying_it_again_keeps_one_browser(clinic: "World", service: PushService) -> None:
    device = service.device()
    first = await add_browser(clinic.deps, clinic.actors[WHO], browser(device))
    again = await add_browser(clinic.deps, clinic.actors[WHO], browser(device, "Firefox 2"))
    assert first == again
    assert [row.agent for row in await browsers(clinic)] == ["Firefox 2"]
    assert await events(clinic) == ["add_notifications"]


async def test_a_browser_belongs_to_whoever_turned_it_on_last(clinic: "World", service: PushService) -> None:
    device = service.device()
    await add_browser(clinic.deps, clinic.actors["pcp"], browser(device))
    await add_browser(clinic.deps, clinic.actors[WHO], browser(device))
    assert [row.account_id for row in await browsers(clinic)] == [clinic.accounts[WHO].id]
    assert await events(clinic) == ["add_notifications"] * 2


@pytest.mark.parametrize(
    ("endpoint", "p256dh", "auth"),
    [
        ("http://push.test/x", "", ""),
        ("https://push.test/x", "AAAA", ""),
        ("https://push.test/x", "", "AAAA"),
        ("http://10.0.0.9/x", "", ""),
    ],
)
async def test_a_browser_that_nothing_can_be_sent_to_is_refused(
    clinic: "World", endpoint: str, p256dh: str, auth: str
) -> None:
    keys = Device.new(endpoint).keys
    address = BrowserAddress(endpoint, BrowserKeys(p256dh or keys.p256dh, auth or keys.auth))
    with pytest.raises(Invalid):
        await add_browser(clinic.deps, clinic.actors[WHO], Browser(address, "", "en"))
    assert await browsers(clinic) == []


async def test_nobody_has_more_browsers_than_can_be_looked_through(clinic: "World", service: PushService) -> None:
    for number in range(MOST_DEVICES):
        await subscribed(clinic, service.device(str(number)))
    with pytest.raises(Conflict):
        await add_browser(clinic.deps, clinic.actors[WHO], browser(service.device("more")))


async def test_a_browser_is_removed_by_its_owner(clinic: "World", service: PushService) -> None:
    wanted = await add_browser(clinic.deps, clinic.actors[WHO], browser(service.device()))
    await remove_browser(clinic.deps, clinic.actors[WHO], wanted)
    assert await browsers(clinic) == []
    assert await events(clinic) == ["add_notifications", "remove_notifications"]


@pytest.mark.parametrize("act", [remove_browser, send_test])
async def test_another_persons_browser_is_not_found(clinic: "World", service: PushService, act: Any) -> None:
    wanted = await subscribed(clinic, service.device())
    for unknown in (wanted, new_id(), None):
        with pytest.raises(NotFound):
            await act(clinic.deps, clinic.actors["pcp"], unknown)
    assert len(await browsers(clinic)) == 1


async def test_test_messages_are_counted(clinic: "World", service: PushService) -> None:
    wanted = await subscribed(clinic, service.device())
    for _ in range(10):
        await send_test(clinic.deps, clinic.actors[WHO], wanted)
    with pytest.raises(TooMany):
        await send_test(clinic.deps, clinic.actors[WHO], wanted)


async def test_a_phone_rings_once_its_code_came_back(clinic: "World", phones: Gateway) -> None:
    wanted = await add_channel(clinic.deps, clinic.actors[WHO], Kind.SMS, "406-555-0177", "en")
    ringing = ring_of(clinic)
    async with clinic.deps.database.write() as session:
        assert await queue_ring(session, clinic.deps, ringing) == 0
    await confirm_channel(clinic.deps, clinic.actors[WHO], wanted, f" {await code_on(clinic, phones)} ")
    async with clinic.deps.database.write() as session:
        assert await queue_ring(session, clinic.deps, ringing) == 1
    assert await events(clinic) == ["add_ring_channel", "confirm_ring_channel"]


async def test_confirming_again_changes_nothing(clinic: "World", phones: Gateway) -> None:
    wanted = await add_channel(clinic.deps, clinic.actors[WHO], Kind.SMS, "406-555-0177", "en")
    code = await code_on(clinic, phones)
    for typed in (code, code, "not a code"):
        await confirm_channel(clinic.deps, clinic.actors[WHO], wanted, typed)
    assert await events(clinic) == ["add_ring_channel", "confirm_ring_channel"]


async def test_a_wrong_code_is_refused_and_counted(clinic: "World", phones: Gateway) -> None:
    wanted = await add_channel(clinic.deps, clinic.actors[WHO], Kind.SMS, "406-555-0177", "en")
    code = await code_on(clinic, phones)
    for _ in range(5):
        with pytest.raises(Invalid):
            await confirm_channel(clinic.deps, clinic.actors[WHO], wanted, wrong(code))
    with pytest.raises(Invalid):
        await confirm_channel(clinic.deps, clinic.actors[WHO], wanted, code)
    row = await kept(clinic, wanted)
    assert row is not None
    assert row.confirmed_at is None


async def test_a_code_is_good_for_ten_minutes(clinic: "World", phones: Gateway) -> None:
    wanted = await add_channel(clinic.deps, clinic.actors[WHO], Kind.SMS, "406-555-0177", "en")
    code = await code_on(clinic, phones)
    clinic.clock.pass_(minutes=10)
    with pytest.raises(Invalid) as refused:
        await confirm_channel(clinic.deps, clinic.actors[WHO], wanted, code)
    assert "no longer good" in refused.value.errors["code"]


async def test_a_new_code_replaces_the_old_one(clinic: "World", phones: Gateway) -> None:
    wanted = await add_channel(clinic.deps, clinic.actors[WHO], Kind.SMS, "406-555-0177", "en")
    old = await code_on(clinic, phones)
    clinic.clock.pass_(minutes=11)
    await renew_code(clinic.deps, clinic.actors[WHO], wanted)
    new = await code_on(clinic, phones)
    if old != new:
        with pytest.raises(Invalid):
            await confirm_channel(clinic.deps, clinic.actors[WHO], wanted, old)
    await confirm_channel(clinic.deps, clinic.actors[WHO], wanted, new)
    with pytest.raises(Conflict):
        await renew_code(clinic.deps, clinic.actors[WHO], wanted)


async def test_nobody_is_showered_with_codes(clinic: "World") -> None:
    wanted = await add_channel(clinic.deps, clinic.actors[WHO], Kind.SMS, "406-555-0177", "en")
    for _ in range(9):
        await renew_code(clinic.deps, clinic.actors[WHO], wanted)
    with pytest.raises(TooMany):
        await renew_code(clinic.deps, clinic.actors[WHO], wanted)


async def test_a_webhook_gets_its_code_signed_with_a_secret_of_its_own(clinic: "World", service: PushService) -> None:
    wanted = await add_channel(clinic.deps, clinic.actors[WHO], Kind.WEBHOOK, service.hook, "en")
    await send_due_hooks(clinic.deps)
    (pushed,) = service.pushed
    assert "webhook-signature" in pushed.headers
    await confirm_channel(clinic.deps, clinic.actors[WHO], wanted, json.loads(pushed.body)["code"])
    row = await kept(clinic, wanted)
    assert row is not None
    assert row.confirmed_at == clinic.clock.now
    assert row.secret is not None


async def test_a_way_is_turned_off_and_on(clinic: "World") -> None:
    wanted = await channel(clinic, Kind.SMS, "406-555-0177")
    for active in (False, False, True):
        await use_channel(clinic.deps, clinic.actors[WHO], wanted, active=active)
    assert await events(clinic) == ["change_ring_channel"] * 2


async def test_a_way_is_removed_by_its_owner(clinic: "World") -> None:
    wanted = await channel(clinic, Kind.SMS, "406-555-0177")
    await remove_channel(clinic.deps, clinic.actors[WHO], wanted)
    assert await kept(clinic, wanted) is None
    assert await events(clinic) == ["remove_ring_channel"]


async def test_another_persons_way_is_not_found(clinic: "World") -> None:
    wanted, stranger = await channel(clinic, Kind.SMS, "406-555-0177"), clinic.actors["pcp"]
    with pytest.raises(NotFound):
        await use_channel(clinic.deps, stranger, wanted, active=False)
    with pytest.raises(NotFound):
        await confirm_channel(clinic.deps, stranger, wanted, "012345")
    for act in (renew_code, remove_channel):
        with pytest.raises(NotFound):
            await act(clinic.deps, stranger, wanted)


async def test_nobody_has_more_ways_than_can_be_looked_through(clinic: "World") -> None:
    for _ in range(MOST_CHANNELS):
        await channel(clinic, Kind.SMS, "406-555-0177")
    with pytest.raises(Conflict):
        await add_channel(clinic.deps, clinic.actors[WHO], Kind.SMS, "406-555-0177", "en")


async def test_whoever_has_no_account_is_reached_nowhere(clinic: "World") -> None:
    nobody = Actor(frozenset({Role.PATIENT}), clinic.clinic.organization_id)
    with pytest.raises(NotFound):
        await add_channel(clinic.deps, nobody, Kind.SMS, "406-555-0177", "en")


async def test_address_secret_and_code_are_not_readable(clinic: "World") -> None:
    wanted = await add_channel(clinic.deps, clinic.actors[WHO], Kind.WEBHOOK, "https://hooks.test/x", "en")
    row = await kept(clinic, wanted)
    assert row is not None
    assert b"hooks" not in row.address
    assert b"whsec" not in (row.secret or b"whsec")
    assert len(row.code_hash or b"") == 32
