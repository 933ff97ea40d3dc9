"""Calls in numbers, for administrators of the organization alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.calls import Story, Tally, events_of, quality_of, tallies
from server.kit import Forbidden
from tests.cast import TEN, World
from tests.server.calls.quality import incident, measured
from tests.server.calls.rooms import scene

pytestmark = pytest.mark.anyio


async def test_calls_are_counted_apart(world: World) -> None:
    here, there, silent, story = await scene(world), await scene(world), await scene(world), Story(world.deps)
    numbers: list[dict[str, float | None]] = [{}, {"rtt": 301}, {"loss": 0.11}, {"frozen": 0.36}, {"rtt": None}]
    for number, bad in enumerate(numbers):
        story.add(measured(here.pcp, here.patient, TEN + timedelta(seconds=5 * number), **bad))
    story.add(measured(here.patient, here.pcp))
    story.add(incident(here.pcp, "interrupted", here.patient, 900))
    story.add(incident(here.pcp, "interrupted", here.patient, 2100))
    story.add(incident(here.pcp, "video_paused"))
    story.add(incident(there.pcp, "interrupted"))
    await story.write()
    async with world.deps.database.read() as session:
        found = await tallies(session, world.actors["admin"], [room.room.id for room in (here, there, silent)])
    assert {room_id: sorted(seats, key=lambda seat: seat.samples) for room_id, seats in found.items()} == {
        here.room.id: [Tally(1), Tally(5, 3, 2, 2, 2100)],
        there.room.id: [Tally(interruptions=1)],
    }


async def test_another_organization_s_administrator_finds_nothing_and_a_clinician_may_not(site: World) -> None:
    here, story = await scene(site), Story(site.deps)
    story.add(measured(here.pcp, here.patient))
    story.add(incident(here.pcp, "interrupted"))
    await story.write()
    away = replace(site.actors["admin"], organization_id=site.actors["outsider"].organization_id)
    async with site.deps.database.read() as session:
        assert await tallies(session, away, [here.room.id]) == {}
        assert [*await quality_of(session, away, here.room.id), *await events_of(session, away, here.room.id)] == []
        with pytest.raises(Forbidden):
            await tallies(session, site.actors["pcp"], [here.room.id])
