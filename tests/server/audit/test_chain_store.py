"""Queries of the chains, over all organizations."""

from datetime import timedelta

import pytest

from server.audit.chain_rules import COLUMNS, OPERATOR, START, Link, Tail, lowered
from server.audit.chain_store import (
    add_links,
    chains,
    checkpoints_of,
    expired_events,
    forgotten_event,
    hashes_at,
    heads_between,
    heads_since,
    last_expired,
    last_heads,
    link_rows,
    links_after,
    newest_event,
    sealing_lag,
    tail_of,
    unsealed_events,
)
from tests.cast import World
from tests.server.audit.trail import chain_of, event_ids, record, seal_all, seals

pytestmark = pytest.mark.anyio


async def test_events_without_a_seal_come_oldest_first_and_as_many_as_asked_for(world: World) -> None:
    made = await record(world, 3)
    async with world.deps.database.read() as session:
        assert [row[0] for row in await unsealed_events(session, None, 2)] == made[:2]
        assert [row[0] for row in await unsealed_events(session, made[1], 9)] == made[2:]
    await seal_all(world)
    async with world.deps.database.read() as session:
        assert await unsealed_events(session, None, 9) == []


async def test_an_event_is_read_with_every_column_in_the_order_of_the_chain(world: World) -> None:
    await record(world)
    async with world.deps.database.read() as session:
        (row,) = await unsealed_events(session, None, 1)
    assert dict(zip(COLUMNS, row, strict=True))["recorded_at"] == world.clock.now
    assert dict(zip(COLUMNS, row, strict=True))["patient_id"] == world.patient.id


async def test_the_newest_event_has_the_highest_id(world: World) -> None:
    async with world.deps.database.read() as session:
        assert await newest_event(session) is None
    made = await record(world, 3)
    async with world.deps.database.read() as session:
        assert await newest_event(session) == made[-1]


async def test_an_event_that_waits_for_its_seal_is_forgotten_only_after_a_while(world: World) -> None:
    (id_,) = await record(world)
    async with world.deps.database.read() as session:
        assert await forgotten_event(session, world.clock.now) is None
        assert await forgotten_event(session, world.clock.now + timedelta(seconds=1)) == (
            id_,
            world.actors["pcp"].organization_id,
        )


async def test_a_chain_that_does_not_exist_begins_at_nothing(world: World) -> None:
    async with world.deps.database.read() as session:
        assert await tail_of(session, OPERATOR) == Tail(0, START)
        assert await chains(session) == []
        assert await last_expired(session, OPERATOR, world.clock.now) is None
        assert list(await checkpoints_of(session, OPERATOR)) == []


async def test_links_are_added_to_the_chain_that_they_are_of(world: World) -> None:
    (id_,) = await record(world)
    async with world.deps.database.write() as session:
        await add_links(session, link_rows({OPERATOR: [Link(1, bytes(32), world.clock.now, id_, None)]}))
    async with world.deps.database.read() as session:
        assert await tail_of(session, OPERATOR) == Tail(1, bytes(32))
        assert await hashes_at(session, OPERATOR, [1, 2]) == {1: bytes(32)}


async def test_links_come_with_their_events_in_order(world: World) -> None:
    made = await record(world, 3)
    await seal_all(world)
    async with world.deps.database.read() as session:
        links = await links_after(session, chain_of(world), 1, 5)
        one = await links_after(session, chain_of(world), 0, 1)
    assert [(link.sequence, link.event_id, (link.values or [None])[0]) for link in links] == [
        (2, made[1], made[1]),
        (3, made[2], made[2]),
    ]
    assert [link.sequence for link in one] == [1]


async def test_heads_are_found_by_their_place_and_by_when_they_were_made(world: World) -> None:
    await record(world, 2)
    sealer = await seal_all(world)
    await record(world, 1)
    await record(world, 1, None)
    await seal_all(world, sealer)
    async with world.deps.database.read() as session:
        assert [head.tail.sequence for head in await heads_between(session, chain_of(world), 0)] == [2, 3]
        assert [head.tail.sequence for head in await heads_between(session, chain_of(world), 0, 2)] == [2]
        last = await last_heads(session)
        assert {(head.chain, head.sequence) for head in last} == {(chain_of(world), 3), (OPERATOR, 1)}
        assert await heads_since(session, last[-1].id) == []
        assert len(await heads_since(session, lowered(last[-1].id, 60))) == 3
        assert await chains(session) == sorted([chain_of(world), OPERATOR])


async def test_the_last_expired_link_is_the_one_before_the_first_that_is_kept(world: World) -> None:
    await record(world, 2)
    sealer = await seal_all(world)
    world.clock.pass_(days=1)
    await record(world, 1)
    await seal_all(world, sealer)
    found = await seals(world)
    async with world.deps.database.read() as session:
        assert await last_expired(session, chain_of(world), world.clock.now) == Tail(2, found[1].hash)
        later = world.clock.now + timedelta(seconds=1)
        assert await last_expired(session, chain_of(world), later) == Tail(3, found[2].hash)
        assert await last_expired(session, chain_of(world), world.clock.now - timedelta(days=2)) is None
        first = (await event_ids(world))[0]
        assert await expired_events(session, chain_of(world), 2, 1) == [(first, 1)]


async def test_the_sealing_lags_by_the_age_of_the_oldest_event_without_a_seal(world: World) -> None:
    async with world.deps.database.read() as session:
        assert await sealing_lag(session, world.clock.now) == 0
    await record(world, 2)
    world.clock.pass_(seconds=7)
    async with world.deps.database.read() as session:
        assert await sealing_lag(session, world.clock.now) == 7
    await seal_all(world)
    async with world.deps.database.read() as session:
        assert await sealing_lag(session, world.clock.now) == 0
