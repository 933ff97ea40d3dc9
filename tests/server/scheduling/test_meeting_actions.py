"""Meetings take everybody's time on each date that is free, are called off, and have a list of patients."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from server.access import Role
from server.audit import AuditEvent
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from server.scheduling import Appointment, SlotTaken, appointments_of_patient
from server.scheduling.meeting_actions import (
    NewMeeting,
    call_off,
    looked_at,
    set_up_meeting,
    speak_no_more_of,
    speak_of,
)
from server.scheduling.meeting_store import Found
from server.scheduling.tables import Meeting
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked, wanted

pytestmark = pytest.mark.anyio

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
WEEKS = [TEN + HOUR + n * WEEK for n in range(3)]


def new(world: World, *names: str, **changes: Any) -> NewMeeting:
    people = [world.practitioners[name].id for name in names or ("pcp", "psychiatrist")]
    values = {"key": new_id(), "title": "Case conference", "dates": WEEKS, "minutes": 30, "practitioners": people}
    return NewMeeting(**{**values, "clinic_id": world.clinic.id, **changes})


async def set_up(world: World, meeting: NewMeeting, who: str = "caremanager") -> Sequence[datetime]:
    return await set_up_meeting(world.deps, world.actors[who], meeting)


async def seen(world: World, key: UUID, who: str = "caremanager") -> Found:
    return await looked_at(world.deps, world.actors[who], key)


async def count(world: World, table: type) -> int:
    async with world.deps.database.read() as session:
        return len((await session.exec(select(table))).all())


async def test_a_meeting_takes_everybody_s_time_on_each_date(world: World) -> None:
    meeting = new(world)
    assert await set_up(world, meeting) == []
    found = await seen(world, meeting.key)
    assert [row.starts_at for row in found.dates] == WEEKS
    assert {one.family_name for one in found.people} == {"Okafor", "Brandt"}
    with pytest.raises(SlotTaken):
        await wanted(world, WEEKS[1], "psychiatrist")


async def test_a_date_that_is_not_free_is_left_out_and_said(world: World) -> None:
    await booked(world, WEEKS[1], "psychiatrist")
    meeting = new(world)
    assert await set_up(world, meeting) == [WEEKS[1]]
    assert [row.starts_at for row in (await seen(world, meeting.key)).dates] == [WEEKS[0], WEEKS[2]]


async def test_when_no_date_is_free_there_is_no_meeting(world: World) -> None:
    await booked(world, WEEKS[0], "psychiatrist")
    with pytest.raises(SlotTaken) as lost:
        await set_up(world, new(world, dates=WEEKS[:1]))
    assert lost.value.practitioner_ids == {world.practitioners["psychiatrist"].id}
    assert await count(world, Meeting) == 0


async def test_the_same_form_twice_makes_one_meeting(world: World) -> None:
    meeting = new(world)
    await set_up(world, meeting)
    assert await set_up(world, meeting) == []
    assert await count(world, Appointment) == 3
    with pytest.raises(NotFound):
        await set_up(world, meeting, "outsider")


async def test_who_comes_and_where_are_of_the_organization(world: World) -> None:
    far = world.practitioners["outsider"]
    odd: list[dict[str, Any]] = [{"practitioners": [far.id]}, {"practitioners": []}, {"clinic_id": far.clinic_id}]
    for changes in odd:
        with pytest.raises(NotFound):
            await set_up(world, new(world, **changes))
    with pytest.raises(Forbidden):
        await set_up(world, new(world), "admin")
    assert await count(world, Meeting) == 0


async def test_only_who_set_it_up_or_comes_sees_it_or_changes_it(world: World) -> None:
    await world.hire("colleague", Role.PCP, world.clinic, "MT")
    meeting = new(world)
    await set_up(world, meeting)
    for who in ("pcp", "psychiatrist", "caremanager"):
        assert (await seen(world, meeting.key, who)).meeting.id == meeting.key
    for who in ("colleague", "frontdesk", "outsider"):
        actor = world.actors[who]
        with pytest.raises(NotFound):
            await looked_at(world.deps, actor, meeting.key)
        with pytest.raises(NotFound):
            await call_off(world.deps, actor, meeting.key)
        with pytest.raises(NotFound):
            await speak_of(world.deps, actor, meeting.key, world.patient.id)
        with pytest.raises(NotFound):
            await speak_no_more_of(world.deps, actor, meeting.key, world.patient.id)


async def test_a_date_is_called_off_or_all_that_are_to_come(world: World) -> None:
    meeting, actor = new(world), world.actors["pcp"]
    await set_up(world, meeting)
    first, second, third = (await seen(world, meeting.key)).dates
    for _ in range(2):
        await call_off(world.deps, actor, meeting.key, second.id)
    await wanted(world, WEEKS[1], "pcp")
    world.clock.pass_(days=1)
    await call_off(world.deps, actor, meeting.key)
    assert [row.status for row in (await seen(world, meeting.key)).dates] == ["booked", "cancelled", "cancelled"]
    assert first.starts_at < third.starts_at
    with pytest.raises(NotFound):
        await call_off(world.deps, actor, meeting.key, new_id())


async def test_patients_are_spoken_of_once_noted_and_hear_nothing_of_it(world: World) -> None:
    meeting, actor = new(world), world.actors["psychiatrist"]
    await set_up(world, meeting)
    for _ in range(2):
        await speak_of(world.deps, actor, meeting.key, world.patient.id)
    assert [one.id for one in (await seen(world, meeting.key)).patients] == [world.patient.id]
    for nobody in (None, new_id(), world.outside_patient.id):
        with pytest.raises(NotFound):
            await speak_of(world.deps, actor, meeting.key, nobody)
    async with world.deps.database.read() as session:
        assert await appointments_of_patient(session, actor, world.patient.id) == []
        noted = select(AuditEvent.action).where(AuditEvent.patient_id == world.patient.id)
        assert sorted((await session.exec(noted)).all()) == ["add_to_meeting", "read"]
    for _ in range(2):
        await speak_no_more_of(world.deps, actor, meeting.key, world.patient.id)
    await speak_no_more_of(world.deps, actor, meeting.key, None)
    assert (await seen(world, meeting.key)).patients == []
