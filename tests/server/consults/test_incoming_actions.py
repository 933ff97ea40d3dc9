"""What a specialist does with a ring."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from server.calls import Seat
from server.consults import ConsultRing
from server.consults.case_actions import ring_again, switch_to_written
from server.consults.case_store import opened_remark
from server.consults.incoming_actions import (
    Answer,
    accept_consult,
    close_missed,
    decline_consult,
    offer_minutes,
    suggest_colleague,
)
from server.kit import Forbidden, Gone, NotFound, Turns
from tests.cast import World
from tests.server.consults import asking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_accepting_opens_a_room_with_both_clinicians_admitted(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    answer = await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    consult = await asking.row(world, consult_id)
    assert (answer.won, answer.call, answer.ticket["standing"]) == (True, f"/consults/{consult_id}/call", "admitted")
    async with world.deps.database.read() as session:
        seats = (await session.exec(select(Seat).where(Seat.room_id == consult.room_id))).all()
    assert {(seat.account_id, seat.standing) for seat in seats} == {
        (world.accounts[name].id, "admitted") for name in ("pcp", "psychiatrist")
    }


async def test_accepting_twice_takes_it_once(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    answers = [await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id) for _ in range(2)]
    assert [answer.won for answer in answers] == [True, True]
    assert await asking.events(world, consult_id) == ["asked", "accepted"]


async def test_who_accepts_too_late_reads_who_took_it(world: World) -> None:
    await asking.specialists(world, "second")
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second"))
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    late = await accept_consult(world.deps, world.live, world.actors["second"], consult_id)
    assert (late.won, late.by, late.ticket) == (False, "Dr. L. Brandt", {})


async def test_a_missed_ring_is_called_back_as_long_as_the_case_rings(world: World) -> None:
    await asking.specialists(world, "second")
    steps = (("person", ("psychiatrist",), 30), ("person", ("second",), 60))
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second", steps=steps))
    await asking.work(world, seconds=30)
    assert (await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)).won
    assert dict(await asking.rings(world, consult_id))["second"] == "answered-elsewhere"


async def test_accepting_into_a_visit_makes_the_specialist_take_part_in_it(world: World) -> None:
    visit_id, link = await world.visit()
    await journey.waiting(world, link)
    about: dict[str, Any] = {
        "encounter_id": visit_id,
        "patient_id": world.patient.id,
        "present": True,
        "agreed": True,
        "state": "MT",
    }
    consult_id = await asking.asked(world, await asking.service(world), **about)
    answer = await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    assert (answer.won, answer.call) == (True, f"/visits/{visit_id}/call?consult={consult_id}&means=video")
    specialist = await world.signed_in("psychiatrist")
    assert (await specialist.post(f"/visits/{visit_id}/ticket")).json()["standing"] == "admitted"


async def test_a_decline_keeps_its_reason_and_rings_the_next(world: World) -> None:
    await asking.specialists(world, "second")
    steps = (("person", ("psychiatrist",), 30), ("person", ("second",), 60))
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second", steps=steps))
    number = await asking.number_of(world, consult_id, "psychiatrist")
    await decline_consult(
        world.deps, world.live, world.actors["psychiatrist"], consult_id, number, "busy", "In a group"
    )
    assert await asking.rings(world, consult_id) == [("psychiatrist", "declined"), ("second", "")]
    async with world.deps.database.read() as session:
        ring = (await session.exec(select(ConsultRing).where(ConsultRing.number == number))).one()
    assert (ring.reason, opened_remark(world.deps.keyring, ring)) == ("busy", "In a group")


async def test_declining_twice_declines_once(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    for _ in range(2):
        await decline_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id, 1, "busy", "")
    assert await asking.events(world, consult_id) == ["asked", "declined", "written"]


async def test_an_offer_keeps_its_minutes_and_rings_again_then(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await offer_minutes(world.deps, world.live, world.actors["psychiatrist"], consult_id, 1, 5)
    assert await asking.rings(world, consult_id) == [("psychiatrist", "offered")]
    await asking.work(world, minutes=5)
    assert await asking.rings(world, consult_id) == [("psychiatrist", "offered"), ("psychiatrist", "")]


async def test_a_colleague_who_is_suggested_is_rung(world: World) -> None:
    await asking.specialists(world, "second")
    steps = (("person", ("psychiatrist",), 30),)
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second", steps=steps))
    second = world.accounts["second"].id
    await suggest_colleague(world.deps, world.live, world.actors["psychiatrist"], consult_id, 1, second)
    await suggest_colleague(world.deps, world.live, world.actors["psychiatrist"], consult_id, 1, second)
    assert await asking.rings(world, consult_id) == [("psychiatrist", "declined"), ("second", "")]


async def test_an_answer_to_a_ring_of_somebody_else_changes_nothing(world: World) -> None:
    await asking.specialists(world, "second")
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second"))
    theirs = await asking.number_of(world, consult_id, "second")
    psychiatrist, second = world.actors["psychiatrist"], world.accounts["second"].id
    await offer_minutes(world.deps, world.live, psychiatrist, consult_id, theirs, 5)
    await suggest_colleague(world.deps, world.live, psychiatrist, consult_id, theirs, second)
    assert {why for _, why in await asking.rings(world, consult_id)} == {""}


async def test_suggesting_oneself_changes_nothing(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    psychiatrist, own = world.actors["psychiatrist"], world.accounts["psychiatrist"].id
    await suggest_colleague(world.deps, world.live, psychiatrist, consult_id, 1, own)
    assert await asking.rings(world, consult_id) == [("psychiatrist", "")]


async def test_only_who_was_rung_answers(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    with pytest.raises(Forbidden):
        await accept_consult(world.deps, world.live, world.actors["caremanager"], consult_id)
    with pytest.raises(NotFound):
        await decline_consult(world.deps, world.live, world.actors["outsider"], consult_id, 1, "busy", "")


async def test_what_was_taken_back_is_taken_by_nobody(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await asking.work(world, seconds=60)
    late = await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    assert (late.won, late.by) == (False, "")


async def test_a_missed_ring_is_closed_by_whom_it_rang(world: World) -> None:
    await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        ring_id = (await session.exec(select(ConsultRing.id))).one()
    with pytest.raises(NotFound):
        await close_missed(world.deps, world.actors["caremanager"], ring_id)
    await close_missed(world.deps, world.actors["psychiatrist"], ring_id)
    async with world.deps.database.read() as session:
        assert (await session.get_one(ConsultRing, ring_id)).seen_at == world.clock.now


async def test_a_room_that_ended_gives_no_ticket(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    await asking.talk_ended(world, consult_id)
    with pytest.raises(Gone):
        await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)


async def test_a_case_that_rings_again_is_taken_by_whoever_is_first_now(world: World) -> None:
    await asking.specialists(world, "second")
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second"))
    await _accept(world, "psychiatrist", consult_id)
    for again in (switch_to_written, ring_again):
        await again(world.deps, world.live, world.actors["pcp"], consult_id)
    assert (await _accept(world, "second", consult_id)).won
    assert not (await _accept(world, "psychiatrist", consult_id)).won


async def test_who_accepts_at_once_waits_without_a_connection_to_the_database(world: World) -> None:
    consult_id = await asking.ringing(world, "psychiatrist")
    turns = world.deps.memory.setdefault("accepting consults", Turns())
    async with turns.turn(consult_id):
        waiting = [asyncio.create_task(_accept(world, "psychiatrist", consult_id)) for _ in range(40)]
        await asyncio.sleep(0)
        async with asyncio.timeout(5), world.deps.database.write() as session:
            assert (await asking.held(session, consult_id)).status == "ringing"
    assert all(answer.won for answer in await asyncio.gather(*waiting))


async def _accept(world: World, name: str, consult_id: UUID) -> Answer:
    return await accept_consult(world.deps, world.live, world.actors[name], consult_id)
