"""Booking: of any number who want a time one gets it, whatever way they come, and the database itself says no."""

import asyncio
import itertools
from collections.abc import Awaitable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from server.audit import AuditEvent
from server.kit import Conflict, field_name
from server.kit.ids import new_id
from server.scheduling import (
    Appointment,
    AppointmentParticipant,
    Buffers,
    CancelReason,
    NewTime,
    SlotTaken,
    cancel,
    confirm,
    reschedule,
)
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
HALF_PAST = TEN + 30 * MINUTE
MANY = 24


async def wanted(world: World, starts_at: datetime = TEN, *names: str, **changes: Any) -> Appointment:
    """Book only if it is free."""
    return await booked(world, starts_at, *names, **{"overbook": "", **changes})


async def moved(world: World, row: Appointment, starts_at: datetime, **changes: Any) -> Appointment:
    async with world.deps.database.write() as session:
        to = NewTime(**{"starts_at": starts_at, "minutes": 20, **changes})
        return await reschedule(session, world.deps, world.actors["frontdesk"], row.id, to)


async def called_off(world: World, row: Appointment, who: str = "frontdesk") -> Appointment:
    async with world.deps.database.write() as session:
        return await cancel(session, world.deps, world.actors[who], row.id, CancelReason.PATIENT)


async def confirmed(world: World, row: Appointment) -> Appointment:
    async with world.deps.database.write() as session:
        return await confirm(session, world.deps, world.actors["frontdesk"], row.id)


async def kept(world: World, row: Appointment) -> Appointment:
    async with world.deps.database.read() as session:
        return await session.get_one(Appointment, row.id)


async def won(tries: Iterable[Awaitable[Appointment]]) -> list[Appointment]:
    """Try all at once; whoever does not get it was told that it is taken."""
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(end) for end in ends if isinstance(end, BaseException)} <= {SlotTaken}
    return [end for end in ends if isinstance(end, Appointment)]


# One winner


async def test_of_many_who_want_one_time_at_once_one_gets_it(world: World) -> None:
    assert len(await won(wanted(world) for _ in range(MANY))) == 1


async def test_of_many_who_want_overlapping_times_at_once_none_overlap_in_the_end(world: World) -> None:
    winners = await won(wanted(world, TEN + n * MINUTE) for n in range(MANY))
    starts = sorted(row.starts_at for row in winners)
    assert starts
    assert all(later - earlier >= 20 * MINUTE for earlier, later in itertools.pairwise(starts))


async def test_of_many_joint_visits_in_any_order_of_people_one_is_booked_and_the_others_leave_nothing(
    world: World,
) -> None:
    pairs = [("pcp", "psychiatrist"), ("psychiatrist", "pcp"), ("caremanager", "psychiatrist")]
    assert len(await won(wanted(world, TEN, *pairs[n % 3]) for n in range(MANY))) == 1
    async with world.deps.database.read() as session:
        assert len((await session.exec(select(Appointment))).all()) == 1


async def test_moving_and_booking_at_once_give_the_time_to_one(world: World) -> None:
    rows = [await wanted(world, TEN + n * HALF_PAST.minute * MINUTE) for n in range(4)]
    goal = TEN + timedelta(days=1)
    tries = [*(moved(world, row, goal) for row in rows), *(wanted(world, goal) for _ in range(4))]
    assert len(await won(tries)) == 1


async def test_who_comes_too_late_is_told_whose_time_is_taken(world: World) -> None:
    await wanted(world, TEN, "psychiatrist")
    with pytest.raises(SlotTaken) as raised:
        await wanted(world, TEN, "pcp", "psychiatrist")
    assert raised.value.practitioner_ids == {world.practitioners["psychiatrist"].id}
    assert raised.value.message == "This time was just taken. Choose another one."


async def test_times_that_touch_do_not_overlap_unless_somebody_keeps_time_free_between(world: World) -> None:
    await wanted(world, TEN)
    await wanted(world, TEN + 20 * MINUTE)
    with pytest.raises(SlotTaken):
        await wanted(world, TEN + 40 * MINUTE, buffers={world.practitioners["pcp"].id: Buffers(before=5)})


