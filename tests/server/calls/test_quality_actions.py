"""How calls went is written a batch at a time, for seats that there are, and removed when it is old."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.calls import Story, events_of, quality_of
from server.calls import quality_actions as actions
from server.kit.ids import new_id
from tests.cast import TEN, World
from tests.server.calls.quality import happened, incident, measured
from tests.server.calls.rooms import Scene, scene

pytestmark = pytest.mark.anyio


async def counts(world: World, here: Scene) -> tuple[int, int]:
    async with world.deps.database.read() as session:
        admin = world.actors["admin"]
        return len(await quality_of(session, admin, here.room.id)), len(await events_of(session, admin, here.room.id))


async def test_a_report_becomes_a_sample_and_its_incidents_events_from_when_they_began(world: World) -> None:
    here, story = await scene(world), Story(world.deps)
    story.add(measured(here.patient, here.pcp, loss=0.0124, firstFrame=412))
    story.add(incident(here.patient, "interrupted", here.pcp, 1400))
    story.add(happened(here.patient, "reconnected"))
    assert await story.write() is False
    async with world.deps.database.read() as session:
        (sample,) = await quality_of(session, world.actors["admin"], here.room.id)
        events = await events_of(session, world.actors["admin"], here.room.id)
    assert (sample.seat_id, sample.peer_id, sample.at) == (here.patient.id, here.pcp.id, TEN)
    assert (sample.rtt_ms, sample.loss, sample.concealed, sample.first_frame_ms) == (40, 12, None, 412)
    assert [(event.what, event.peer_id, event.lasted_ms, event.at) for event in events] == [
        ("interrupted", here.pcp.id, 1400, TEN - timedelta(seconds=2.4)),
        ("reconnected", None, None, TEN),
    ]


async def test_a_report_of_nobody_is_dropped_and_of_an_unknown_peer_names_none(site: World) -> None:
    here, there, story = await scene(site), await scene(site), Story(site.deps)
    story.add(replace(measured(here.patient, here.pcp), participant=str(new_id())))
    story.add(replace(measured(here.patient, here.pcp), room="nonsense"))
    story.add(replace(happened(here.patient, "lost"), room=str(there.room.id)))
    await story.write()
    assert await counts(site, here) == (0, 0)
    story.add(measured(here.patient, there.pcp))
    story.add(incident(here.patient, "ice_restart", there.pcp))
    await story.write()
    async with site.deps.database.read() as session:
        (sample,) = await quality_of(session, site.actors["admin"], here.room.id)
        (event,) = await events_of(session, site.actors["admin"], here.room.id)
    assert (sample.peer_id, event.peer_id) == (None, None)


async def test_what_comes_in_faster_than_it_is_written_pushes_the_oldest_out(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_WAITING", 50)
    here, story = await scene(site), Story(site.deps)
    for _ in range(60):
        story.add(happened(here.pcp, "lost"))
    assert [await story.write() for _ in range(3)] == [True, True, False]
    assert await counts(site, here) == (0, 50)


async def test_what_is_older_than_the_setting_says_is_removed_a_batch_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_REMOVED", 2)
    here, story = await scene(world), Story(world.deps)
    for days in (91, 91, 91, 89):
        story.add(measured(here.pcp, here.patient, TEN - timedelta(days=days)))
    story.add(happened(here.pcp, "lost", TEN - timedelta(days=91)))
    await story.write()
    assert [await story.prune(), await story.prune()] == [True, False]
    assert await counts(world, here) == (1, 0)
