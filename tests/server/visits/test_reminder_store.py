"""Which visits a reminder may be due of, and that a reminder is claimed once."""

from datetime import timedelta
from typing import Any

import pytest

from server.scheduling import Appointment, AppointmentReminder
from server.visits.reminder_store import claim_reminder, reminders_of, upcoming_visits
from tests.cast import TEN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


def reminder(appointment: Appointment, minutes: int, **changes: Any) -> AppointmentReminder:
    known = {"appointment_id": appointment.id, "sequence": 0, "minutes_before": minutes, "handled_at": TEN}
    return AppointmentReminder(**{**known, "mailed": True, **changes})


async def upcoming(world: World, *offsets: int) -> list[Any]:
    async with world.deps.database.read() as session:
        return list(await upcoming_visits(session, world.clock.now, offsets))


async def claimed(world: World, row: AppointmentReminder) -> bool:
    async with world.deps.database.write() as session:
        return await claim_reminder(session, world.actors["pcp"], row)


async def test_only_what_is_booked_and_near_enough_is_looked_at(world: World) -> None:
    for days in (-1, 3, 4):
        await world.visit(starts_at=TEN + timedelta(days=days, minutes=-1))
    gone, _ = await world.visit(starts_at=TEN + timedelta(days=1))
    async with world.deps.database.write() as session:
        (await session.get_one(Appointment, (await journey.appointment_of(world, gone)).id)).status = "cancelled"
    (only,) = await upcoming(world, 2880, 120)
    assert only.timed.starts_at == TEN + timedelta(days=3, minutes=-1)


async def test_a_visit_whose_near_reminders_are_handled_is_left_alone(world: World) -> None:
    visit_id, _ = await world.visit(starts_at=TEN + timedelta(days=2))
    appointment = await journey.appointment_of(world, visit_id)
    assert await claimed(world, reminder(appointment, 2880))
    assert await upcoming(world, 2880, 120) == []
    world.clock.pass_(days=1)
    (only,) = await upcoming(world, 2880, 120)
    assert only.handled == {2880}


async def test_a_reminder_is_claimed_once_for_each_time_of_an_appointment(world: World) -> None:
    visit_id, _ = await world.visit(starts_at=TEN + timedelta(days=2))
    appointment = await journey.appointment_of(world, visit_id)
    rows = [reminder(appointment, 120), reminder(appointment, 120), reminder(appointment, 120, sequence=1)]
    assert [await claimed(world, row) for row in rows] == [True, False, True]


async def test_staff_see_those_that_went_out(world: World) -> None:
    visit_id, _ = await world.visit(starts_at=TEN + timedelta(days=2))
    appointment = await journey.appointment_of(world, visit_id)
    await claimed(world, reminder(appointment, 2880, mailed=False))
    await claimed(world, reminder(appointment, 120, mailed=False, texted=True))
    async with world.deps.database.read() as session:
        assert [row.texted for row in await reminders_of(session, world.actors["pcp"], appointment.id)] == [True]
        assert await reminders_of(session, world.actors["outsider"], appointment.id) == []
