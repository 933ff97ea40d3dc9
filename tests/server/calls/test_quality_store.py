"""Calls in numbers, for administrators of the organization alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.calls import Story, Tally, events_of, quality_of, tallies
from server.calls.quality_store import add_story, remove_before, seats_in_rooms
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


async def test_samples_and_events_come_in_the_order_of_time(site: World) -> None:
    here, story = await scene(site), Story(site.deps)
    for seconds in (10, 0, 5):
        story.add(measured(here.pcp, here.patient, TEN + timedelta(seconds=seconds)))
        story.add(incident(here.pcp, "ice_restart", at=TEN + timedelta(seconds=seconds)))
    await story.write()
    async with site.deps.database.read() as session:
        samples = await quality_of(session, site.actors["admin"], here.room.id)
        events = await events_of(session, site.actors["admin"], here.room.id)
    assert [(sample.at - TEN).seconds for sample in samples] == [0, 5, 10]
    assert [event.at for event in events] == sorted(event.at for event in events)


async def test_only_what_is_older_is_removed_and_no_more_than_was_said(world: World) -> None:
    here, story = await scene(world), Story(world.deps)
    for days in (3, 2, 1, 0):
        story.add(measured(here.pcp, here.patient, TEN - timedelta(days=days)))
    await story.write()
    for most, removed, left in ((1, 1, 3), (9, 1, 2), (9, 0, 2)):
        async with world.deps.database.write() as session:
            assert await remove_before(session, TEN - timedelta(days=1), most) == removed
        async with world.deps.database.read() as session:
            assert len(await quality_of(session, world.actors["admin"], here.room.id)) == left


async def test_each_seat_is_known_by_its_room_and_nothing_is_added_of_nothing(site: World) -> None:
    here = await scene(site)
    async with site.deps.database.write() as session:
        await add_story(session, [], [])
        seats = await seats_in_rooms(session, [here.room.id])
    assert set(seats) == {(here.room.id, here.pcp.id), (here.room.id, here.patient.id)}
