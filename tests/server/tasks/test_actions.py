"""Tasks are added once, and changed by whoever saw them last; their owners' pages are woken."""

from datetime import timedelta
from uuid import UUID

import anyio
import pytest
from sqlmodel import select

from server.access import Role
from server.kit import Conflict, Forbidden, Invalid, NotFound
from server.kit.ids import new_id
from server.tasks.actions import (
    Seen,
    add_task,
    assign_task,
    cancel_task,
    complete_task,
    looked_through,
    move_task,
    step_task,
)
from server.tasks.rules import Status, View
from server.tasks.store import Source, my_tasks
from server.tasks.tables import FollowUpTask
from tests.cast import World
from tests.server.identity.own_accounts import another_patient
from tests.server.tasks.examples import TODAY, Woken, added, kept, noted, wanted

pytestmark = pytest.mark.anyio


async def count(world: World) -> int:
    async with world.deps.database.read() as session:
        return len((await session.exec(select(FollowUpTask))).all())


async def test_a_task_of_one_s_own_is_taken_on_and_one_for_somebody_else_is_asked_of_them(world: World) -> None:
    await world.visit()
    mine, theirs, nobody_s = [await added(world, owner) for owner in ("pcp", "caremanager", "")]
    assert [task.status for task in (mine, theirs, nobody_s)] == ["accepted", "requested", "requested"]
    assert await noted(world) == ["create"] * 3


async def test_the_same_form_twice_and_the_same_item_twice_make_one_task(world: World) -> None:
    await world.visit()
    key, item = new_id(), Source("consult", new_id(), "1")
    assert (await added(world, key=key)).id == (await added(world, key=key)).id == key
    first = await added(world, source=item)
    assert (await added(world, source=item)).id == first.id
    assert await count(world) == 2


async def test_two_who_accept_the_same_item_at_once_make_one_task(world: World) -> None:
    await world.visit()
    item = Source("consult", new_id(), "1")

    async def accept(who: str) -> None:
        await added(world, who=who, source=item)

    async with anyio.create_task_group() as both:
        for who in ("pcp", "caremanager"):
            both.start_soon(accept, who)
    assert await count(world) == 1


async def test_the_key_of_another_patient_s_task_is_not_found(world: World) -> None:
    await world.visit()
    other = await another_patient(world, "Rosa")
    await world.visit(patient_id=other.id)
    task = await added(world)
    with pytest.raises(NotFound):
        await added(world, key=task.id, patient_id=other.id)
    for patient_id in (world.patient.id, new_id()):
        with pytest.raises(NotFound):
            await added(world, who="outsider", patient_id=patient_id)
    assert await count(world) == 1


async def test_a_task_needs_a_tie_and_an_owner_who_may_have_tasks(world: World) -> None:
    with pytest.raises(Forbidden):
        await added(world)
    await world.visit()
    for owner in ("admin", "outsider"):
        with pytest.raises(Invalid) as wrong:
            await added(world, owner)
        assert "owner" in wrong.value.errors
    with pytest.raises(Forbidden):
        await added(world, who="admin")
    assert await count(world) == 0


async def test_its_owner_s_pages_are_woken_when_somebody_else_gives_or_changes_it(world: World) -> None:
    await world.visit()
    woken, people = Woken(), world.accounts
    deps = woken.in_(world.deps)
    pcp, new = world.actors["pcp"], wanted(world, "caremanager")
    async with deps.database.write() as session:
        await add_task(session, deps, pcp, new)
        assert woken.people == []  # nothing is durable yet
    assert woken.people == [(people["caremanager"].id, "tasks")]
    await assign_task(deps, pcp, Seen(new.key, 1), people["psychiatrist"].id)
    assert woken.people[1:] == [(people["caremanager"].id, "tasks"), (people["psychiatrist"].id, "tasks")]
    await assign_task(deps, pcp, Seen(new.key, 2), people["pcp"].id)
    await complete_task(deps, pcp, Seen(new.key, 3), "")
    assert woken.people[3:] == [(people["psychiatrist"].id, "tasks")]


async def test_the_owner_takes_it_on_begins_it_and_completes_it(world: World) -> None:
    await world.visit()
    await world.hire("northerner", Role.PCP, await world.second_clinic())
    task, owner = await added(world, "northerner"), world.actors["northerner"]
    for version, status in ((1, "accepted"), (2, "in-progress")):
        await step_task(world.deps, owner, Seen(task.id, version))
        assert (await kept(world, task.id)).status == status
    await complete_task(world.deps, owner, Seen(task.id, 3), "The score is 9")
    row = await kept(world, task.id)
    assert (row.status, row.ended_by, row.ended_at, row.version) == ("completed", owner.account_id, world.clock.now, 4)
    assert await noted(world) == ["create", "take_on_task", "begin_task", "complete_task"]


