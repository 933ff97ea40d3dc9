"""Who finds which case."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from server.access import Action, Actor, Role, Why
from server.consults.case_store import (
    Talk,
    acting_account,
    case_by_id,
    case_in_visit,
    events_of,
    is_conferring,
    is_open,
    last_case,
    opened_question,
    own_cases,
    talk_of,
    was_asked,
)
from server.consults.incoming_actions import accept_consult
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.consults import asking, talking

pytestmark = pytest.mark.anyio


async def test_who_asked_reads_the_case_and_its_question(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        case = await case_by_id(session, world.actors["pcp"], Action.READ_CONSULT, consult_id)
    assert (case.is_requester, case.is_specialist, case.why) == (True, False, Why.PARTICIPANT)
    assert opened_question(world.deps.keyring, case.consult) == asking.QUESTION
    assert is_open(case.consult)


async def test_a_stranger_finds_nothing(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        for action in (Action.READ_CONSULT, Action.ANSWER_CONSULT):
            with pytest.raises(NotFound):
                await case_by_id(session, world.actors["outsider"], action, consult_id)
        with pytest.raises(NotFound):
            await case_by_id(session, world.actors["pcp"], Action.READ_CONSULT, new_id())


async def test_who_is_rung_may_answer_and_does_not_read_the_question_yet(world: World) -> None:
    far = await world.second_clinic()
    await world.hire("remote", Role.SPECIALIST, far, "MT")
    consult_id = await asking.asked(world, await asking.service(world, "remote"))
    async with world.deps.database.read() as session:
        await case_by_id(session, world.actors["remote"], Action.ANSWER_CONSULT, consult_id)
        with pytest.raises(Forbidden):
            await case_by_id(session, world.actors["remote"], Action.READ_CONSULT, consult_id)


async def test_who_was_not_rung_may_not_answer(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        with pytest.raises(Forbidden):
            await case_by_id(session, world.actors["caremanager"], Action.ANSWER_CONSULT, consult_id)


async def test_an_administrator_does_not_read_what_is_asked(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        with pytest.raises(Forbidden):
            await case_by_id(session, world.actors["admin"], Action.READ_CONSULT, consult_id)


async def test_only_who_asked_changes_the_case_and_not_who_took_it(world: World) -> None:
    consult_id = await talking.taken(world)
    async with world.deps.database.read() as session:
        case = await case_by_id(session, world.actors["pcp"], Action.CHANGE_CONSULT, consult_id)
        assert case.consult.id == consult_id
        with pytest.raises(Forbidden):
            await case_by_id(session, world.actors["psychiatrist"], Action.CHANGE_CONSULT, consult_id)


async def test_only_somebody_with_an_account_acts_in_a_case(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        case = await case_by_id(session, world.actors["pcp"], Action.READ_CONSULT, consult_id)
    assert acting_account(case) == world.accounts["pcp"].id
    with pytest.raises(Forbidden):
        acting_account(replace(case, actor=Actor(frozenset(), world.clinic.organization_id)))


async def test_the_patient_of_a_visit_is_talked_about_until_the_talk_elsewhere_is_over(world: World) -> None:
    consult_id = await asking.from_a_visit(world)
    visit_id = (await asking.row(world, consult_id)).encounter_id
    patient = Actor(frozenset({Role.PATIENT}), world.clinic.organization_id, encounter_id=visit_id)

    async def conferring() -> bool:
        async with world.deps.database.read() as session:
            return await is_conferring(session, patient)

    assert not await conferring()
    await accept_consult(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    assert await conferring()
    await asking.talk_ended(world, consult_id)
    assert not await conferring()


async def talk(world: World, name: str, consult_id: UUID) -> Talk:
    """Give what there is to do for somebody about the talk of a case."""
    async with world.deps.database.read() as session:
        case = await case_by_id(session, world.actors[name], Action.READ_CONSULT, consult_id)
        return await talk_of(session, case)


async def test_a_talk_is_joined_come_back_to_and_over(world: World) -> None:
    consult_id = await talking.taken(world)
    said = [await talk(world, "psychiatrist", consult_id)]
    await talking.comes(world, consult_id, "psychiatrist")
    await talking.goes(world, consult_id, "psychiatrist")
    said += [await talk(world, name, consult_id) for name in ("psychiatrist", "pcp")]
    await asking.talk_ended(world, consult_id)
    said += [await talk(world, name, consult_id) for name in ("psychiatrist", "pcp")]
    assert said == [Talk.JOIN, Talk.RETURN, Talk.JOIN, Talk.OVER, Talk.OVER]


async def test_there_is_no_talk_before_somebody_took_the_case(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    assert await talk(world, "pcp", consult_id) is Talk.NONE


async def test_a_ring_is_answered_from_another_organization_of_ones_own(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    elsewhere = replace(world.actors["psychiatrist"], organization_id=world.outside_patient.organization_id)
    async with world.deps.database.read() as session:
        case = await case_by_id(session, elsewhere, Action.ANSWER_CONSULT, consult_id)
    assert case.actor.organization_id == world.clinic.organization_id


async def test_a_key_of_somebody_else_is_not_found(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    async with world.deps.database.read() as session:
        assert await was_asked(session, world.actors["pcp"], consult_id)
        assert not await was_asked(session, world.actors["pcp"], new_id())
        with pytest.raises(NotFound):
            await was_asked(session, world.actors["psychiatrist"], consult_id)


async def test_cases_are_found_by_whose_they_are_and_by_their_visit(world: World) -> None:
    service = await asking.service(world)
    visit_id, _ = await world.visit()
    about: dict[str, Any] = {"encounter_id": visit_id, "patient_id": world.patient.id}
    consult_id = await asking.asked(world, service, **about)
    async with world.deps.database.read() as session:
        pcp = world.actors["pcp"]
        assert [row.id for row, _, _ in await own_cases(session, pcp)] == [consult_id]
        assert await own_cases(session, world.actors["caremanager"]) == []
        found = await case_in_visit(session, pcp, visit_id)
        last = await last_case(session, pcp, world.patient.id)
        assert found is not None
        assert last is not None
        assert {found.id, last.id} == {consult_id}
        assert await case_in_visit(session, world.actors["outsider"], visit_id) is None
        assert [event.kind for event in await events_of(session, consult_id)] == ["asked"]
