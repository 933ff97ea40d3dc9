"""A patient asks to be called: kept first, told without content; one of the staff calls, and says when it is done."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from server.access import Actor
from server.kit import Conflict, Forbidden, Gone, NotFound
from server.kit.ids import new_id
from server.visits import actions
from server.visits.callback_actions import ask_for_call, finish_call, take_call
from server.visits.callback_rules import CallbackState
from server.visits.callback_store import Callback, callbacks_of
from server.visits.tables import CallbackRequest
from tests.cast import World
from tests.server.calls.rooms import Commands
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

NUMBER = "406-555-0188"


async def asked(world: World, phone: str = NUMBER) -> tuple[UUID, Actor]:
    """A patient in the waiting room who asks to be called."""
    visit_id, token = await world.visit()
    patient = await journey.patient_waits(world, token)
    await ask_for_call(world.deps, world.live, patient, phone)
    return visit_id, patient


async def found(world: World, visit_id: UUID, who: str = "pcp") -> Callback | None:
    async with world.deps.database.read() as session:
        return (await callbacks_of(session, world.actors[who], world.deps.keyring, [visit_id])).get(visit_id)


async def state(world: World, visit_id: UUID) -> tuple[str, str, str]:
    request = await found(world, visit_id)
    assert request is not None
    return request.phone, request.state, request.caller


async def test_the_number_is_kept_sealed_and_staff_are_told_without_it(world: World) -> None:
    visit_id, token = await world.visit()
    patient, commands = await journey.patient_waits(world, token), Commands(world)
    await ask_for_call(world.deps, commands.live(), patient, NUMBER)
    (row,) = await journey.rows(world, CallbackRequest)
    assert NUMBER.encode() not in row.phone
    assert await state(world, visit_id) == (NUMBER, CallbackState.ASKED, "")
    room = str((await journey.encounter_of(world, visit_id)).room_id)
    audience = f"organization:{patient.organization_id}"
    assert commands.asked == [("changed", audience, "today"), ("changed", room, "waiting"), ("changed", room, "visit")]


async def test_asking_again_corrects_the_number_and_keeps_who_calls(world: World) -> None:
    visit_id, patient = await asked(world)
    await take_call(world.deps, world.live, world.actors["pcp"], visit_id)
    await ask_for_call(world.deps, world.live, patient, "406-555-0199")
    assert await state(world, visit_id) == ("406-555-0199", CallbackState.TAKEN, "Dr. R. Okafor")
    assert len(await journey.rows(world, CallbackRequest)) == 1


async def test_asking_again_after_it_was_done_opens_it_anew(world: World) -> None:
    visit_id, patient = await asked(world)
    await finish_call(world.deps, world.live, world.actors["pcp"], visit_id)
    world.clock.pass_(minutes=3)
    await ask_for_call(world.deps, world.live, patient, NUMBER)
    assert await state(world, visit_id) == (NUMBER, CallbackState.ASKED, "")


async def test_of_two_who_take_it_at_once_one_calls_and_the_other_is_told(world: World) -> None:
    visit_id, _ = await asked(world)
    takers = ("pcp", "frontdesk", "caremanager")
    tries = (take_call(world.deps, world.live, world.actors[who], visit_id) for who in takers)
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [Conflict, Conflict]
    assert len(await journey.audited(world, "take_call")) == 1


async def test_taking_it_twice_oneself_is_no_trouble_and_done_stays_done(world: World) -> None:
    visit_id, _ = await asked(world)
    for _ in range(2):
        await take_call(world.deps, world.live, world.actors["pcp"], visit_id)
    for who in ("pcp", "frontdesk"):
        await finish_call(world.deps, world.live, world.actors[who], visit_id)
    assert await state(world, visit_id) == (NUMBER, CallbackState.DONE, "Dr. R. Okafor")
    with pytest.raises(Conflict):
        await take_call(world.deps, world.live, world.actors["frontdesk"], visit_id)
    events = await journey.audited(world, "ask_for_call", "take_call", "finish_call")
    assert [event.action for event in events] == ["ask_for_call", "take_call", "finish_call"]
    assert all(NUMBER not in event.why for event in events)


async def test_who_still_waits_for_the_call_is_called_after_the_visit_but_nobody_asks_then(world: World) -> None:
    visit_id, patient = await asked(world)
    await actions.admit_patient(world.deps, world.live, world.actors["pcp"], visit_id)
    await actions.end_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    await take_call(world.deps, world.live, world.actors["pcp"], visit_id)
    with pytest.raises(Gone):
        await ask_for_call(world.deps, world.live, patient, NUMBER)


async def test_a_stranger_finds_no_request_and_staff_without_a_tie_may_not(world: World) -> None:
    visit_id, _ = await asked(world)
    assert await found(world, visit_id, "outsider") is None
    untied = replace(world.actors["frontdesk"], clinics=frozenset())
    for actor, refused in ((world.actors["outsider"], NotFound), (untied, Forbidden)):
        for act in (take_call, finish_call):
            with pytest.raises(refused):
                await act(world.deps, world.live, actor, visit_id)


async def test_where_nobody_asked_there_is_nothing_to_take(world: World) -> None:
    visit_id, _ = await world.visit()
    for unknown in (visit_id, new_id()):
        with pytest.raises(NotFound):
            await take_call(world.deps, world.live, world.actors["pcp"], unknown)
