"""A series is booked visit by visit: each that is free, once, and the rest is said to be lost."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.directory import Patient
from server.kit.ids import new_id
from server.outbox import OutboxMessage
from server.scheduling import SlotTaken
from server.visits.find_actions import give_back
from server.visits.series_actions import Booked, Further, book_series
from server.visits.tables import Encounter
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.schedules import works
from tests.server.visits.journey import rows
from tests.server.visits.test_find_actions import hold, wish

pytestmark = pytest.mark.anyio

WEEK = timedelta(weeks=1)


def weeks(*numbers: int) -> list[Further]:
    return [Further(new_id(), TEN + number * WEEK) for number in numbers]


async def made(world: World, held_id: UUID, further: list[Further], *, send: bool = True) -> Booked:
    held = (held_id, wish(world))
    return await book_series(world.deps, world.live, world.actors["frontdesk"], held, further, send=send)


async def test_what_is_free_is_booked_and_what_is_not_is_lost(world: World) -> None:
    await works(world, "pcp")
    row = await hold(world)
    await booked(world, TEN + 2 * WEEK)
    further = weeks(1, 2, 3)
    done = await made(world, row.id, further)
    assert [at for _, at in done.visits] == [TEN, TEN + WEEK, TEN + 3 * WEEK]
    assert done.lost == [TEN + 2 * WEEK]
    assert {one.id for one in await rows(world, Encounter)} == {id_ for id_, _ in done.visits}
    assert len(await rows(world, OutboxMessage)) == 1


async def test_the_same_series_twice_is_once_and_sends_no_second_mail(world: World) -> None:
    await works(world, "pcp")
    row, further = await hold(world), weeks(1)
    assert (await made(world, row.id, further)).visits == (await made(world, row.id, further)).visits
    assert len(await rows(world, Encounter)) == 2
    assert len(await rows(world, OutboxMessage)) == 1


async def test_a_mail_goes_out_for_one_visit_too_but_only_when_it_is_wanted(world: World) -> None:
    await works(world, "pcp")
    await made(world, (await hold(world)).id, weeks(1), send=False)
    assert await rows(world, OutboxMessage) == []
    later = (await hold(world, minutes=40)).id
    done = await book_series(
        world.deps, world.live, world.actors["frontdesk"], (later, wish(world, minutes=40)), [], send=True
    )
    assert len(done.visits) == len(await rows(world, OutboxMessage)) == 1


async def test_without_an_address_no_mail_goes_out(world: World) -> None:
    await works(world, "pcp")
    async with world.deps.database.write() as session:
        (await session.get_one(Patient, world.patient.id)).email = None
    await made(world, (await hold(world)).id, weeks(1))
    assert await rows(world, OutboxMessage) == []


async def test_without_the_first_nothing_is_booked(world: World) -> None:
    await works(world, "pcp")
    row = await hold(world)
    await give_back(world.deps, world.live, world.actors["frontdesk"], row.id)
    with pytest.raises(SlotTaken):
        await made(world, row.id, weeks(1))
    assert await rows(world, Encounter) == []
