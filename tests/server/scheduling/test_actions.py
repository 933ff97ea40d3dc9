"""Booking, holding, moving and cancelling: the appointment, who takes part, what is sealed, and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from server.audit import AuditEvent
from server.kit import Conflict, field_name
from server.scheduling import (
    Appointment,
    CancelReason,
    SlotTaken,
    accept,
    add_practitioner,
    cancel,
    practitioners_in,
    remove_practitioner,
    who_comes,
)
from server.scheduling.tables import FreedTime
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked, called_off, confirmed, kept, moved, wanted

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
HALF_PAST = TEN + 30 * MINUTE


REASON = "Follow-up, week 8"


async def test_an_appointment_is_booked_at_a_clinic_in_its_zone(world: World) -> None:
    made = await booked(world)
    async with world.deps.database.read() as session:
        row = await session.get_one(Appointment, made.id)
    assert (row.status, row.clinic_id, row.time_zone) == ("booked", world.clinic.id, "America/Denver")
    assert (row.starts_at, row.ends_at - row.starts_at) == (world.clock.now, timedelta(minutes=20))
    assert row.created_by == world.accounts["frontdesk"].id


async def test_the_reason_is_sealed_and_opens_for_this_appointment(world: World) -> None:
    made = await booked(world, reason=REASON)
    async with world.deps.database.read() as session:
        row = await session.get_one(Appointment, made.id)
    assert row.reason is not None
    assert REASON.encode() not in row.reason
    assert world.deps.keyring.open(row.reason, field_name("appointment", row.id, "reason")) == REASON


async def test_without_a_reason_there_is_nothing_to_seal(world: World) -> None:
    assert (await booked(world)).reason is None


async def test_participants_keep_the_order_in_which_they_were_booked(world: World) -> None:
    names = ("psychiatrist", "pcp", "caremanager")
    made = [await booked(world, None, *names) for _ in range(8)]
    async with world.deps.database.read() as session:
        found = await practitioners_in(session, world.actors["pcp"], [row.id for row in made])
    expected = [world.practitioners[name].id for name in names]
    assert [[person.id for person in found[row.id]] for row in made] == [expected] * len(made)


async def test_a_booking_is_on_the_record_under_its_patient(world: World) -> None:
    made = await booked(world, overbook="")
    async with world.deps.database.read() as session:
        event = (await session.exec(select(AuditEvent).where(AuditEvent.entity == "Appointment"))).one()
    assert (event.action, event.entity_id, event.patient_id) == ("create", made.id, world.patient.id)


async def test_nobody_takes_part_in_one_appointment_twice(world: World) -> None:
    with pytest.raises(IntegrityError):
        await booked(world, None, "pcp", "pcp")


async def test_an_appointment_of_no_length_is_refused_by_the_database(world: World) -> None:
    with pytest.raises(IntegrityError):
        await booked(world, minutes=0)


async def test_who_is_taken_out_takes_part_no_more_and_may_come_back(world: World) -> None:
    made, brandt = await booked(world, None, "pcp", "psychiatrist"), world.practitioners["psychiatrist"].id
    for change in (remove_practitioner, remove_practitioner):
        async with world.deps.database.write() as session:
            await change(session, made, brandt)
    async with world.deps.database.write() as session:
        left = await practitioners_in(session, world.actors["pcp"], [made.id])
        add_practitioner(session, made, brandt)
    assert [one.family_name for one in left[made.id]] == ["Okafor"]


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


async def test_who_missed_an_appointment_is_given_another_time(world: World) -> None:
    row = await wanted(world)
    async with world.deps.database.write() as session:
        (await session.get_one(Appointment, row.id)).status = "noshow"
    assert (await moved(world, row, HALF_PAST)).status == "booked"


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


@pytest.mark.parametrize("status", ["arrived", "fulfilled", "cancelled"])
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


# Who comes, and what becomes free


async def comes(world: World, row: Appointment) -> bool:
    async with world.deps.database.read() as session:
        return row.id in await who_comes(session, world.actors["pcp"], [row.id])


async def freed(world: World) -> list[FreedTime]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(FreedTime).order_by(col(FreedTime.starts_at)))).all())


async def test_a_patient_has_said_nothing_until_they_accept_and_again_after_a_move(world: World) -> None:
    row = await wanted(world)
    assert not await comes(world, row)
    for _ in range(2):
        async with world.deps.database.write() as session:
            await accept(session, world.deps, world.actors["frontdesk"], row.id)
    assert await comes(world, row)
    await moved(world, row, HALF_PAST)
    assert not await comes(world, row)


async def test_nobody_of_another_organization_is_seen_to_come(world: World) -> None:
    row = await wanted(world)
    async with world.deps.database.write() as session:
        await accept(session, world.deps, world.actors["outsider"], row.id)
        assert await who_comes(session, world.actors["outsider"], [row.id]) == frozenset()
    assert not await comes(world, row)


async def test_a_booked_time_that_is_given_back_may_be_offered(world: World) -> None:
    await called_off(world, await wanted(world, HALF_PAST, "pcp", "psychiatrist"))
    later = await wanted(world, HALF_PAST + 60 * MINUTE)
    assert world.deps.times_waiting.is_set()
    await moved(world, later, HALF_PAST)
    rows = await freed(world)
    assert [row.starts_at for row in rows] == [HALF_PAST, HALF_PAST, HALF_PAST + 60 * MINUTE]
    assert {row.practitioner_id for row in rows[:2]} == {world.practitioners[n].id for n in ("pcp", "psychiatrist")}
    assert rows[2].ends_at == HALF_PAST + 80 * MINUTE


async def test_what_is_past_held_or_the_practitioner_s_own_absence_is_offered_to_nobody(world: World) -> None:
    await called_off(world, await wanted(world, TEN))
    await called_off(world, await wanted(world, HALF_PAST, held_until=HALF_PAST))
    ill = await wanted(world, HALF_PAST)
    async with world.deps.database.write() as session:
        await cancel(session, world.deps, world.actors["frontdesk"], ill.id, CancelReason.PROVIDER_ILL)
    assert await freed(world) == []
