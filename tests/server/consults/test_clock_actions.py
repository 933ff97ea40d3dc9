"""The clock: reading is kept once, a time is entered or corrected by whose it is, with a reason that stays."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.consults.clock_actions import Correction, correct_time, enter_time, keep_reading
from server.consults.clock_rules import Kind
from server.consults.clock_tables import ConsultMinutes, ConsultMinutesEdit
from server.kit import Conflict, Forbidden, Invalid, NotFound
from server.kit.ids import new_id
from tests.cast import TEN, World
from tests.server.consults import talking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def lengths(world: World) -> list[int]:
    """The whole minutes of every row, in order."""
    rows = sorted(await journey.rows(world, ConsultMinutes), key=lambda row: (row.started_at, row.id))
    return [(row.ended_at - row.started_at) // timedelta(minutes=1) for row in rows]


async def test_reading_goes_on_in_one_row_and_begins_anew_after_a_pause(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.read(world, consult_id, 3)
    world.clock.pass_(minutes=10)
    await talking.read(world, consult_id, 2)
    assert await lengths(world) == [3, 2]


async def test_two_pages_of_one_case_count_once(world: World) -> None:
    consult_id = await talking.taken(world)
    for _ in range(5):
        await keep_reading(world.deps, world.actors["psychiatrist"], consult_id)
        world.clock.pass_(seconds=30)
    assert await lengths(world) == [2]


async def test_two_cases_at_once_count_once_in_all(world: World) -> None:
    first, second = await talking.taken(world), await talking.taken(world)
    for _ in range(10):
        await keep_reading(world.deps, world.actors["psychiatrist"], first)
        world.clock.pass_(seconds=30)
        await keep_reading(world.deps, world.actors["psychiatrist"], second)
        world.clock.pass_(seconds=30)
    rows = sorted(await journey.rows(world, ConsultMinutes), key=lambda row: row.started_at)
    spent = sum((row.ended_at - row.started_at for row in rows), timedelta())
    assert spent <= world.clock.now - TEN
    assert all(one.ended_at <= other.started_at for one, other in pairwise(rows))


async def test_only_who_asked_or_took_a_case_has_time_on_it(world: World) -> None:
    consult_id = await talking.taken(world)
    with pytest.raises(Forbidden):
        await keep_reading(world.deps, world.actors["caremanager"], consult_id)
    with pytest.raises(NotFound):
        await keep_reading(world.deps, world.actors["outsider"], consult_id)
    assert await lengths(world) == []


async def test_a_time_is_entered_once_with_its_reason(world: World) -> None:
    consult_id, key = await talking.taken(world), new_id()
    world.clock.pass_(minutes=30)
    wanted = Correction(TEN, TEN + timedelta(minutes=12), "By telephone")
    for _ in range(2):
        await enter_time(world.deps, world.actors["pcp"], consult_id, key, Kind.DISCUSSION, wanted)
    assert await lengths(world) == [12]
    (edit,) = await journey.rows(world, ConsultMinutesEdit)
    assert b"telephone" not in edit.reason
    async with world.deps.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.action == "enter_time")
        assert len((await session.exec(query)).all()) == 1


async def test_a_time_without_a_reason_or_in_the_future_is_refused(world: World) -> None:
    consult_id = await talking.taken(world)
    for wanted in (Correction(TEN, TEN, " "), Correction(TEN, TEN + timedelta(minutes=1), "Later")):
        with pytest.raises(Invalid):
            await enter_time(world.deps, world.actors["pcp"], consult_id, new_id(), Kind.REVIEW, wanted)
    assert await lengths(world) == []
    assert await journey.rows(world, ConsultMinutesEdit) == []


async def test_a_correction_of_what_was_changed_meanwhile_is_refused(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.read(world, consult_id, 4)
    (row,) = await journey.rows(world, ConsultMinutes)
    wanted = Correction(row.started_at, row.started_at + timedelta(minutes=2), "Was interrupted")
    await correct_time(world.deps, world.actors["psychiatrist"], consult_id, row.id, wanted)
    with pytest.raises(Conflict):
        await correct_time(world.deps, world.actors["psychiatrist"], consult_id, row.id, wanted)
    assert await lengths(world) == [2]
    await talking.read(world, consult_id, 1)
    assert await lengths(world) == [2, 1]


async def test_nobody_corrects_the_time_of_another_or_one_that_runs(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.read(world, consult_id, 4)
    (row,) = await journey.rows(world, ConsultMinutes)
    wanted = Correction(row.started_at, row.ended_at, "Not mine")
    with pytest.raises(Forbidden):
        await correct_time(world.deps, world.actors["pcp"], consult_id, row.id, wanted)
    with pytest.raises(NotFound):
        await correct_time(world.deps, world.actors["pcp"], consult_id, new_id(), wanted)
    await talking.comes(world, consult_id, "pcp", "psychiatrist")
    world.clock.pass_(minutes=2)
    coded = await talking.coded(world, consult_id)
    mine = next(time for time in coded.times if time.running and time.interval.account == world.accounts["pcp"].id)
    with pytest.raises(Conflict):
        await correct_time(world.deps, world.actors["pcp"], consult_id, mine.interval.id, wanted)
