"""The sealer: each committed event gets one place in its organization's chain, whoever else seals, whatever dies."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select, update
from structlog.testing import capture_logs

from server.audit import AuditEvent, AuditHead, Sealer, Signer, anchor_files
from server.audit.anchors import Anchor, read_anchors
from server.audit.chain_rules import Tail, head_statement
from server.audit.chain_store import unsealed_events
from server.audit.seal_actions import BATCH, LEASE_NAME, seal
from server.audit.signatures import Verifier, key_id
from server.jobs import JobLease, take_lease
from tests.cast import World
from tests.server.audit.trail import attack, chain_of, event, faults, record, seal_all, seals, stored

pytestmark = pytest.mark.anyio


async def heads(world: World) -> list[AuditHead]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(AuditHead).order_by(col(AuditHead.id)))).all())


def anchors(path: Path) -> list[Anchor]:
    return [anchor for anchor in read_anchors(path) if isinstance(anchor, Anchor)]


async def test_committed_events_are_chained_in_the_order_in_which_they_were_made(world: World) -> None:
    made = await record(world, 3)
    await seal_all(world)
    assert [(row.sequence, row.event_id) for row in await seals(world)] == list(enumerate(made, 1))


async def test_each_organization_has_a_chain_and_the_operator_one(world: World) -> None:
    await record(world, 1, "pcp")
    await record(world, 2, "outsider")
    await record(world, 1, None)
    await seal_all(world)
    assert [len(await seals(world, who)) for who in ("pcp", "outsider")] == [1, 2]
    assert {(row.chain, row.sequence) for row in await heads(world)} == {
        (chain_of(world, "pcp"), 1),
        (chain_of(world, "outsider"), 2),
        ("operator", 1),
    }


async def test_heads_are_signed_with_the_servers_key(world: World) -> None:
    await record(world, 2)
    await seal_all(world)
    (head,) = await heads(world)
    statement = head_statement(head.chain, Tail(head.sequence, head.hash), head.signed_at)
    assert Verifier([Signer(world.deps.audit_key).public_key]).fits(statement, head.signature)
    assert head.hash == (await seals(world))[-1].hash


async def test_more_than_a_batch_is_sealed_batch_by_batch(world: World) -> None:
    made = await record(world, BATCH + 5)
    sealer = Sealer(world.deps)
    assert await sealer.work() is True
    assert await sealer.work() is False
    assert [row.event_id for row in await seals(world)] == made


async def test_nothing_new_writes_nothing(world: World) -> None:
    await record(world)
    sealer = await seal_all(world)
    assert await sealer.work() is False
    assert len(await heads(world)) == 1


async def test_a_transaction_that_commits_late_is_not_forgotten(world: World) -> None:
    late = event(world)
    await record(world)
    sealer = await seal_all(world)
    async with world.deps.database.write() as session:
        session.add(late)
    await seal_all(world, sealer)
    assert (await seals(world))[-1].event_id == late.id
    assert await faults(world) == []


async def test_one_that_commits_very_late_is_found_by_the_next_sweep(world: World) -> None:
    late = event(world)
    late.id = type(late.id)(int=late.id.int - (600_000 << 80))  # ten minutes earlier
    await record(world)
    sealer = await seal_all(world)
    async with world.deps.database.write() as session:
        session.add(late)
    await seal_all(world, sealer)
    assert len(await seals(world)) == 1
    world.clock.pass_(hours=1)
    await seal_all(world, sealer)
    assert [row.event_id for row in await seals(world)][1:] == [late.id]


async def test_writers_and_two_sealers_at_once_lose_and_double_nothing(world: World) -> None:
    async def write() -> None:
        for _ in range(5):
            await record(world, 2)

    async def seal_meanwhile(sealer: Sealer, done: asyncio.Event) -> None:
        while not done.is_set():
            await sealer.work()

    sealers, done = [Sealer(world.deps), Sealer(world.deps)], asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for sealer in sealers:
            group.create_task(seal_meanwhile(sealer, done))
        async with asyncio.TaskGroup() as writers:
            for _ in range(6):
                writers.create_task(write())
        done.set()
    async with world.deps.database.write() as session:
        await session.exec(update(JobLease).values(leased_until=world.clock.now - timedelta(days=365)))
    await seal_all(world, sealers[1])
    found = await seals(world)
    assert [row.sequence for row in found] == list(range(1, 61))
    assert len({row.event_id for row in found}) == 60
    assert await faults(world) == []


async def test_a_sealer_that_was_overtaken_writes_nothing(world: World) -> None:
    """It read events and tail, stood still past its lease while another sealed the same, and came back."""
    await record(world, 2)
    async with world.deps.database.read() as session:
        due = await unsealed_events(session, None, BATCH)
    await seal_all(world)
    async with world.deps.database.write() as session:
        await session.exec(update(JobLease).values(leased_until=world.clock.now - timedelta(days=365)))
    signer = Signer(world.deps.audit_key)
    assert await seal(world.deps, signer, "the one who slept", due) is False
    assert len(await seals(world)) == 2
    assert await faults(world) == []


async def test_while_another_holds_the_lease_nothing_is_sealed(world: World) -> None:
    await record(world)
    async with world.deps.database.write() as session:
        assert await take_lease(session, LEASE_NAME, "another node", timedelta(minutes=1))
    assert await Sealer(world.deps).work() is False
    assert await seals(world) == []


async def test_heads_are_anchored_outside_of_the_database(world: World) -> None:
    await record(world)
    sealer = await seal_all(world)
    await record(world)
    await seal_all(world, sealer)
    (path,) = anchor_files(world.deps.settings)
    lines = anchors(path)
    assert [(line.chain, line.tail.sequence) for line in lines] == [(chain_of(world), 1), (chain_of(world), 2)]
    assert lines[-1].key == key_id(Signer(world.deps.audit_key).public_key)
    assert path.stat().st_mode & 0o077 == 0


async def test_what_a_sealer_that_died_did_not_anchor_is_anchored_by_the_next(world: World) -> None:
    await record(world)
    async with world.deps.database.read() as session:
        due = await unsealed_events(session, None, BATCH)
    assert await seal(world.deps, Signer(world.deps.audit_key), "died after the commit", due)
    (path,) = anchor_files(world.deps.settings)
    assert not path.exists()
    await seal_all(world)
    assert [line.tail.sequence for line in anchors(path)] == [1]


async def test_a_second_start_does_not_anchor_the_same_again(site: World) -> None:
    await record(site)
    await seal_all(site)
    await seal_all(site)
    (path,) = anchor_files(site.deps.settings)
    assert len(anchors(path)) == 1


async def test_a_second_place_gets_the_same_lines(site: World, tmp_path: Path) -> None:
    second = tmp_path / "elsewhere" / "anchors"
    deps = with_settings(site, audit_anchor=str(second))
    await record(site)
    await Sealer(deps).work()
    assert anchors(second) == anchors(site.deps.settings.data / "audit.anchors")


async def test_a_disk_that_fails_stops_neither_sealing_nor_the_first_file_and_is_caught_up(
    site: World, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")  # a file where a folder is needed
    deps = with_settings(site, audit_anchor=str(blocked / "anchors"))
    sealer = Sealer(deps)
    await record(site)
    with capture_logs() as logs:
        await sealer.work()
        await sealer.work()
    assert [line["event"] for line in logs] == ["anchors not written"]
    assert len(anchors(site.deps.settings.data / "audit.anchors")) == 1
    blocked.unlink()
    await sealer.work()
    assert len(anchors(blocked / "anchors")) == 1


async def test_an_event_that_was_taken_out_before_it_was_sealed_leaves_the_rest_whole(world: World) -> None:
    made = await record(world, 2)
    await attack(world, "DELETE FROM audit_event WHERE id = :id", id=stored(world, made[0]))
    await seal_all(world)
    assert [row.event_id for row in await seals(world)] == made[1:]


def with_settings(world: World, **changes: Any) -> Any:

    return replace(world.deps, settings=world.deps.settings.model_copy(update=changes))


async def test_an_event_is_one_row_whatever_it_says(world: World) -> None:
    await record(world, why="quoted | and ' and \\ and ü")
    await seal_all(world)
    async with world.deps.database.read() as session:
        assert len((await session.exec(select(AuditEvent))).all()) == 1
    assert await faults(world) == []