async def test_somebody_else_s_time_is_free(world: World) -> None:
    await wanted(world, TEN, "pcp")
    await wanted(world, TEN, "psychiatrist")


# The database says no by itself


async def test_the_database_refuses_an_overlap_that_nobody_looked_for(world: World) -> None:
    await wanted(world, TEN)
    second = await wanted(world, HALF_PAST)
    with pytest.raises(IntegrityError, match="ex_appointment_participant_busy"):
        await forced(world, second, busy_from=TEN + MINUTE)
    with pytest.raises(IntegrityError, match="ex_appointment_participant_busy"):
        await forced(world, await wanted(world, TEN, "psychiatrist"), practitioner_id=world.practitioners["pcp"].id)


async def test_the_database_refuses_a_new_row_over_another(world: World) -> None:
    row, second = await wanted(world), await wanted(world, HALF_PAST)
    await added(world, row, "psychiatrist", TEN)
    with pytest.raises(IntegrityError, match="ex_appointment_participant_busy"):
        await added(world, second, "psychiatrist", TEN + MINUTE)


async def forced(world: World, row: Appointment, **values: object) -> None:
    """Change an appointment's practitioner's row behind everybody's back."""
    async with world.deps.database.write() as session:
        theirs = update(AppointmentParticipant).where(
            col(AppointmentParticipant.appointment_id) == row.id,
            col(AppointmentParticipant.practitioner_id).is_not(None),
        )
        await session.exec(theirs.values(**values))


async def added(world: World, row: Appointment, name: str, busy_from: datetime) -> None:
    """Add a practitioner's row to an appointment behind everybody's back."""
    async with world.deps.database.write() as session:
        session.add(
            AppointmentParticipant(
                id=new_id(),
                organization_id=row.organization_id,
                appointment_id=row.id,
                practitioner_id=world.practitioners[name].id,
                busy_from=busy_from,
                busy_until=busy_from + 5 * MINUTE,
            )
        )


async def test_what_the_database_refuses_reads_like_any_time_that_is_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> set[object]:
        return set()

    await wanted(world)
    monkeypatch.setattr("server.scheduling.actions.taken_among", nothing)
    with pytest.raises(SlotTaken):
        await wanted(world)


# Over what is there


async def test_booking_over_another_appointment_needs_a_reason_is_sealed_and_on_the_record(world: World) -> None:
    await wanted(world)
    row = await kept(world, await wanted(world, overbook="Crisis, sees both"))
    assert row.overbook_reason is not None
    assert world.deps.keyring.open(row.overbook_reason, field_name("appointment", row.id, "overbook_reason")) == (
        "Crisis, sees both"
    )
    async with world.deps.database.read() as session:
        events = (await session.exec(select(AuditEvent.action).where(AuditEvent.entity_id == row.id))).all()
    assert sorted(events) == ["create", "overbook"]


async def test_time_that_both_or_only_the_second_one_takes_is_taken_for_everybody_else(world: World) -> None:
    await wanted(world)
    await wanted(world, TEN + 10 * MINUTE, overbook="Crisis")
    for starts_at in (TEN, TEN + 25 * MINUTE):
        with pytest.raises(SlotTaken):
            await wanted(world, starts_at)


async def test_a_reason_without_need_books_like_any_other(world: World) -> None:
    assert (await kept(world, await wanted(world, overbook="Crisis"))).overbook_reason is None


# Holds


async def test_a_hold_takes_the_time_until_it_runs_out(world: World) -> None:
    held = await wanted(world, held_until=world.clock.now + 10 * MINUTE)
    assert held.status == "pending"
    world.clock.pass_(minutes=9)
    with pytest.raises(SlotTaken):
        await wanted(world)
    world.clock.pass_(minutes=1)
    assert (await wanted(world)).status == "booked"
    assert ((row := await kept(world, held)).status, row.cancel_reason) == ("cancelled", "hold-expired")


async def test_a_hold_is_booked_once_and_a_second_press_changes_nothing(world: World) -> None:
    held = await wanted(world, held_until=world.clock.now + 10 * MINUTE)
    assert [(await confirmed(world, held)).status for _ in range(2)] == ["booked", "booked"]
    world.clock.pass_(minutes=30)
    with pytest.raises(SlotTaken):
        await wanted(world)