async def test_nobody_takes_a_step_for_the_owner(world: World) -> None:
    await world.visit()
    task = await added(world, "caremanager")
    with pytest.raises(Conflict):
        await step_task(world.deps, world.actors["pcp"], Seen(task.id, 1))
    own = await added(world, "pcp")
    await step_task(world.deps, world.actors["pcp"], Seen(own.id, 1))
    with pytest.raises(Conflict):
        await step_task(world.deps, world.actors["pcp"], Seen(own.id, 2))


async def test_who_saw_an_older_task_changes_nothing_and_is_told(world: World) -> None:
    await world.visit()
    task, pcp, desk = await added(world, "pcp"), world.actors["pcp"], world.actors["frontdesk"]
    later = TODAY + timedelta(days=9)
    await move_task(world.deps, desk, Seen(task.id, 1), later)
    with pytest.raises(Conflict):
        await complete_task(world.deps, pcp, Seen(task.id, 1), "Done")
    row = await kept(world, task.id)
    assert (row.status, row.due_on, row.version) == ("accepted", later, 2)
    await move_task(world.deps, pcp, Seen(task.id, 1), later)  # it is due then already
    assert (await kept(world, task.id)).version == 2


async def test_of_two_who_change_it_at_once_one_is_told(world: World) -> None:
    await world.visit()
    task, told = await added(world, "pcp"), []

    async def cancel(who: str) -> None:
        try:
            await cancel_task(world.deps, world.actors[who], Seen(task.id, 1), "Moved away")
        except Conflict:
            told.append(who)

    async with anyio.create_task_group() as both:
        for who in ("pcp", "frontdesk"):
            both.start_soon(cancel, who)
    assert len(told) == 1
    assert (await kept(world, task.id)).version == 2


async def test_completing_twice_is_once_and_a_closed_task_stays_as_it_is(world: World) -> None:
    await world.visit()
    task, pcp = await added(world, "pcp"), world.actors["pcp"]
    for _ in range(2):
        await complete_task(world.deps, pcp, Seen(task.id, 1), "Done")
    for again in (complete_task, cancel_task):
        with pytest.raises(Conflict):
            await again(world.deps, world.actors["frontdesk"], Seen(task.id, 2), "Not needed")
    assert (await kept(world, task.id)).status == Status.COMPLETED
    assert await noted(world) == ["create", "complete_task"]


async def test_a_task_is_given_to_somebody_who_may_have_it(world: World) -> None:
    await world.visit()
    task, pcp = await added(world, "pcp"), world.actors["pcp"]
    nobody: list[UUID | None] = [None, new_id(), world.accounts["admin"].id, world.accounts["outsider"].id]
    for owner_id in nobody:
        with pytest.raises(Invalid):
            await assign_task(world.deps, pcp, Seen(task.id, 1), owner_id)
    await assign_task(world.deps, pcp, Seen(task.id, 1), pcp.account_id)  # it is theirs
    assert (await kept(world, task.id)).version == 1
    await assign_task(world.deps, pcp, Seen(task.id, 1), world.accounts["caremanager"].id)
    row = await kept(world, task.id)
    assert (row.owner_id, row.status) == (world.accounts["caremanager"].id, "requested")


async def test_a_task_without_a_patient_is_made_for_oneself_and_given_on(world: World) -> None:
    for owner in ("caremanager", ""):
        with pytest.raises(Forbidden):
            await added(world, owner, patient_id=None)
    task = await added(world, "pcp", patient_id=None)
    await assign_task(world.deps, world.actors["pcp"], Seen(task.id, 1), world.accounts["caremanager"].id)
    with pytest.raises(Forbidden):
        await complete_task(world.deps, world.actors["pcp"], Seen(task.id, 2), "")
    await complete_task(world.deps, world.actors["caremanager"], Seen(task.id, 2), "")
    assert (await kept(world, task.id)).status == "completed"


async def test_each_patient_of_a_list_is_noted_once(world: World) -> None:
    await world.visit()
    for _ in range(2):
        await added(world, "pcp")
    async with world.deps.database.read() as session:
        tasks = list(await my_tasks(session, world.deps, world.actors["pcp"], View.MINE))
    await looked_through(world.deps, world.actors["pcp"], tasks)
    await looked_through(world.deps, world.actors["pcp"], [])
    assert await noted(world) == ["create", "create", "read"]
