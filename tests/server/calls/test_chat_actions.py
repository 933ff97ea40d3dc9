"""Chat is deleted a set time after the visit, and once on the record; what goes on keeps its chat."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.calls import CallFacts, ChatMessage, chat_actions, forget_old_chat
from server.jobs import JobLease
from tests.cast import World
from tests.server.calls.rooms import Scene, end, said, scene

pytestmark = pytest.mark.anyio


async def talked(world: World, *texts: str) -> Scene:
    here = await scene(world)
    for number, text in enumerate(texts):
        await CallFacts(world.deps).said(said(here.pcp, text, f"m{number}"))
    return here


async def look(world: World, days: int = 7) -> None:
    """Run the job as if its lease were free."""
    async with world.deps.database.write() as session:
        held = await session.get(JobLease, chat_actions.LEASE_NAME)
        if held:
            await session.delete(held)
    settings = world.deps.settings.model_copy(update={"chat_days": days})
    await forget_old_chat(replace(world.deps, settings=settings))


async def kept(world: World) -> int:
    async with world.deps.database.read() as session:
        return len((await session.exec(select(ChatMessage))).all())


async def deletions(world: World) -> list[AuditEvent]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(AuditEvent).where(AuditEvent.action == "delete_chat"))).all())


async def test_chat_is_kept_for_its_days_after_the_end_and_then_deleted(world: World) -> None:
    here = await talked(world, "one", "two")
    world.clock.pass_(days=1)
    await end(world, here.room)
    world.clock.pass_(days=7, seconds=-1)
    await look(world)
    assert await kept(world) == 2
    world.clock.pass_(seconds=1)
    await look(world)
    assert await kept(world) == 0


async def test_that_it_was_deleted_is_one_event_for_a_room_without_its_words(world: World) -> None:
    here = await talked(world, "take two daily", "yes")
    await end(world, here.room)
    await look(world, days=0)
    await look(world, days=0)
    (event,) = await deletions(world)
    assert (event.entity, event.entity_id, event.patient_id) == ("ChatMessage", here.room.id, world.patient.id)
    assert (event.organization_id, event.account_id, event.why) == (world.clinic.organization_id, None, "2 messages")


async def test_of_zero_days_it_goes_with_the_end_and_not_before(world: World) -> None:
    here = await talked(world, "one")
    await look(world, days=0)
    assert await kept(world) == 1
    await end(world, here.room)
    await look(world, days=0)
    assert await kept(world) == 0


async def test_the_chat_of_a_visit_that_nobody_ended_goes_by_its_last_message(world: World) -> None:
    await talked(world, "one")
    world.clock.now += timedelta(days=8, seconds=-1)
    await look(world)
    assert await kept(world) == 1
    world.clock.pass_(seconds=1)
    await look(world)
    assert await kept(world) == 0


async def test_more_rooms_than_one_batch_go_in_one_look(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_actions, "BATCH", 2)
    for _ in range(3):
        await end(world, (await talked(world, "one")).room)
    await look(world, days=0)
    assert await kept(world) == 0


async def test_within_a_minute_another_process_does_not_look_again(world: World) -> None:
    await look(world, days=0)
    await end(world, (await talked(world, "one")).room)
    await forget_old_chat(replace(world.deps, settings=world.deps.settings.model_copy(update={"chat_days": 0})))
    assert await kept(world) == 1
