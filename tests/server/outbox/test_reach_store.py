"""Browsers and ring channels are found by their owner only, and what waits for them is found by what it is about."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from server.db import Database
from server.kit import NotFound
from server.kit.ids import new_id
from server.outbox import Kind, send_due_hooks
from server.outbox.reach_store import (
    channel_to,
    channels_of,
    claim_browser,
    count_failure,
    count_success,
    end_waiting,
    endpoint_index,
    forget_browsers_of,
    forget_subscription,
    language_of,
    move_browsers,
    opened_address,
    opened_browser,
    opened_secret,
    own_channel,
    own_subscription,
    reachable,
    ringing_channels,
    rung_targets,
    subscription_at,
    subscription_to,
    subscriptions_of,
)
from tests.server.identity.sessions import begin
from tests.server.outbox.push_service import Device
from tests.server.outbox.reached import SECRET, browsers, channel, messages, ring, ring_of, subscribed

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio

DEVICE = Device.new("https://push.test/1")
WHO = "psychiatrist"


@pytest.fixture
async def clinic(database: Database, tmp_path: Path) -> AsyncIterator["World"]:
    """The cast, on both kinds of database."""
    from tests.cast import opened_world

    async with opened_world(database, tmp_path) as world:
        yield world


async def test_a_browser_is_found_by_its_owner_its_address_and_its_messages(clinic: "World") -> None:
    wanted, mine = await subscribed(clinic, DEVICE), clinic.accounts[WHO].id
    async with clinic.deps.database.read() as session:
        index = endpoint_index(clinic.deps.keyring, DEVICE.endpoint)
        found: list[Any] = [
            *await subscriptions_of(session, mine),
            await own_subscription(session, mine, wanted),
            await subscription_at(session, index),
            await subscription_to(session, wanted),
        ]
        assert {row.id for row in found if row} == {wanted}
        assert len(found) == 4
        assert await subscription_to(session, None) is None
        assert opened_browser(clinic.deps.keyring, found[0]).keys == DEVICE.keys


async def test_a_browser_is_found_by_nobody_else(clinic: "World") -> None:
    wanted, other = await subscribed(clinic, DEVICE), clinic.accounts["outsider"].id
    async with clinic.deps.database.read() as session:
        assert list(await subscriptions_of(session, other)) == []
        for unknown in (wanted, new_id(), None):
            with pytest.raises(NotFound):
                await own_subscription(session, other, unknown)


async def test_what_became_of_messages_is_counted(clinic: "World") -> None:
    wanted = await subscribed(clinic, DEVICE)
    async with clinic.deps.database.write() as session:
        await count_failure(session, wanted)
        await count_failure(session, wanted)
    assert [row.failed for row in await browsers(clinic)] == [2]
    async with clinic.deps.database.write() as session:
        await count_success(session, wanted, clinic.clock.now)
    assert [(row.failed, row.last_ok_at) for row in await browsers(clinic)] == [(0, clinic.clock.now)]


async def test_a_browser_is_forgotten(clinic: "World") -> None:
    wanted = await subscribed(clinic, DEVICE)
    async with clinic.deps.database.write() as session:
        await forget_subscription(session, wanted)
    assert await browsers(clinic) == []


async def test_browsers_go_with_their_session_and_with_what_takes_its_place(clinic: "World") -> None:
    before, after = [await begin(clinic, WHO) for _ in range(2)]
    assert before.session_id
    assert after.session_id
    await subscribed(clinic, DEVICE, session_id=before.session_id)
    kept = await subscribed(clinic, Device.new("https://push.test/2"))
    async with clinic.deps.database.write() as session:
        await move_browsers(session, before.session_id, after.session_id)
        await forget_browsers_of(session, {before.session_id})
    assert {row.session_id for row in await browsers(clinic)} == {None, after.session_id}
    async with clinic.deps.database.write() as session:
        await forget_browsers_of(session, {after.session_id})
    assert [row.id for row in await browsers(clinic)] == [kept]


async def test_a_browser_goes_with_the_session_that_begins_in_it(clinic: "World") -> None:
    wanted, later = await subscribed(clinic, DEVICE), await begin(clinic, WHO)
    assert later.session_id
    async with clinic.deps.database.write() as session:
        await claim_browser(session, wanted, clinic.accounts[WHO].id, later.session_id)
    assert [row.session_id for row in await browsers(clinic)] == [later.session_id]


async def test_a_browser_in_which_somebody_else_signs_in_is_forgotten(clinic: "World") -> None:
    wanted, other = await subscribed(clinic, DEVICE), await begin(clinic, "pcp")
    assert other.session_id
    async with clinic.deps.database.write() as session:
        await claim_browser(session, wanted, clinic.accounts["pcp"].id, other.session_id)
    assert await browsers(clinic) == []


async def test_only_what_is_confirmed_and_on_rings(clinic: "World") -> None:
    mine = clinic.accounts[WHO].id
    used = await channel(clinic, Kind.WEBHOOK, "https://hooks.test/1")
    await channel(clinic, Kind.SMS, "406-555-0177", confirmed_at=None)
    await channel(clinic, Kind.SMS, "406-555-0178", active=False)
    async with clinic.deps.database.read() as session:
        assert len(await channels_of(session, mine)) == 3
        (row,) = await ringing_channels(session, mine)
        assert row.id == used
        opened = opened_address(clinic.deps.keyring, row), opened_secret(clinic.deps.keyring, row)
        assert opened == ("https://hooks.test/1", SECRET)
        assert await channel_to(session, used) is row
        assert await channel_to(session, None) is None


async def test_a_phone_has_no_secret(clinic: "World") -> None:
    wanted = await channel(clinic, Kind.SMS, "406-555-0177")
    async with clinic.deps.database.read() as session:
        row = await own_channel(session, clinic.accounts[WHO].id, wanted)
    assert opened_secret(clinic.deps.keyring, row) == ""


async def test_a_channel_is_found_by_nobody_else(clinic: "World") -> None:
    wanted, other = await channel(clinic, Kind.SMS, "406-555-0177"), clinic.accounts["pcp"].id
    async with clinic.deps.database.read() as session:
        for unknown in (wanted, new_id(), None):
            with pytest.raises(NotFound):
                await own_channel(session, other, unknown)


async def test_what_waits_ends_at_once_and_what_was_tried_counts_as_rung(clinic: "World") -> None:
    browser = await subscribed(clinic, DEVICE)
    hook = await channel(clinic, Kind.WEBHOOK, "https://127.0.0.1:9/")
    ringing = ring_of(clinic)
    await ring(clinic, ringing)
    await send_due_hooks(clinic.deps)  # refused, but it may as well have arrived
    async with clinic.deps.database.write() as session:
        assert await rung_targets(session, ringing.consult_id, [browser, hook]) == {hook}
        assert await rung_targets(session, new_id(), [browser, hook]) == set()
        await end_waiting(session, ringing.consult_id, [browser], clinic.clock.now)
    ends = {row.target_id: row.not_after for row in await messages(clinic)}
    assert ends == {browser: clinic.clock.now, hook: ringing.not_after}


async def test_of_many_accounts_those_with_a_browser_or_a_channel_are_found(clinic: "World") -> None:
    await subscribed(clinic, DEVICE)
    await channel(clinic, Kind.SMS, "406-555-0177", "pcp")
    everybody = {name: account.id for name, account in clinic.accounts.items()}
    async with clinic.deps.database.read() as session:
        assert await reachable(session, everybody.values()) == {everybody["psychiatrist"], everybody["pcp"]}
        assert await reachable(session, ()) == frozenset()


async def test_the_language_is_that_of_what_was_kept_last_and_is_used(world: "World") -> None:
    account_id = world.accounts["psychiatrist"].id

    async def language() -> str:
        async with world.deps.database.read() as session:
            return await language_of(session, account_id)

    assert await language() == ""
    await channel(world, Kind.SMS, "406-555-0177", language="es")
    world.clock.pass_(minutes=1)
    await channel(world, Kind.SMS, "406-555-0178", language="en", active=False)
    assert await language() == "es"
    await channel(world, Kind.SMS, "406-555-0179", language="en")
    assert await language() == "en"
