"""A conference speaks of cases in an order, and its signed decisions stay; for who takes part and may read the case."""

from uuid import UUID

import pytest
from sqlmodel import select

from server.access import Role
from server.audit import AuditEvent
from server.consults.conference_actions import move_up, put_on_agenda, sign_decision, take_off_agenda
from server.kit import Conflict, Forbidden, NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults import asking, conferring, talking

pytestmark = pytest.mark.anyio


async def order(world: World, meeting_id: UUID) -> list[UUID]:
    return [row.consult_id for row in await conferring.agenda(world, meeting_id)]


async def test_a_case_is_put_on_the_agenda_once_as_the_last(world: World) -> None:
    first, second, meeting = await talking.taken(world), await talking.taken(world), await conferring.met(world)
    await conferring.placed(world, meeting, first, second, first)
    assert await order(world, meeting) == [first, second]
    assert [row.position for row in await conferring.agenda(world, meeting)] == [1, 2]


async def test_a_case_moves_up_until_it_is_the_first(world: World) -> None:
    first, second, meeting = await talking.taken(world), await talking.taken(world), await conferring.met(world)
    places = await conferring.placed(world, meeting, first, second)
    for _ in range(2):
        await move_up(world.deps, world.actors["psychiatrist"], meeting, places[1])
    assert await order(world, meeting) == [second, first]
    await move_up(world.deps, world.actors["psychiatrist"], meeting, new_id())
    assert await order(world, meeting) == [second, first]


async def test_only_who_takes_part_and_may_read_the_case_puts_it_on_or_decides(world: World) -> None:
    consult_id = await talking.taken(world)
    meeting = await conferring.met(world)
    for name in ("caremanager", "admin", "outsider"):
        with pytest.raises(NotFound):
            await put_on_agenda(world.deps, world.actors[name], meeting, consult_id)
    (place,) = await conferring.placed(world, meeting, consult_id)
    for name in ("caremanager", "outsider"):
        with pytest.raises(NotFound):
            await sign_decision(world.deps, world.actors[name], meeting, place, "Taper")
    with pytest.raises(NotFound):
        await sign_decision(world.deps, world.actors["pcp"], meeting, new_id(), "Taper")


async def test_who_takes_part_without_a_tie_to_the_case_may_not_decide_it(world: World) -> None:
    await world.hire("visitor", Role.SPECIALIST, world.clinic, "MT", covers=False)
    consult_id = await talking.taken(world)
    meeting = await conferring.met(world, "pcp", "visitor")
    (place,) = await conferring.placed(world, meeting, consult_id)
    with pytest.raises(Forbidden):
        await sign_decision(world.deps, world.actors["visitor"], meeting, place, "Taper")
    with pytest.raises(Forbidden):
        await put_on_agenda(world.deps, world.actors["visitor"], meeting, consult_id)


async def test_a_signed_decision_is_sealed_stays_and_is_noted(world: World) -> None:
    consult_id, meeting = await talking.taken(world), await conferring.met(world)
    (place,) = await conferring.placed(world, meeting, consult_id)
    await sign_decision(world.deps, world.actors["psychiatrist"], meeting, place, "Taper over a week")
    with pytest.raises(Conflict):
        await sign_decision(world.deps, world.actors["pcp"], meeting, place, "Keep on")
    with pytest.raises(Conflict):
        await take_off_agenda(world.deps, world.actors["pcp"], meeting, place)
    (row,) = await conferring.agenda(world, meeting)
    assert row.decision is not None
    assert b"Taper" not in row.decision
    assert (asking.named(world, row.decided_by), row.decided_at) == ("psychiatrist", world.clock.now)
    async with world.deps.database.read() as session:
        query = select(AuditEvent.action).where(AuditEvent.entity_id == consult_id)
        noted = set((await session.exec(query)).all())
    assert {"add_to_conference", "decide_in_conference"} <= noted


async def test_a_case_without_a_decision_is_taken_off_again(world: World) -> None:
    consult_id, meeting = await talking.taken(world), await conferring.met(world)
    (place,) = await conferring.placed(world, meeting, consult_id)
    await take_off_agenda(world.deps, world.actors["psychiatrist"], meeting, place)
    assert await order(world, meeting) == []
