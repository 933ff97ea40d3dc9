"""What happens to a case is kept with its rings in one transaction."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from server.consults import Consult, ConsultService
from server.consults.case_actions import cancel_consult, decide_offer
from server.consults.incoming_actions import accept_consult, offer_minutes
from server.consults.ring_actions import Desk, happen, tell_both
from server.consults.ring_events import Decline
from server.kit.ids import AccountId
from tests.cast import World
from tests.server.consults import asking

pytestmark = pytest.mark.anyio

Woken = list[tuple[str, str, int]]


@pytest.fixture
def woken(world: World, monkeypatch: pytest.MonkeyPatch) -> Woken:
    """Keep who is told of what, and how many cases were durable by then."""
    told: Woken = []

    async def changed_for(_: object, account_id: UUID, topic: str) -> None:
        async with world.deps.database.read() as session:
            cases = len((await session.exec(select(Consult))).all())
        told.append((asking.named(world, account_id), topic, cases))

    monkeypatch.setattr(type(world.live), "changed_for", changed_for)
    return told


async def test_whoever_is_on_duty_is_rung_when_a_case_is_asked(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    assert await asking.rings(world, consult_id) == [("psychiatrist", "")]
    assert (await asking.row(world, consult_id)).status == "ringing"


async def test_nobody_on_duty_makes_it_a_written_case_at_once(world: World) -> None:
    service = await asking.service(world)
    await asking.on_duty(world, "psychiatrist", "off")
    consult = await asking.row(world, await asking.asked(world, service))
    assert (consult.status, consult.written_due_at) == ("written", world.clock.now + timedelta(hours=24))


async def test_of_thirty_who_accept_at_once_one_wins(world: World) -> None:
    names = [f"specialist {number}" for number in range(30)]
    await asking.specialists(world, *names)
    consult_id = await asking.asked(world, await asking.service(world, *names))
    accepting = [accept_consult(world.deps, world.live, world.actors[name], consult_id) for name in names]
    answers = await asyncio.gather(*accepting)
    winner = asking.named(world, (await asking.row(world, consult_id)).accepted_by)
    assert [name for name, answer in zip(names, answers, strict=True) if answer.won] == [winner]
    assert len({answer.by for answer in answers if not answer.won}) == 1
    ended = dict(await asking.rings(world, consult_id))
    assert ended == {name: "accepted" if name == winner else "answered-elsewhere" for name in names}


async def _round_robin(world: World, many: int) -> ConsultService:
    names = [f"specialist {number}" for number in range(many)]
    await asking.specialists(world, *names)
    return await asking.service(world, *names, steps=(("round_robin", tuple(names), 30),))


@pytest.mark.parametrize("many", [2, 10])
async def test_cases_that_are_asked_at_once_ring_each_another_one_of_a_round_robin(world: World, many: int) -> None:
    service = await _round_robin(world, many)
    cases = await asyncio.gather(*(asking.asked(world, service) for _ in range(many)))
    rung = [name for case in cases for name, _ in await asking.rings(world, case)]
    assert sorted(rung) == [f"specialist {number}" for number in range(many)]


async def test_a_later_step_of_two_cases_rings_each_another_one_of_a_round_robin(world: World) -> None:
    names = ("second", "third")
    await asking.specialists(world, *names)
    steps = (("person", ("psychiatrist",), 30), ("round_robin", names, 30))
    service = await asking.service(world, "psychiatrist", *names, steps=steps)
    cases = [await asking.asked(world, service) for _ in range(2)]
    await asking.work(world, seconds=30)
    rung = [(await asking.rings(world, case))[1][0] for case in cases]
    assert sorted(rung) == ["second", "third"]


async def test_a_round_robin_passes_over_whom_another_case_rings(world: World) -> None:
    service, other = await _round_robin(world, 3), await asking.service(world, "specialist 1")
    first = await asking.asked(world, service)
    await asking.asked(world, other)
    await cancel_consult(world.deps, world.live, world.actors["pcp"], first)
    rung = [(await asking.rings(world, await asking.asked(world, service)))[0][0] for _ in range(2)]
    assert rung == ["specialist 2", "specialist 0"]


async def test_a_later_turn_of_a_round_robin_is_of_who_was_rung_elsewhere_and_is_free_by_now(world: World) -> None:
    names = ("second", "third")
    await asking.specialists(world, *names)
    turns = (("round_robin", names, 30), ("round_robin", names, 30))
    service, other = await asking.service(world, *names, steps=turns), await asking.service(world, "third")
    busy = await asking.asked(world, other)
    consult_id = await asking.asked(world, service)
    await cancel_consult(world.deps, world.live, world.actors["pcp"], busy)
    await asking.work(world, seconds=30)
    assert [name for name, _ in await asking.rings(world, consult_id)] == ["second", "third"]


async def test_everybody_concerned_is_woken_once_it_is_durable(world: World, woken: Woken) -> None:
    await asking.asked(world, await asking.service(world))
    assert set(woken) == {("pcp", "consults", 1), ("psychiatrist", "consults", 1)}


async def test_who_said_that_they_come_is_woken_when_they_need_not(world: World, woken: Woken) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    number = await asking.number_of(world, consult_id, "psychiatrist")
    await offer_minutes(world.deps, world.live, world.actors["psychiatrist"], consult_id, number, 5)
    woken.clear()
    await decide_offer(world.deps, world.live, world.actors["pcp"], consult_id, number, wait=False)
    assert ("psychiatrist", "consults", 1) in woken


async def test_what_both_are_told_wakes_who_asked_alone_until_somebody_has_the_case(world: World, woken: Woken) -> None:
    consult_id = await asking.ringing(world, "psychiatrist")
    assert await _told_both(world, woken, consult_id) == ["pcp"]
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    assert await _told_both(world, woken, consult_id) == ["pcp", "psychiatrist"]


async def test_what_comes_too_late_changes_nothing_and_is_not_kept(world: World) -> None:
    consult_id = await asking.ringing(world, "psychiatrist")
    await asking.work(world, seconds=60)
    before = await asking.row(world, consult_id)
    async with world.deps.database.write() as session:
        desk = Desk(session, world.deps, world.live, await asking.held(session, consult_id))
        late = Decline(AccountId(world.accounts["psychiatrist"].id), 1, "busy")
        assert not await happen(desk, late, world.accounts["psychiatrist"].id)
    after = await asking.row(world, consult_id)
    assert (after.version, after.status) == (before.version, "written")
    assert await asking.events(world, consult_id) == ["asked", "written"]


async def test_who_promised_to_come_takes_the_case_before_they_are_rung_again(world: World) -> None:
    consult_id = await asking.ringing(world, "psychiatrist")
    await offer_minutes(world.deps, world.live, world.actors["psychiatrist"], consult_id, 1, 5)
    answer = await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    consult = await asking.row(world, consult_id)
    assert answer.won
    assert asking.named(world, consult.accepted_by) == "psychiatrist"
    assert consult.room_id is not None
    assert await asking.rings(world, consult_id) == [("psychiatrist", "offered")]


async def test_a_case_that_was_taken_back_stops_ringing_and_says_so(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    await cancel_consult(world.deps, world.live, world.actors["pcp"], consult_id)
    consult = await asking.row(world, consult_id)
    assert (consult.status, consult.ending, consult.closed_at) == ("closed", "cancelled", world.clock.now)
    assert await asking.rings(world, consult_id) == [("psychiatrist", "cancelled")]


async def _told_both(world: World, woken: Woken, consult_id: UUID) -> list[str]:
    woken.clear()
    async with world.deps.database.write() as session:
        tell_both(Desk(session, world.deps, world.live, await asking.held(session, consult_id)))
        assert woken == []
    return sorted(name for name, _, _ in woken)
