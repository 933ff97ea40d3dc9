"""Who finds which tasks; what they say lies sealed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from server.access import Action, Role
from server.directory import CareTeamParticipant
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from server.tasks.rules import Priority, View
from server.tasks.store import Source, my_tasks, task_by_id, tasks_of_patient, tasks_of_source
from server.tasks.tables import FollowUpTask
from tests.cast import World
from tests.server.tasks.examples import SECRET, TODAY, added

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def seen(world: World, who: str, view: View, **terms: Any) -> Sequence[str]:
    async with world.deps.database.read() as session:
        return [one.words.title for one in await my_tasks(session, world.deps, world.actors[who], view, **terms)]


async def test_one_s_own_tasks_are_those_one_was_given_whatever_ties_one_to_the_patient(world: World) -> None:
    await world.visit()
    await world.hire("northerner", Role.PCP, await world.second_clinic())
    task = await added(world, "northerner")
    assert await seen(world, "northerner", View.MINE) == [SECRET]
    assert await seen(world, "pcp", View.MINE) == []
    async with world.deps.database.read() as session:
        found = await task_by_id(session, world.deps, world.actors["northerner"], Action.WRITE_TASK, task.id)
    assert found.patient is not None
    assert (found.owner, found.patient.id, found.why) == ("Northerner Hired", world.patient.id, "participant")


async def test_one_s_clinics_tasks_are_those_of_the_patients_who_have_visits_there(world: World) -> None:
    await world.visit()
    await world.hire("northerner", Role.PCP, await world.second_clinic())
    await added(world, "pcp")
    assert await seen(world, "frontdesk", View.CLINICS) == [SECRET]
    assert await seen(world, "northerner", View.CLINICS) == await seen(world, "outsider", View.CLINICS) == []
    assert await seen(world, "northerner", View.OVERDUE) == await seen(world, "outsider", View.OVERDUE) == []


async def test_what_is_due_first_stands_first_and_of_one_day_what_is_urgent(world: World) -> None:
    await world.visit()
    await added(world, "pcp", title="later", due_on=TODAY + DAY)
    await added(world, "pcp", title="routine", due_on=TODAY)
    await added(world, "pcp", title="urgent", due_on=TODAY, priority=Priority.URGENT)
    assert await seen(world, "pcp", View.OVERDUE) == ["urgent", "routine", "later"]
    assert await seen(world, "pcp", View.MINE, until=TODAY) == ["urgent", "routine"]


async def test_a_task_is_found_by_its_organization_and_refused_without_a_tie(world: World) -> None:
    await world.visit()
    await world.hire("northerner", Role.PCP, await world.second_clinic())
    task = await added(world, "pcp")
    async with world.deps.database.read() as session:
        with pytest.raises(NotFound):
            await task_by_id(session, world.deps, world.actors["outsider"], Action.READ_RECORD, task.id)
        with pytest.raises(NotFound):
            await task_by_id(session, world.deps, world.actors["pcp"], Action.READ_RECORD, None)
        with pytest.raises(Forbidden):
            await task_by_id(session, world.deps, world.actors["northerner"], Action.READ_RECORD, task.id)


async def test_a_patient_s_tasks_need_a_tie_and_the_care_team_has_one(world: World) -> None:
    await world.visit()
    await world.hire("northerner", Role.PCP, await world.second_clinic())
    await added(world, "pcp")
    northerner, whose = world.actors["northerner"], {"patient_id": world.patient.id}
    async with world.deps.database.read() as session:
        refused = await tasks_of_patient(session, world.deps, northerner, world.patient.id)
        with pytest.raises(NotFound):
            await tasks_of_patient(session, world.deps, world.actors["outsider"], world.patient.id)
    assert (refused.decision.allowed, refused.tasks) == (False, ())
    joins: dict[str, Any] = {"account_id": northerner.account_id, "added_at": world.clock.now, **whose}
    async with world.deps.database.write() as session:
        session.add(CareTeamParticipant(id=new_id(), organization_id=northerner.organization_id, **joins))
    async with world.deps.database.read() as session:
        found = await tasks_of_patient(session, world.deps, northerner, world.patient.id)
    assert [one.words.title for one in found.tasks] == [SECRET]


async def test_the_tasks_of_a_source_are_found_by_it_and_by_its_item(world: World) -> None:
    await world.visit()
    consult = new_id()
    for item in ("1", "2"):
        await added(world, "pcp", title=f"item {item}", source=Source("consult", consult, item))
    await added(world, "pcp")
    async with world.deps.database.read() as session:
        pcp, outsider = world.actors["pcp"], world.actors["outsider"]
        both = await tasks_of_source(session, world.deps, pcp, Source("consult", consult))
        one = await tasks_of_source(session, world.deps, pcp, Source("consult", consult, "2"))
        assert await tasks_of_source(session, world.deps, outsider, Source("consult", consult)) == []
    assert [found.words.title for found in both] == ["item 1", "item 2"]
    assert [found.words.title for found in one] == ["item 2"]


async def test_what_a_task_says_lies_sealed(world: World) -> None:
    await world.visit()
    await added(world, "pcp", detail="Compare with week 4")
    async with world.deps.database.read() as session:
        (row,) = (await session.exec(select(FollowUpTask))).all()
        (found,) = await my_tasks(session, world.deps, world.actors["pcp"], View.MINE)
    assert (b"PHQ" in row.title, b"week" in (row.detail or b"")) == (False, False)
    assert (found.words.title, found.words.detail, found.words.outcome) == (SECRET, "Compare with week 4", "")


async def test_a_task_without_a_patient_is_found_by_its_owner_alone(world: World) -> None:
    task = await added(world, "pcp", patient_id=None)
    assert await seen(world, "pcp", View.MINE) == await seen(world, "pcp", View.OVERDUE) == [SECRET]
    assert await seen(world, "pcp", View.CLINICS) == await seen(world, "caremanager", View.CLINICS) == []
    async with world.deps.database.read() as session:
        found = await task_by_id(session, world.deps, world.actors["pcp"], Action.WRITE_TASK, task.id)
        with pytest.raises(Forbidden):
            await task_by_id(session, world.deps, world.actors["caremanager"], Action.READ_RECORD, task.id)
        with pytest.raises(NotFound):
            await task_by_id(session, world.deps, world.actors["outsider"], Action.READ_RECORD, task.id)
    assert (found.patient, found.why) == (None, "participant")


@pytest.mark.parametrize(
    "broken", [{"source_kind": "consult"}, {"status": "completed"}, {"patient_id": None, "owner_id": None}]
)
async def test_the_database_refuses_half_a_source_an_end_without_its_time_and_what_is_nobodys(
    world: World, broken: dict[str, str]
) -> None:
    await world.visit()
    task = await added(world, "pcp")
    values = {**task.model_dump(), "id": new_id(), **broken}
    with pytest.raises(IntegrityError):
        async with world.deps.database.write() as session:
            session.add(FollowUpTask(**values))
