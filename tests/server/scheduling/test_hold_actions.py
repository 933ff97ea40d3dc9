"""A time is asked for once more when it is taken, held for a while, given back, and swept away."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from server.audit import AuditEvent
from server.scheduling import (
    Appointment,
    AppointmentParticipant,
    SlotTaken,
    Sought,
    Wanted,
    end_old_holds,
    let_go,
    take_free,
)
from server.scheduling.availability_rules import BookingLimits
from tests.cast import TEN, ZONE, World
from tests.server.scheduling.appointments import booked, confirmed, kept
from tests.server.scheduling.finding import offered
from tests.server.scheduling.schedules import nine_to_five, works

pytestmark = pytest.mark.anyio

MINUTES = timedelta(minutes=1)


def sought(**changes: Any) -> Sought:
    return Sought(**{"start": TEN, "end": TEN + timedelta(hours=8), "zone": ZONE, "minutes": 20, **changes})


async def took(world: World, *names: str, minutes: int = 0, who: str = "frontdesk", **changes: Any) -> Appointment:
    """Hold a time, so many minutes after ten, with people by name."""
    members = {world.practitioners[name].id: changes.get("sought", sought()) for name in names or ("pcp",)}
    held_until = changes.get("held_until", world.clock.now + 5 * MINUTES)
    wanted = Wanted(world.clinic, world.patient.id, TEN + minutes * MINUTES, members, "", held_until)
    async with world.deps.database.write() as session:
        return await take_free(session, world.deps, world.actors[who], wanted)


async def participants(world: World, row: Appointment) -> list[AppointmentParticipant]:
    async with world.deps.database.read() as session:
        rows = select(AppointmentParticipant).where(
            AppointmentParticipant.appointment_id == row.id,
            col(AppointmentParticipant.patient_id).is_(None),
        )
        return list((await session.exec(rows)).all())


async def test_a_free_time_is_held_with_its_kind_of_visit_and_what_is_kept_free_around_it(world: World) -> None:
    await works(world, "pcp", nine_to_five(limits=BookingLimits(step=20, before=5, after=10)))
    kind = await offered(world, "pcp", minutes=40)
    row = await took(world, minutes=20, sought=sought(visit_type=kind, minutes=40))
    (place,) = await participants(world, row)
    assert (row.status, row.visit_type_id, row.held_until) == ("pending", kind.id, world.clock.now + 5 * MINUTES)
    assert (row.starts_at, row.ends_at) == (TEN + 20 * MINUTES, TEN + 60 * MINUTES)
    assert (place.busy_from, place.busy_until) == (TEN + 15 * MINUTES, TEN + 70 * MINUTES)


async def test_without_an_end_it_is_booked_at_once(world: World) -> None:
    await works(world, "pcp")
    row = await took(world, held_until=None)
    assert (row.status, row.visit_type_id) == ("booked", None)


async def test_a_time_that_is_held_is_nobody_else_s(world: World) -> None:
    await works(world, "pcp")
    await took(world)
    with pytest.raises(SlotTaken) as lost:
        await took(world, who="caremanager")
    assert lost.value.practitioner_ids == {world.practitioners["pcp"].id}


async def test_it_is_taken_with_everybody_or_with_nobody(world: World) -> None:
    await works(world, "pcp")
    await works(world, "psychiatrist")
    await booked(world, TEN, "psychiatrist")
    with pytest.raises(SlotTaken) as lost:
        await took(world, "pcp", "psychiatrist")
    assert lost.value.practitioner_ids == {world.practitioners["psychiatrist"].id}
    assert len(await participants(world, await took(world, "pcp", "psychiatrist", minutes=20))) == 2


async def test_hours_notice_and_the_most_of_a_day_count_once_more(world: World) -> None:
    await works(world, "pcp", nine_to_five(limits=BookingLimits(step=20, daily_maximum=1, notice=30)))
    for minutes in (20, 8 * 60, 45):  # too soon, after hours, off the step
        with pytest.raises(SlotTaken):
            await took(world, minutes=minutes)
    await took(world, minutes=40)
    with pytest.raises(SlotTaken):
        await took(world, minutes=80)


async def test_an_outsider_takes_nobody_s_time(world: World) -> None:
    await works(world, "pcp")
    with pytest.raises(SlotTaken):
        await took(world, who="outsider")


async def test_what_somebody_held_for_a_patient_is_given_back_and_nothing_else(world: World) -> None:
    for name in ("pcp", "psychiatrist"):
        await works(world, name)
    mine, also_mine = await took(world), await took(world, "psychiatrist", minutes=20)
    theirs, fixed = await took(world, minutes=40, who="caremanager"), await took(world, minutes=60, held_until=None)
    async with world.deps.database.write() as session:
        await let_go(session, world.deps, world.actors["frontdesk"], world.patient.id)
    rows = [await kept(world, row) for row in (mine, also_mine, theirs, fixed)]
    assert [row.status for row in rows] == ["cancelled", "cancelled", "pending", "booked"]
    assert rows[0].cancel_reason == "hold-expired"
    await took(world)


async def test_a_hold_that_ran_out_is_swept_away_after_a_while_and_noted(world: World) -> None:
    await works(world, "pcp")
    old, later = await took(world), await took(world, minutes=20, held_until=world.clock.now + 60 * MINUTES)
    world.clock.pass_(minutes=14)
    assert await end_old_holds(world.deps) is False
    assert (await kept(world, old)).status == "pending"
    world.clock.pass_(minutes=2)
    assert await end_old_holds(world.deps) is False
    gone = await kept(world, old)
    assert (gone.status, gone.cancel_reason, gone.cancelled_at) == ("cancelled", "hold-expired", world.clock.now)
    assert [place.busy_from for place in await participants(world, old)] == [None]
    assert (await kept(world, later)).status == "pending"
    async with world.deps.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.action == "release_hold")
        (event,) = (await session.exec(query)).all()
    assert (event.entity_id, event.patient_id, event.account_id) == (old.id, world.patient.id, None)


async def test_what_was_confirmed_is_not_swept_away(world: World) -> None:
    await works(world, "pcp")
    row = await took(world)
    world.clock.pass_(minutes=7)
    await confirmed(world, row)
    world.clock.pass_(minutes=60)
    await end_old_holds(world.deps)
    assert (await kept(world, row)).status == "booked"


async def test_many_old_holds_are_swept_a_few_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.scheduling.hold_actions.BATCH", 1)
    await works(world, "pcp")
    await took(world)
    await took(world, minutes=20)
    world.clock.pass_(minutes=30)
    assert [await end_old_holds(world.deps) for _ in range(3)] == [True, True, False]
