"""Retention: what expired goes after a signed checkpoint, and the rest of the chain is whole still."""

from datetime import timedelta

import pytest
from sqlmodel import select

from server.audit import AuditCheckpoint, AuditEvent, AuditHead, Sealer, Wrong, prune, prune_daily
from server.audit.retention_actions import BATCH, _allow
from tests.cast import World
from tests.server.audit.trail import attack, chain_of, event_ids, faults, record, seal_all, seals

pytestmark = pytest.mark.anyio

SIX_YEARS = 6 * 365.25


async def aged(world: World, old: int, young: int) -> Sealer:
    """Seal some events that are older than the retention, and some that are not."""
    await record(world, old)
    sealer = await seal_all(world)
    world.clock.pass_(days=SIX_YEARS + 1)
    await record(world, young)
    return await seal_all(world, sealer)


async def checkpoints(world: World) -> list[AuditCheckpoint]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(AuditCheckpoint))).all())


async def test_expired_events_go_and_the_rest_stays_and_is_whole(world: World) -> None:
    sealer = await aged(world, 3, 2)
    assert await prune(world.deps) == 3
    assert [row.sequence for row in await seals(world)] == [4, 5]
    await seal_all(world, sealer)
    assert await faults(world) == []


async def test_a_signed_checkpoint_says_what_went(world: World) -> None:
    await aged(world, 3, 2)
    last = (await seals(world))[2]
    await prune(world.deps)
    (row,) = await checkpoints(world)
    assert (row.chain, row.sequence, row.hash) == (chain_of(world), 3, last.hash)
    assert row.expired_before == world.clock.now - timedelta(days=SIX_YEARS)


async def test_that_it_was_done_is_in_the_operators_chain(world: World) -> None:
    await aged(world, 3, 2)
    await prune(world.deps)
    async with world.deps.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.action == "prune")
        (event,) = (await session.exec(query)).all()
    assert event.organization_id is None
    assert event.why.startswith("up to 3 of ")


async def test_more_than_a_batch_goes_in_batches(site: World) -> None:
    sealer = await aged(site, BATCH + 7, 1)
    assert await prune(site.deps) == BATCH + 7
    await seal_all(site, sealer)
    assert await faults(site) == []


async def test_nothing_expired_removes_nothing_and_signs_nothing(world: World) -> None:
    await record(world, 3)
    await seal_all(world)
    assert await prune(world.deps) == 0
    assert await checkpoints(world) == []


async def test_a_chain_of_which_everything_expired_goes_on_after_its_checkpoint(world: World) -> None:
    sealer = await aged(world, 3, 0)
    assert await prune(world.deps) == 3
    await seal_all(world, sealer)
    assert await faults(world) == []
    await record(world, 1)
    await seal_all(world, sealer)
    assert [row.sequence for row in await seals(world)] == [4]
    assert await faults(world) == []


async def test_heads_of_what_went_go_too(world: World) -> None:
    await aged(world, 3, 2)
    await prune(world.deps)
    async with world.deps.database.read() as session:
        found = (await session.exec(select(AuditHead).where(AuditHead.chain == chain_of(world)))).all()
    assert [head.sequence for head in found] == [5]


async def test_a_young_event_keeps_the_older_ones_after_it_in_the_chain(world: World) -> None:
    """The chain's beginning goes, never its middle."""
    await record(world, 1)
    sealer = await seal_all(world)
    world.clock.pass_(days=SIX_YEARS + 1)
    await record(world, 1)
    await seal_all(world, sealer)
    world.clock.pass_(days=-SIX_YEARS - 1)
    await record(world, 1)
    await seal_all(world, sealer)
    world.clock.pass_(days=SIX_YEARS + 1)
    assert await prune(world.deps) == 1
    assert [row.sequence for row in await seals(world)] == [2, 3]
    await seal_all(world, sealer)
    assert await faults(world) == []


async def test_what_a_crash_left_after_the_checkpoint_goes_the_next_time(world: World) -> None:
    sealer = await aged(world, 3, 2)
    await _allow(world.deps, chain_of(world), world.clock.now - timedelta(days=SIX_YEARS))
    await seal_all(world, sealer)
    assert await faults(world) == []
    assert await prune(world.deps) == 3
    assert len(await checkpoints(world)) == 1
    await seal_all(world, sealer)
    assert await faults(world) == []


async def test_an_unsealed_event_never_goes(world: World) -> None:
    (id_,) = await record(world, 1)
    world.clock.pass_(days=SIX_YEARS + 1)
    assert await prune(world.deps) == 0
    assert id_ in await event_ids(world)


async def test_a_checkpoint_that_nobody_signed_allows_no_gap(world: World) -> None:
    await aged(world, 3, 2)
    await prune(world.deps)
    await attack(world, "UPDATE audit_checkpoint SET sequence = 4")
    assert Wrong.CHECKPOINT_FORGED in [fault.wrong for fault in await faults(world)]


async def test_it_runs_once_a_day_however_many_processes_ask(world: World) -> None:
    await aged(world, 3, 1)
    assert await prune_daily(world.deps) is False
    assert len(await seals(world)) == 1
    world.clock.pass_(days=SIX_YEARS + 1)
    await prune_daily(world.deps)
    assert len(await seals(world)) == 1
