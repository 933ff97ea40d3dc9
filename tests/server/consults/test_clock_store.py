"""The times of a case: what is measured of a talk, and what was kept, in order."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.calls import keep_node
from server.consults.clock_actions import Correction, correct_time
from server.consults.clock_rules import Kind, Source
from server.consults.clock_store import Time, times_of
from tests.cast import World
from tests.server.calls.presence import lease
from tests.server.consults import asking, talking

pytestmark = pytest.mark.anyio


async def times(world: World, consult_id: UUID, who: str = "psychiatrist") -> list[Time]:
    consult = await asking.row(world, consult_id)
    async with world.deps.database.read() as session:
        found = await times_of(session, world.actors[who], world.deps.keyring, [consult], world.clock.now)
    return found[consult.id]


async def test_a_talk_is_measured_for_both_from_when_both_were_connected(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.comes(world, consult_id, "psychiatrist")
    world.clock.pass_(minutes=2)
    await talking.talked(world, consult_id, 9)
    found = await times(world, consult_id)
    assert {(time.interval.kind, time.interval.source, time.running) for time in found} == {
        (Kind.DISCUSSION, Source.CALL, False)
    }
    assert {
        (asking.named(world, t.interval.account), (t.interval.ended - t.interval.started).seconds) for t in found
    } == {
        ("pcp", 540),
        ("psychiatrist", 540),
    }


async def test_a_talk_that_goes_on_runs(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.comes(world, consult_id, "pcp", "psychiatrist")
    world.clock.pass_(minutes=3)
    assert [time.running for time in await times(world, consult_id)] == [True, True]


async def minutes_of(world: World, consult_id: UUID) -> list[tuple[float, bool]]:
    """Give how long the talks of the psychiatrist took, and whether they go on."""
    mine = [t for t in await times(world, consult_id) if asking.named(world, t.interval.account) == "psychiatrist"]
    return [((t.interval.ended - t.interval.started) / timedelta(minutes=1), t.running) for t in mine]


async def test_a_talk_goes_on_by_another_node_when_theirs_dies(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.comes(world, consult_id, "pcp", "psychiatrist", node="dead")
    world.clock.pass_(minutes=4)
    for who in ("psychiatrist", "pcp"):
        world.clock.pass_(seconds=2)
        await talking.comes(world, consult_id, who, node="alive")
    await lease(world, "dead", -11)
    await keep_node(world.deps, world.live)
    world.clock.pass_(minutes=3, seconds=-4)
    assert await minutes_of(world, consult_id) == [(7, True)]
    await talking.goes(world, consult_id, "pcp")
    assert await minutes_of(world, consult_id) == [(7, False)]


async def test_a_talk_ends_with_its_node_when_nobody_comes_back_however_late_that_is_seen(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.comes(world, consult_id, "pcp", "psychiatrist", node="dead")
    world.clock.pass_(minutes=6)
    await talking.heard(world, consult_id, "pcp", "psychiatrist")
    world.clock.pass_(hours=1)
    await lease(world, "dead", -11)
    await keep_node(world.deps, world.live)
    assert await minutes_of(world, consult_id) == [(6, False)]


async def test_a_corrected_talk_takes_the_place_of_the_measured_one_with_its_history(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.talked(world, consult_id, 10)
    mine = next(t for t in await times(world, consult_id) if asking.named(world, t.interval.account) == "psychiatrist")
    world.clock.pass_(minutes=5)
    wanted = Correction(mine.interval.started, world.clock.now, "Talked on by phone")
    await correct_time(world.deps, world.actors["psychiatrist"], consult_id, mine.interval.id, wanted)
    found = await times(world, consult_id)
    assert len(found) == 2
    (changed,) = [time for time in found if time.version]
    assert changed.interval.id == mine.interval.id
    assert changed.interval.ended == world.clock.now
    assert [(edit.reason, edit.was) for edit in changed.interval.edits] == [
        ("Talked on by phone", (mine.interval.started, mine.interval.ended))
    ]


async def test_another_organization_finds_no_times_and_a_case_without_a_talk_has_none(world: World) -> None:
    consult_id = await talking.taken(world)
    assert await times(world, consult_id) == []
    await talking.talked(world, consult_id, 10)
    await talking.read(world, consult_id, 2)
    assert await times(world, consult_id, "outsider") == []
    rung = await asking.asked(world, await asking.service(world))
    assert await times(world, rung) == []
