"""A time is held for whoever decides, booked with its visit, or given back; within what is theirs to give."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access import Role
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from server.outbox import OutboxMessage
from server.scheduling import Appointment, SlotTaken, Sought, practitioners_in
from server.visits.find_actions import Wish, confirm_hold, give_back, hold_time, visit_of
from server.visits.tables import Encounter
from tests.cast import TEN, ZONE, World
from tests.server.scheduling.appointments import booked, kept
from tests.server.scheduling.schedules import works
from tests.server.visits.journey import rows

pytestmark = pytest.mark.anyio

MINUTES = timedelta(minutes=1)


def wish(world: World, *names: str, minutes: int = 0, **changes: Any) -> Wish:
    sought = Sought(TEN, TEN + timedelta(days=1), ZONE, 20, **changes)
    members = {world.practitioners[name].id: sought for name in names or ("pcp",)}
    return Wish(world.patient.id, TEN + minutes * MINUTES, members)


async def hold(world: World, *names: str, who: str = "frontdesk", **changes: Any) -> Appointment:
    return await hold_time(world.deps, world.live, world.actors[who], wish(world, *names, **changes))


async def confirmed(world: World, row: Appointment, who: str = "frontdesk", *, send: bool = False) -> tuple[UUID, str]:
    return await confirm_hold(world.deps, world.live, world.actors[who], row.id, "Sleep", send=send)


async def test_a_time_is_kept_for_some_minutes_and_booked_with_its_visit(world: World) -> None:
    await works(world, "pcp")
    row = await hold(world)
    assert (row.status, row.held_until, row.clinic_id) == ("pending", TEN + 5 * MINUTES, world.clinic.id)
    encounter_id, link = await confirmed(world, row, send=True)
    (visit,) = await rows(world, Encounter)
    assert (visit.id, visit.appointment_id, visit.patient_id) == (encounter_id, row.id, world.patient.id)
    assert link
    assert len(await rows(world, OutboxMessage)) == 1
    assert (await kept(world, row)).reason is not None


async def test_booking_twice_is_once_also_at_the_same_time(world: World) -> None:
    await works(world, "pcp")
    row = await hold(world)
    answers = await asyncio.gather(*(confirmed(world, row) for _ in range(5)))
    assert len({encounter_id for encounter_id, _ in answers}) == 1
    assert len([link for _, link in answers if link]) == 1
    assert await visit_of(world.deps, world.actors["frontdesk"], row.id) == answers[0][0]


async def test_a_joint_visit_is_of_all_in_their_order(world: World) -> None:
    await works(world, "pcp")
    await works(world, "psychiatrist")
    row = await hold(world, "psychiatrist", "pcp")
    await confirmed(world, row)
    async with world.deps.database.read() as session:
        found = await practitioners_in(session, world.actors["frontdesk"], [row.id])
    assert [one.family_name for one in found[row.id]] == ["Brandt", "Okafor"]


async def test_a_time_that_is_gone_is_said_before_anything_is_given_back(world: World) -> None:
    await works(world, "pcp")
    first = await hold(world)
    await booked(world, TEN + 20 * MINUTES)
    with pytest.raises(SlotTaken):
        await hold(world, minutes=20)
    assert (await kept(world, first)).status == "pending"


async def test_what_is_given_back_is_free_and_has_no_visit(world: World) -> None:
    await works(world, "pcp")
    row, who = await hold(world), world.actors["frontdesk"]
    for _ in range(2):
        await give_back(world.deps, world.live, who, row.id)
    assert (await kept(world, row)).status == "cancelled"
    with pytest.raises(NotFound):
        await visit_of(world.deps, who, row.id)
    with pytest.raises(SlotTaken):
        await confirmed(world, row)
    await hold(world, who="pcp")


async def test_nobody_else_books_what_is_held(world: World) -> None:
    await works(world, "pcp")
    row = await hold(world)
    for who in ("pcp", "outsider"):
        with pytest.raises(NotFound):
            await confirmed(world, row, who)
        with pytest.raises(NotFound):
            await give_back(world.deps, world.live, world.actors[who], row.id)


async def test_who_may_set_up_no_visit_holds_no_time(world: World) -> None:
    await works(world, "pcp")
    with pytest.raises(Forbidden):
        await hold(world, who="admin")
    with pytest.raises(NotFound):
        await hold(world, who="outsider")
    strange = replace(wish(world), members={new_id(): next(iter(wish(world).members.values()))})
    with pytest.raises(NotFound):
        await hold_time(world.deps, world.live, world.actors["frontdesk"], strange)


async def test_a_colleague_s_time_is_one_s_to_give_where_one_covers_a_clinic_of_theirs(world: World) -> None:
    north = await world.second_clinic()
    await world.hire("northerner", Role.PCP, north, "MT")
    await works(world, "northerner")
    with pytest.raises(NotFound):
        await hold(world, "northerner")
    assert (await hold(world, "northerner", who="northerner")).clinic_id == north.id
    covering = replace(world.actors["frontdesk"], clinics=frozenset({world.clinic.id, north.id}))
    world.actors["frontdesk"] = covering
    row = await hold(world, "northerner", minutes=20, clinic=north.id)
    assert row.clinic_id == north.id
