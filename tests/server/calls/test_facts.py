"""What signaling reports is in the rows when the report returns: who came, who went, what was said."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.calls import CallFacts, ChatMessage, Seat, chat_history
from server.calls.facts import TOPIC
from server.kit.ids import new_id
from signaling import Refused
from tests.cast import TEN, World
from tests.server.calls.rooms import end, fresh_seat, joined, left, said, scene, stranger

pytestmark = pytest.mark.anyio


class Told:
    """Facts, and what was told to whom because of them, each time with the seat's connection in its row by then."""

    def __init__(self, world: World, seat: Seat) -> None:
        self.words: list[tuple[UUID, str, str | None]] = []
        self.facts = CallFacts(world.deps)
        self._world, self._seat = world, seat
        self.facts.tell = self._tell

    async def _tell(self, organization_id: UUID, topic: str) -> None:
        self.words.append((organization_id, topic, (await fresh_seat(self._world, self._seat)).connection))


async def kept(world: World) -> list[ChatMessage]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(ChatMessage))).all())


# Coming and going


async def test_who_joins_is_connected_in_the_row_before_the_organization_hears_of_it(world: World) -> None:
    seat = (await scene(world)).patient
    told = Told(world, seat)
    await told.facts.joined(joined(seat, "c1"))
    row = await fresh_seat(world, seat)
    assert (row.connection, row.left_at) == ("c1", None)
    assert told.words == [(world.clinic.organization_id, TOPIC, "c1")]


async def test_who_leaves_is_gone_since_then(world: World) -> None:
    seat = (await scene(world)).patient
    told, later = Told(world, seat), TEN + timedelta(minutes=5)
    await told.facts.joined(joined(seat))
    await told.facts.left(left(seat, at=later))
    row = await fresh_seat(world, seat)
    assert (row.connection, row.left_at) == (None, later)
    assert told.words[1:] == [(world.clinic.organization_id, TOPIC, None)]


async def test_who_is_back_on_another_connection_is_not_gone_with_the_first(world: World) -> None:
    seat = (await scene(world)).patient
    told = Told(world, seat)
    await told.facts.joined(joined(seat, "c1"))
    await told.facts.joined(joined(seat, "c2"))
    await told.facts.left(left(seat, "c1"))
    row = await fresh_seat(world, seat)
    assert (row.connection, row.left_at) == ("c2", None)
    assert len(told.words) == 2


async def test_who_comes_back_is_no_longer_gone(world: World) -> None:
    seat = (await scene(world)).patient
    facts = CallFacts(world.deps)
    await facts.joined(joined(seat, "c1"))
    await facts.left(left(seat, "c1"))
    await facts.joined(joined(seat, "c2"))
    row = await fresh_seat(world, seat)
    assert (row.connection, row.left_at) == ("c2", None)


async def test_the_same_report_twice_changes_nothing_more(world: World) -> None:
    seat = (await scene(world)).patient
    facts = CallFacts(world.deps)
    await facts.joined(joined(seat))
    await facts.left(left(seat, at=TEN))
    await facts.left(left(seat, at=TEN + timedelta(minutes=1)))
    assert (await fresh_seat(world, seat)).left_at == TEN


async def test_nobody_joins_a_room_that_has_ended_but_they_still_leave_it(world: World) -> None:
    here = await scene(world)
    told = Told(world, here.patient)
    await told.facts.joined(joined(here.patient))
    await end(world, here.room)
    await told.facts.joined(joined(here.pcp))
    await told.facts.left(left(here.patient))
    assert (await fresh_seat(world, here.pcp)).connection is None
    assert (await fresh_seat(world, here.patient)).connection is None
    assert len(told.words) == 2


async def test_a_report_of_somebody_unknown_is_nobody_s_news(world: World) -> None:
    here, there = await scene(world), await scene(world)
    told = Told(world, here.patient)
    unknown = stranger(here.patient)
    elsewhere = replace(joined(here.patient), room=str(there.room.id))
    for fact in (joined(unknown), elsewhere, replace(elsewhere, room="x", participant="y")):
        await told.facts.joined(fact)
    for gone in (left(unknown), replace(left(here.patient), room="x", participant="y")):
        await told.facts.left(gone)
    assert told.words == []


