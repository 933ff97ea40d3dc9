"""One specialist takes a written case, and passes it on to a colleague or a group, for whom it waits."""

import anyio
import pytest

from server.consults.assignment_actions import pass_on, take_case
from server.consults.ring_state import Written
from server.consults.ring_store import state_of
from server.kit import Conflict, Forbidden, Invalid, NotFound
from tests.cast import World
from tests.server.consults import asking
from tests.server.consults.written_cases import asked, group, kept, noted, taken

pytestmark = pytest.mark.anyio


async def test_who_matched_takes_the_case_once_and_it_is_kept_in_its_state_too(world: World) -> None:
    consult_id, brandt = await taken(world), world.accounts["psychiatrist"].id
    await take_case(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    consult = await kept(world, consult_id)
    state = state_of(consult)
    assert (consult.accepted_by, consult.status) == (brandt, "written")
    assert isinstance(state, Written)
    assert state.owner == brandt
    assert await noted(world, "take_consult") == ["take_consult"]


async def test_of_two_who_take_it_at_once_one_has_it_and_the_other_reads_so(world: World) -> None:
    consult_id = await asked(world)
    refused: list[str] = []

    async def take(who: str) -> None:
        try:
            await take_case(world.deps, world.live, world.actors[who], consult_id)
        except Conflict as error:
            refused.append(error.message)

    async with anyio.create_task_group() as both:
        for who in ("psychiatrist", "rivera"):
            both.start_soon(take, who)
    assert refused == ["A colleague has taken this case."]
    assert await noted(world, "take_consult") == ["take_consult"]


@pytest.mark.parametrize(
    ("who", "error"), [("pcp", Forbidden), ("caremanager", Forbidden), ("frontdesk", Forbidden), ("outsider", NotFound)]
)
async def test_nobody_takes_a_case_who_did_not_match(world: World, who: str, error: type[Exception]) -> None:
    consult_id = await asked(world)
    with pytest.raises(error):
        await take_case(world.deps, world.live, world.actors[who], consult_id)
    assert (await kept(world, consult_id)).accepted_by is None


async def test_a_case_that_is_answered_is_not_taken_any_more(world: World) -> None:
    consult_id = await asked(world, status="answered")
    with pytest.raises(Forbidden):
        await take_case(world.deps, world.live, world.actors["psychiatrist"], consult_id)


async def test_a_case_that_still_rings_is_accepted_and_not_taken(world: World) -> None:
    consult_id = await asking.ringing(world, "psychiatrist")
    with pytest.raises(Conflict, match="moved on"):
        await take_case(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    consult = await kept(world, consult_id)
    assert (consult.status, consult.accepted_by) == ("ringing", None)


async def test_who_was_rung_does_not_take_what_waits_for_a_colleague_alone(world: World) -> None:
    await asking.specialists(world, "second")
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "second"))
    await asking.work(world, seconds=60)
    await take_case(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    await pass_on(world.deps, world.live, world.actors["psychiatrist"], consult_id, world.accounts["second"].id)
    with pytest.raises(Forbidden):
        await take_case(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    assert (await kept(world, consult_id)).accepted_by is None


async def test_a_case_that_is_passed_on_waits_for_the_colleague_alone(world: World) -> None:
    consult_id = await taken(world)
    await pass_on(world.deps, world.live, world.actors["psychiatrist"], consult_id, world.accounts["rivera"].id)
    assert (await kept(world, consult_id)).accepted_by is None
    with pytest.raises(Forbidden):
        await take_case(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    await take_case(world.deps, world.live, world.actors["rivera"], consult_id)
    assert (await kept(world, consult_id)).accepted_by == world.accounts["rivera"].id


async def test_a_case_that_is_passed_on_to_a_group_waits_for_its_members(world: World) -> None:
    consult_id = await taken(world)
    team = await group(world, (await kept(world, consult_id)).service_id, "rivera", "caremanager")
    await pass_on(world.deps, world.live, world.actors["psychiatrist"], consult_id, team)
    await take_case(world.deps, world.live, world.actors["caremanager"], consult_id)
    assert await noted(world, "pass_on_consult", "take_consult") == ["take_consult", "pass_on_consult", "take_consult"]


async def test_it_is_passed_on_to_nobody_who_did_not_match_and_by_nobody_who_has_it_not(world: World) -> None:
    consult_id = await taken(world)
    for whom in (None, world.accounts["frontdesk"].id, world.accounts["pcp"].id):
        with pytest.raises(Invalid):
            await pass_on(world.deps, world.live, world.actors["psychiatrist"], consult_id, whom)
    with pytest.raises(Conflict):
        await pass_on(world.deps, world.live, world.actors["rivera"], consult_id, world.accounts["psychiatrist"].id)
