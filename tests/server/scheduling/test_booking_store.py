"""Whose time is taken: of any number who want it one gets it, and the database itself refuses two."""

import asyncio
import itertools
from collections.abc import Awaitable, Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from server.kit.ids import new_id
from server.scheduling import Appointment, AppointmentParticipant, Buffers, SlotTaken
from tests.cast import TEN, World
from tests.server.scheduling.appointments import confirmed, kept, moved, wanted

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
HALF_PAST = TEN + 30 * MINUTE
MANY = 24


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
    both = [await wanted(world, TEN, who) for who in ("pcp", "psychiatrist")]
    assert [(row.starts_at, row.status) for row in both] == [(TEN, "booked")] * 2


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


async def test_a_hold_is_confirmed_or_taken_when_both_are_tried_at_its_end(world: World) -> None:
    held = await wanted(world, held_until=world.clock.now + 10 * MINUTE)
    world.clock.pass_(minutes=10)
    assert len(await won([confirmed(world, held), wanted(world), confirmed(world, held), wanted(world)])) in {1, 2}
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(Appointment).where(Appointment.status == "booked"))).all()
    assert len(rows) == 1