# Chat


async def test_what_was_said_is_kept_sealed_under_its_time(world: World) -> None:
    here = await scene(world)
    assert await CallFacts(world.deps).said(said(here.pcp, "Take two daily")) == TEN
    (row,) = await kept(world)
    assert (row.seat_id, row.client_id, row.sent_at) == (here.pcp.id, "m1", TEN)
    assert b"daily" not in row.text
    async with world.deps.database.read() as session:
        (line,) = await chat_history(session, world.actors["pcp"], world.deps.keyring, here.room.id)
    assert line.text == "Take two daily"


async def test_a_message_sent_again_is_kept_once_under_its_first_time_and_text(world: World) -> None:
    here, facts = await scene(world), CallFacts(world.deps)
    await facts.said(said(here.pcp, "first"))
    assert await facts.said(said(here.pcp, "second", seconds=3)) == TEN
    assert len(await kept(world)) == 1


async def test_ten_of_the_same_message_at_once_are_kept_once_and_all_get_its_time(world: World) -> None:
    here, facts = await scene(world), CallFacts(world.deps)
    times = await asyncio.gather(*(facts.said(said(here.pcp, seconds=n)) for n in range(10)))
    (row,) = await kept(world)
    assert set(times) == {row.sent_at}


async def test_two_people_may_choose_the_same_id(world: World) -> None:
    here, there, facts = await scene(world), await scene(world), CallFacts(world.deps)
    await facts.said(said(here.pcp))
    await facts.said(said(there.pcp))
    assert len(await kept(world)) == 2


async def test_who_waits_says_nothing(world: World) -> None:
    with pytest.raises(Refused):
        await CallFacts(world.deps).said(said((await scene(world)).patient))
    assert await kept(world) == []


async def test_nothing_is_said_in_a_room_that_has_ended(world: World) -> None:
    here = await scene(world)
    await end(world, here.room)
    with pytest.raises(Refused):
        await CallFacts(world.deps).said(said(here.pcp))
    assert await kept(world) == []


async def test_what_was_kept_before_the_end_is_still_acknowledged_after_it(world: World) -> None:
    here, facts = await scene(world), CallFacts(world.deps)
    await facts.said(said(here.pcp))
    await end(world, here.room)
    assert await facts.said(said(here.pcp, seconds=9)) == TEN


async def test_somebody_without_a_seat_says_nothing(world: World) -> None:
    here, there, facts = await scene(world), await scene(world), CallFacts(world.deps)
    elsewhere = replace(said(here.pcp), room=str(there.room.id))
    for fact in (said(stranger(here.pcp)), elsewhere, replace(elsewhere, room="x", participant=str(new_id()))):
        with pytest.raises(Refused):
            await facts.said(fact)
    assert await kept(world) == []


@pytest.mark.parametrize("who", ["pcp", "patient"])
async def test_that_something_was_written_is_on_the_record_and_whose_visit_it_was(world: World, who: str) -> None:
    here = await scene(world)
    seat: Seat = getattr(here, who)
    async with world.deps.database.write() as session:
        (await session.get_one(Seat, seat.id)).standing = "admitted"
    await CallFacts(world.deps).said(said(seat, "Take two daily"))
    async with world.deps.database.read() as session:
        event = (await session.exec(select(AuditEvent).where(AuditEvent.action == "say"))).one()
    (message,) = await kept(world)
    assert (event.entity, event.entity_id) == ("ChatMessage", message.id)
    assert (event.account_id, event.patient_id) == (seat.account_id, here.patient.patient_id)
    assert "daily" not in event.why


async def test_where_somebody_belongs_is_what_the_rows_say(world: World) -> None:
    facts, here = CallFacts(world.deps), await scene(world)
    room = str(here.room.id)
    assert await facts.standing(room, str(here.pcp.id)) == "admitted"
    assert await facts.standing(room, str(here.patient.id)) == "waiting"
    for nobody in (str(new_id()), "nobody"):
        assert await facts.standing(room, nobody) == "ended"
    await end(world, here.room)
    assert await facts.standing(room, str(here.pcp.id)) == "ended"
