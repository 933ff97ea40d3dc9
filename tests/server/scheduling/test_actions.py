"""Booking: the appointment, who takes part, and what is sealed."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from server.audit import AuditEvent
from server.kit import field_name
from server.scheduling import Appointment, add_practitioner, practitioners_in, remove_practitioner
from tests.cast import World
from tests.server.scheduling.appointments import booked

pytestmark = pytest.mark.anyio

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
    made = await booked(world)
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
