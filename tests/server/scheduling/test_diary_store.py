"""A practitioner's time as a calendar shows it: open hours, days away with their names, and what takes it."""

from datetime import date, timedelta

import pytest

from server.scheduling.availability_rules import Leave, Why
from server.scheduling.diary_store import Diary, appointments_touching, diaries_of
from server.scheduling.schedule_actions import keep_holiday
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked, called_off
from tests.server.scheduling.feeds import busy_row
from tests.server.scheduling.schedules import nine_to_five, works

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = TEN - 10 * HOUR


async def diary(world: World, days: int = 1, who: str = "frontdesk") -> Diary:
    id_ = world.practitioners["pcp"].id
    async with world.deps.database.read() as session:
        found = await diaries_of(session, world.actors[who], [id_], MIDNIGHT, MIDNIGHT + days * DAY)
    return found[id_]


async def test_open_hours_and_other_calendars_are_given(world: World) -> None:
    await works(world, "pcp")
    await busy_row(world, TEN, TEN + HOUR)
    found = await diary(world)
    assert found.open == [(TEN - HOUR, TEN + 7 * HOUR)]
    assert found.elsewhere == [(TEN, TEN + HOUR)]
    assert not found.away


async def test_who_has_no_hours_may_still_be_busy(world: World) -> None:
    await busy_row(world, TEN, TEN + HOUR)
    found = await diary(world)
    assert (found.open, found.away) == ((), ())
    assert len(found.elsewhere) == 1


async def test_days_away_are_named(world: World) -> None:
    await works(
        world, "pcp", nine_to_five(leave=tuple(Leave(day, day) for day in (date(2026, 11, 25), date(2026, 11, 28))))
    )
    await keep_holiday(world.deps, world.actors["admin"], date(2026, 11, 26), "Thanksgiving")
    found = await diary(world, days=3)
    assert [(one.why, one.name) for one in found.away] == [(Why.LEAVE, ""), (Why.HOLIDAY, "Thanksgiving")]
    assert found.away[1].start == MIDNIGHT + 2 * DAY
    assert len(found.open) == 1


async def test_another_organization_sees_no_hours(world: World) -> None:
    await works(world, "pcp")
    await busy_row(world, TEN, TEN + HOUR)
    assert await diary(world, who="outsider") == Diary()


async def test_appointments_that_touch_the_span_are_given_once_each(world: World) -> None:
    joint = await booked(world, TEN, "pcp", "psychiatrist")
    await called_off(world, await booked(world, TEN))
    await booked(world, TEN + HOUR, held_until=TEN)  # ran out
    held = await booked(world, TEN + 2 * HOUR, held_until=TEN + HOUR)
    await booked(world, TEN + DAY)
    ids = [world.practitioners[name].id for name in ("pcp", "psychiatrist")]
    async with world.deps.database.read() as session:
        span = (ids, TEN + timedelta(minutes=5), TEN + 3 * HOUR, TEN)
        found = await appointments_touching(session, world.actors["frontdesk"], *span)
        far = await appointments_touching(session, world.actors["outsider"], *span)
    assert [row.id for row in found] == [joint.id, held.id]
    assert far == []