async def test_a_hold_that_ran_out_is_still_good_while_nobody_took_its_time(world: World) -> None:
    held = await wanted(world, held_until=world.clock.now + 10 * MINUTE)
    world.clock.pass_(minutes=30)
    assert (await confirmed(world, held)).status == "booked"


async def test_a_hold_that_somebody_else_has_now_says_so(world: World) -> None:
    held = await wanted(world, held_until=world.clock.now + 10 * MINUTE)
    world.clock.pass_(minutes=10)
    await wanted(world)
    with pytest.raises(SlotTaken, match="somebody else has it now"):
        await confirmed(world, held)


async def test_a_hold_is_confirmed_or_taken_when_both_are_tried_at_its_end(world: World) -> None:
    held = await wanted(world, held_until=world.clock.now + 10 * MINUTE)
    world.clock.pass_(minutes=10)
    assert len(await won([confirmed(world, held), wanted(world), confirmed(world, held), wanted(world)])) in {1, 2}
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(Appointment).where(Appointment.status == "booked"))).all()
    assert len(rows) == 1


# Moving


async def test_a_moved_appointment_frees_its_time_and_takes_the_new_one(world: World) -> None:
    row = await wanted(world)
    after = await moved(world, row, HALF_PAST, minutes=40)
    assert (after.starts_at, after.ends_at - after.starts_at, after.sequence) == (HALF_PAST, 40 * MINUTE, 1)
    await wanted(world, TEN)
    with pytest.raises(SlotTaken):
        await wanted(world, HALF_PAST + 30 * MINUTE)


async def test_an_appointment_moves_within_its_own_time(world: World) -> None:
    row = await wanted(world)
    assert (await moved(world, row, TEN + 10 * MINUTE)).starts_at == TEN + 10 * MINUTE


async def test_who_cannot_move_keeps_the_time_they_have(world: World) -> None:
    row = await wanted(world)
    await wanted(world, HALF_PAST)
    with pytest.raises(SlotTaken):
        await moved(world, row, HALF_PAST)
    with pytest.raises(SlotTaken):
        await wanted(world, TEN)
    assert (await kept(world, row)).sequence == 0


async def test_an_appointment_moves_to_somebody_else_and_frees_the_first(world: World) -> None:
    row = await wanted(world)
    await moved(world, row, TEN, practitioners=[world.practitioners["psychiatrist"].id])
    await wanted(world, TEN, "pcp")
    with pytest.raises(SlotTaken):
        await wanted(world, TEN, "psychiatrist")


async def test_an_appointment_may_be_moved_over_another_with_a_reason(world: World) -> None:
    row = await wanted(world)
    await wanted(world, HALF_PAST)
    assert (await moved(world, row, HALF_PAST, overbook="Crisis")).overbook_reason is not None


# Cancelling


async def test_a_cancelled_appointment_frees_its_time_and_says_why_and_when(world: World) -> None:
    row = await wanted(world)
    after = await called_off(world, row)
    assert (after.status, after.cancel_reason, after.cancelled_at, after.sequence) == ("cancelled", "pat", TEN, 1)
    await wanted(world)


async def test_cancelling_twice_is_once(world: World) -> None:
    row = await wanted(world)
    assert [(await called_off(world, row)).sequence for _ in range(2)] == [1, 1]


@pytest.mark.parametrize("status", ["arrived", "fulfilled", "noshow", "cancelled"])
async def test_what_has_begun_or_is_over_is_neither_moved_nor_cancelled(world: World, status: str) -> None:
    row = await wanted(world)
    async with world.deps.database.write() as session:
        (await session.get_one(Appointment, row.id)).status = status
    with pytest.raises(Conflict, match="no longer be changed"):
        await moved(world, row, HALF_PAST)
    if status != "cancelled":
        with pytest.raises(Conflict, match="no longer be changed"):
            await called_off(world, row)


async def test_an_outsider_changes_nothing(world: World) -> None:
    row = await wanted(world)
    with pytest.raises(Conflict):
        await called_off(world, row, "outsider")
    assert (await kept(world, row)).status == "booked"
