"""Requests are given opened, with the name of whoever calls, within the organization alone."""

import pytest

from server.access import Action
from server.kit import field_name
from server.visits.callback_actions import ask_for_call, take_call
from server.visits.callback_store import callback_row, callbacks_of, sealed_phone
from server.visits.store import visit_by_id
from tests.cast import World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_each_visit_has_its_own_request_with_who_calls(world: World) -> None:
    (first, token), (second, other) = await world.visit(), await world.visit()
    for text, phone in ((token, "406-555-0101"), (other, "406-555-0102")):
        await ask_for_call(world.deps, world.live, await journey.patient_waits(world, text), phone)
    await take_call(world.deps, world.live, world.actors["frontdesk"], second)
    async with world.deps.database.read() as session:
        found = await callbacks_of(session, world.actors["pcp"], world.deps.keyring, [first, second])
        assert await callbacks_of(session, world.actors["outsider"], world.deps.keyring, [first]) == {}
        assert await callbacks_of(session, world.actors["pcp"], world.deps.keyring, []) == {}
    assert (found[first].phone, found[first].caller, found[first].is_open) == ("406-555-0101", "", True)
    assert (found[second].phone, found[second].caller) == ("406-555-0102", "June Whitfield")


async def test_who_calls_has_the_one_name_by_which_the_patient_knows_them(world: World) -> None:
    visit_id, token = await world.visit()
    await ask_for_call(world.deps, world.live, await journey.patient_waits(world, token), "406-555-0101")
    await take_call(world.deps, world.live, world.actors["pcp"], visit_id)
    async with world.deps.database.read() as session:
        found = await callbacks_of(session, world.actors["pcp"], world.deps.keyring, [visit_id])
    assert found[visit_id].caller == "Dr. R. Okafor"


async def test_a_sealed_number_opens_as_that_row_s_alone(world: World) -> None:
    visit_id, _ = await world.visit()
    sealed = sealed_phone(world.deps.keyring, visit_id, "406-555-0101")
    assert world.deps.keyring.open(sealed, field_name("callback_request", visit_id, "phone")) == "406-555-0101"
    async with world.deps.database.write() as session:
        visit = await visit_by_id(session, world.actors["pcp"], Action.MANAGE_VISIT, visit_id, lock=True)
        assert await callback_row(session, visit) is None
