"""Dates of meetings are found by those who come to them; what a meeting is called lies sealed."""

from datetime import timedelta

import pytest
from sqlmodel import select

from server.kit import NotFound
from server.scheduling.meeting_actions import call_off
from server.scheduling.meeting_store import meeting_by_id, meeting_patient, title_of, upcoming_dates
from server.scheduling.tables import Meeting
from tests.cast import World
from tests.server.scheduling.test_meeting_actions import WEEKS, new, set_up

pytestmark = pytest.mark.anyio


async def starts(world: World, who: str) -> list[object]:
    async with world.deps.database.read() as session:
        found = await upcoming_dates(session, world.actors[who], world.clock.now)
    return [row.starts_at for row, _ in found]


async def test_dates_to_come_are_those_of_one_s_own_meetings_that_take_place(world: World) -> None:
    one, other = new(world, "pcp"), new(world, "psychiatrist", dates=[WEEKS[0]])
    await set_up(world, one)
    await set_up(world, other)
    assert await starts(world, "pcp") == WEEKS
    assert await starts(world, "psychiatrist") == WEEKS[:1]
    assert await starts(world, "caremanager") == [WEEKS[0], *WEEKS]
    assert await starts(world, "frontdesk") == await starts(world, "outsider") == []
    await call_off(world.deps, world.actors["pcp"], one.key, None)
    assert await starts(world, "pcp") == []
    world.clock.pass_(days=1)
    assert await starts(world, "psychiatrist") == []


async def test_for_who_does_not_come_there_is_no_meeting(world: World) -> None:
    meeting = new(world, "pcp")
    await set_up(world, meeting)
    async with world.deps.database.read() as session:
        for who in ("frontdesk", "outsider"):
            with pytest.raises(NotFound):
                await meeting_by_id(session, world.actors[who], meeting.key)


async def test_what_a_meeting_is_called_lies_sealed(world: World) -> None:
    meeting = new(world, title="Cedar Creek case conference", dates=[WEEKS[0] + timedelta(hours=1)])
    await set_up(world, meeting)
    async with world.deps.database.read() as session:
        (row,) = (await session.exec(select(Meeting))).all()
        found = await meeting_by_id(session, world.actors["pcp"], meeting.key)
        assert await meeting_patient(session, found.meeting, world.patient.id) is None
    assert b"Cedar" not in row.title
    assert title_of(world.deps.keyring, row) == "Cedar Creek case conference"
