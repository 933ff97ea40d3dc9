"""Verification finds what an attacker with the whole database did, and names the first row of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from server.audit import AuditHead, Fault, Sealer, Signer, Wrong, anchor_files, head_fits, head_of
from server.audit.chain_rules import COLUMNS, Tail, grown, head_statement
from server.audit.chain_store import links_after
from server.audit.verify_actions import BATCH, Evidence, verify
from server.kit.ids import new_id
from tests.cast import World
from tests.server.audit.trail import attack, chain_of, event_ids, faults, record, seal_all, seals, stored

pytestmark = pytest.mark.anyio

OTHER = {
    "recorded_at": "2026-11-24 17:00:00.000001+00",
    "roles": "admin",
    "action": "read",
    "entity": "Patient",
    "outcome": "denied",
    "why": "care team",
    "address": "198.51.100.1",
}


async def sealed(world: World, *counts: int, sealer: Sealer | None = None) -> Sealer:
    """Record and seal in as many passes as there are counts, so that there is a head after each."""
    sealer = sealer or Sealer(world.deps)
    for count in counts:
        await record(world, count)
        await seal_all(world, sealer)
    return sealer


async def the_fault(world: World, **changes: Any) -> tuple[int | None, Wrong]:
    (fault,) = await faults(world, **changes)
    assert fault.chain == chain_of(world)
    return fault.sequence, fault.wrong


async def test_a_trail_that_nobody_touched_is_whole(world: World) -> None:
    await sealed(world, 3, 2, 4)
    assert await faults(world) == []


async def test_it_tells_how_much_it_checked_and_how_far_each_chain_reaches(world: World) -> None:
    await sealed(world, 3, 2)
    report = await verify(world.deps.database, Evidence([Signer(world.deps.audit_key).public_key]))
    assert (report.links, report.heads) == (5, 2)
    assert report.tails[chain_of(world)].sequence == 5


@pytest.mark.parametrize("column", [name for name in COLUMNS if name != "id"])
async def test_one_changed_column_of_an_event_is_found(world: World, column: str) -> None:
    await sealed(world, 5)
    third = (await event_ids(world))[2]
    value = OTHER.get(column) or stored(world, new_id())
    if column == "recorded_at" and not world.deps.database.is_sqlite:
        set_to = "timestamptz '2026-11-24 17:00:00.000001+00'"
    else:
        set_to = ":value"
    change = f"UPDATE audit_event SET {column} = {set_to} WHERE id = :id"
    await attack(world, change, value=value, id=stored(world, third))
    (fault,) = await faults(world)
    assert fault == Fault(chain_of(world), Wrong.CHANGED, 3, third)


async def test_one_changed_byte_of_a_link_is_found(world: World) -> None:
    await sealed(world, 5)
    link = (await seals(world))[1]
    await attack(
        world, "UPDATE audit_seal SET hash = :hash WHERE sequence = 2", hash=link.hash[:-1] + bytes([link.hash[-1] ^ 1])
    )
    assert await the_fault(world) == (2, Wrong.CHANGED)


async def test_a_link_that_says_another_time_is_found(world: World) -> None:
    await sealed(world, 3)
    zone = "" if world.deps.database.is_sqlite else "+00"
    await attack(world, f"UPDATE audit_seal SET sealed_at = '2026-11-25 00:00:00.000000{zone}' WHERE sequence = 3")
    assert await the_fault(world) == (3, Wrong.CHANGED)


async def test_a_removed_event_is_named(world: World) -> None:
    await sealed(world, 5)
    third = (await event_ids(world))[2]
    await attack(world, "DELETE FROM audit_event WHERE id = :id", id=stored(world, third))
    (fault,) = await faults(world)
    assert fault == Fault(chain_of(world), Wrong.EVENT_REMOVED, 3, third)


async def test_a_row_removed_with_its_link_is_named_by_the_number_that_is_missing(world: World) -> None:
    await sealed(world, 5)
    third = stored(world, (await event_ids(world))[2])
    await attack(world, *GONE, id=third)
    assert await the_fault(world) == (3, Wrong.SEAL_REMOVED)


GONE = ("DELETE FROM audit_event WHERE id = :id", "DELETE FROM audit_seal WHERE event_id = :id")


async def test_two_events_that_changed_places_are_found_at_the_first(world: World) -> None:
    await sealed(world, 5)
    two, three = (stored(world, row.event_id) for row in (await seals(world))[1:3])
    swap = "UPDATE audit_seal SET event_id = :to WHERE sequence = {}"
    await attack(world, swap.format(2), to=stored(world, new_id()))
    await attack(world, swap.format(3), to=two)
    await attack(world, swap.format(2), to=three)
    assert await the_fault(world) == (2, Wrong.CHANGED)


async def test_a_tail_that_was_cut_is_told_by_the_heads_that_were_left(world: World) -> None:
    await sealed(world, 3, 2)
    await cut(world, 3)
    assert await the_fault(world) == (4, Wrong.TAIL_CUT)


async def cut(world: World, after: int, *more: str) -> None:
    gone = f"SELECT event_id FROM audit_seal WHERE sequence > {after}"
    rows = f"DELETE FROM audit_seal WHERE sequence > {after}"
    await attack(world, f"DELETE FROM audit_event WHERE id IN ({gone})", rows, *more)


async def test_a_tail_that_was_cut_with_its_heads_is_told_by_the_anchor_file(world: World) -> None:
    await sealed(world, 3, 2)
    await cut(world, 3, "DELETE FROM audit_head WHERE sequence > 3")
    assert await the_fault(world) == (5, Wrong.TAIL_CUT)


async def test_without_the_anchor_file_nobody_could_tell(world: World) -> None:
    """Why the anchor file is worth keeping elsewhere."""
    await sealed(world, 3, 2)
    await cut(world, 3, "DELETE FROM audit_head WHERE sequence > 3")
    assert await faults(world, own_anchors=[]) == []


async def test_a_whole_chain_that_was_removed_is_told_by_the_anchor_file(world: World) -> None:
    await sealed(world, 3)
    await attack(world, "DELETE FROM audit_event", "DELETE FROM audit_seal", "DELETE FROM audit_head")
    assert await the_fault(world) == (3, Wrong.TAIL_CUT)


async def test_a_chain_that_went_on_after_it_was_cut_differs_from_the_anchor_file(world: World) -> None:
    sealer = await sealed(world, 3, 2)
    await cut(world, 3, "DELETE FROM audit_head WHERE sequence > 3")
    await sealed(world, 2, sealer=sealer)
    assert await the_fault(world) == (5, Wrong.ANCHOR_DIFFERS)


async def test_a_chain_that_was_written_anew_differs_from_its_heads(world: World) -> None:
    await sealed(world, 2, 2)
    first = stored(world, (await event_ids(world))[0])
    await attack(world, "UPDATE audit_event SET action = 'read' WHERE id = :id", id=first)
    await write_anew(world)
    assert await the_fault(world) == (2, Wrong.HEAD_DIFFERS)


async def test_a_chain_that_was_written_anew_without_heads_is_not_signed(world: World) -> None:
    await sealed(world, 2, 2)
    await write_anew(world)
    await attack(world, "DELETE FROM audit_head WHERE sequence > 2")
    assert await the_fault(world, own_anchors=[]) == (3, Wrong.NOT_SIGNED)


async def write_anew(world: World) -> None:
    """Give every link the right hash again, as anybody can who knows how it is made."""
    async with world.deps.database.read() as session:
        links = await links_after(session, chain_of(world), 0, 100)
    values = [link.values for link in links if link.values is not None]
    for link in grown(chain_of(world), Tail(), values, links[0].sealed_at):
        await attack(world, f"UPDATE audit_seal SET hash = :hash WHERE sequence = {link.sequence}", hash=link.hash)


async def test_a_head_that_another_key_signed_is_forged(world: World) -> None:
    await sealed(world, 2, 2)
    head = await last_head(world)
    forged = Signer(bytes(32)).sign(head_statement(head.chain, Tail(head.sequence, head.hash), head.signed_at))
    await attack(world, "UPDATE audit_head SET signature = :forged WHERE sequence = 4", forged=forged)
    assert await the_fault(world) == (4, Wrong.HEAD_FORGED)


async def last_head(world: World) -> AuditHead:
    async with world.deps.database.read() as session:
        return (await session.exec(select(AuditHead).order_by(col(AuditHead.sequence).desc()).limit(1))).one()


async def test_the_wrong_public_key_fits_nothing(world: World) -> None:
    await sealed(world, 2)
    (fault,) = await faults(world, public_keys=[Signer(bytes(32)).public_key], own_anchors=[])
    assert fault.wrong is Wrong.HEAD_FORGED


async def test_one_of_several_keys_is_enough(world: World) -> None:
    await sealed(world, 2)
    keys = [Signer(key).public_key for key in (bytes(32), world.deps.audit_key)]
    assert await faults(world, public_keys=keys) == []


async def test_an_anchor_file_that_was_cut_is_noticed_and_cannot_hide_a_cut_tail(world: World) -> None:
    await sealed(world, 3, 2)
    (path,) = anchor_files(world.deps.settings)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert await the_fault(world) == (5, Wrong.ANCHOR_BEHIND)


async def test_an_anchor_file_that_is_missing_is_noticed(site: World) -> None:
    await sealed(site, 3)
    anchor_files(site.deps.settings)[0].unlink()
    assert await the_fault(site) == (3, Wrong.ANCHOR_BEHIND)


async def test_an_older_copy_of_the_anchor_file_is_as_good_as_far_as_it_goes(site: World, tmp_path: Path) -> None:
    sealer = await sealed(site, 2, 1)
    copy = tmp_path / "copy"
    copy.write_bytes(anchor_files(site.deps.settings)[0].read_bytes())
    await sealed(site, 2, sealer=sealer)
    assert await faults(site, [copy]) == []
    await cut(site, 2, "DELETE FROM audit_head WHERE sequence > 2")
    assert await the_fault(site, copies=[copy]) == (3, Wrong.TAIL_CUT)


async def test_a_forged_line_of_the_anchor_file_is_found(site: World) -> None:
    await sealed(site, 3)
    path = anchor_files(site.deps.settings)[0]
    path.write_text(path.read_text().replace('"sequence": 3', '"sequence": 2'))
    assert (2, Wrong.ANCHOR_FORGED) in [(fault.sequence, fault.wrong) for fault in await faults(site)]


async def test_a_line_of_the_anchor_file_that_cannot_be_read_is_named(site: World) -> None:
    await sealed(site, 3)
    path = anchor_files(site.deps.settings)[0]
    path.write_text("{}\n" + path.read_text())
    assert await faults(site) == [Fault("line 1", Wrong.ANCHOR_UNREADABLE)]


async def test_half_a_line_at_the_end_was_being_written(site: World) -> None:
    await sealed(site, 3)
    with anchor_files(site.deps.settings)[0].open("a") as file:
        file.write('{"chain": "')
    assert await faults(site) == []


async def test_an_event_that_was_never_sealed_is_named_after_a_minute(world: World) -> None:
    await sealed(world, 1)
    (forgotten,) = await record(world)
    assert await faults(world) == [Fault(chain_of(world), Wrong.UNSEALED, None, forgotten)]
    assert await faults(world, sealed_before=world.clock.now) == []


async def test_what_is_wrong_with_one_chain_hides_nothing_of_another(world: World) -> None:
    await record(world, 2, "pcp")
    await record(world, 2, "outsider")
    await seal_all(world)
    await attack(world, "UPDATE audit_event SET action = 'read'")
    assert {fault.chain for fault in await faults(world)} == {chain_of(world, who) for who in ("pcp", "outsider")}


async def test_a_chain_longer_than_what_is_read_at_once_is_walked_to_its_end(site: World) -> None:
    await sealed(site, BATCH + 2)
    report = await verify(site.deps.database, Evidence([Signer(site.deps.audit_key).public_key]))
    assert (report.links, report.faults) == (BATCH + 2, [])
    at = f"SELECT event_id FROM audit_seal WHERE sequence = {BATCH + 1}"
    await attack(site, f"UPDATE audit_event SET why = '' WHERE id = ({at})")
    assert await the_fault(site) == (BATCH + 1, Wrong.CHANGED)


async def test_the_viewers_head_fits_until_it_or_its_link_was_changed(site: World) -> None:
    await sealed(site, 2)
    key = Signer(site.deps.audit_key).public_key
    async with site.deps.database.read() as session:
        head = await head_of(session, site.actors["admin"])
        assert head is not None
        assert await head_fits(session, head, key)
        assert not await head_fits(session, AuditHead(**{**head.model_dump(), "sequence": 1}), key)
    await attack(site, "UPDATE audit_seal SET hash = :hash WHERE sequence = 2", hash=bytes(32))
    async with site.deps.database.read() as session:
        assert not await head_fits(session, head, key)


async def test_the_evidence_names_no_file_twice(site: World) -> None:
    await sealed(site, 1)
    own = anchor_files(site.deps.settings)
    evidence = Evidence([Signer(site.deps.audit_key).public_key], own)
    assert (await verify(site.deps.database, replace(evidence, copies=own))).faults == []
