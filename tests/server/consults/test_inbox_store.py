"""The inbox: whose a case is, what one's group may take, what is overdue, and how much waits for somebody."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.consults import waiting_store
from server.consults.assignment_actions import pass_on, take_case
from server.consults.case_actions import cancel_consult
from server.consults.inbox_store import (
    Box,
    Entry,
    Which,
    counts,
    entries,
    taken_lately,
    to_answer,
    waiting_for,
    week_of,
)
from server.consults.service_rules import Mode
from tests.cast import World
from tests.server.consults import asking, talking
from tests.server.consults.answered_cases import decided, signed
from tests.server.consults.written_cases import asked, group, kept

pytestmark = pytest.mark.anyio


async def shown(world: World, who: str, box: Box = Box.MINE, which: Which = Which.OPEN) -> list[Entry]:
    async with world.deps.database.read() as session:
        return await entries(session, world.actors[who], box, which, world.clock.now)


async def ids(world: World, who: str, box: Box = Box.MINE, which: Which = Which.OPEN) -> list[UUID]:
    return [one.consult.id for one in await shown(world, who, box, which)]


async def waiting(world: World, who: str) -> int:
    async with world.deps.database.read() as session:
        return await waiting_for(session, world.actors[who], world.clock.now)


async def test_a_case_is_in_the_inbox_of_who_asked_and_who_took_it(world: World) -> None:
    consult_id = await talking.taken(world)
    for name in ("pcp", "psychiatrist"):
        (one,) = await shown(world, name)
        assert (one.consult.id, one.requester, one.taken_by) == (consult_id, "Dr. R. Okafor", "Dr. L. Brandt")
    for name in ("caremanager", "outsider"):
        assert await ids(world, name) == await ids(world, name, Box.GROUP) == []


async def test_the_patient_is_named_only_to_who_asked_or_took_it(world: World) -> None:
    await world.visit()
    made = await asking.service(world, "psychiatrist", "caremanager")
    await asking.asked(world, made, patient_id=world.patient.id)
    (mine,) = await shown(world, "pcp")
    (theirs,) = await shown(world, "psychiatrist", Box.GROUP)
    assert mine.patient is not None
    assert theirs.patient is None


async def test_ones_group_has_the_cases_that_one_matched_and_that_are_not_ones_own(world: World) -> None:
    made = await asking.service(world, "psychiatrist", "caremanager")
    consult_id = await asking.asked(world, made, mode=Mode.WRITTEN)
    assert await ids(world, "psychiatrist", Box.GROUP) == await ids(world, "caremanager", Box.GROUP) == [consult_id]
    assert await ids(world, "pcp", Box.GROUP) == []


async def test_a_case_that_was_passed_on_is_in_the_inbox_of_whom_it_was_given_to_alone(world: World) -> None:
    consult_id = await asked(world)
    for name in ("psychiatrist", "rivera"):
        assert await ids(world, name, Box.GROUP) == [consult_id]
    await pass_on(world.deps, world.live, world.actors["psychiatrist"], consult_id, world.accounts["rivera"].id)
    assert await ids(world, "rivera", Box.GROUP) == [consult_id]
    assert await ids(world, "psychiatrist", Box.GROUP) == []
    await pass_on(world.deps, world.live, world.actors["rivera"], consult_id, world.accounts["psychiatrist"].id)
    assert await ids(world, "psychiatrist", Box.GROUP) == [consult_id]
    assert await ids(world, "rivera", Box.GROUP) == []


async def test_a_case_that_was_given_to_a_group_is_in_the_inbox_of_its_members_also_of_who_did_not_match(
    world: World,
) -> None:
    consult_id = await asked(world)
    team = await group(world, (await kept(world, consult_id)).service_id, "psychiatrist", "caremanager")
    assert await ids(world, "caremanager", Box.GROUP) == []
    await pass_on(world.deps, world.live, world.actors["psychiatrist"], consult_id, team)
    for name in ("psychiatrist", "caremanager"):
        assert await ids(world, name, Box.GROUP) == [consult_id]
    for name in ("rivera", "pcp", "outsider"):
        assert await ids(world, name, Box.GROUP) == []
    await take_case(world.deps, world.live, world.actors["caremanager"], consult_id)
    assert await ids(world, "caremanager", Box.MINE) == await ids(world, "psychiatrist", Box.GROUP) == [consult_id]


async def test_what_is_shown_can_be_narrowed(world: World) -> None:
    made = await asking.service(world)
    written = await asking.asked(world, made, mode=Mode.WRITTEN)
    ringing = await asking.asked(world, made)
    assert await ids(world, "pcp", which=Which.WRITTEN) == [written]
    assert set(await ids(world, "pcp", which=Which.OPEN)) == {written, ringing}
    assert await ids(world, "pcp", which=Which.OVERDUE) == []
    world.clock.pass_(hours=25)
    (late,) = await shown(world, "pcp", which=Which.OVERDUE)
    assert late.is_overdue(world.clock.now)
    assert len(await ids(world, "pcp", which=Which.ALL)) == 2


async def test_what_is_due_first_leads_and_what_is_over_follows_the_latest_first(world: World) -> None:
    made, over = await asking.service(world), []
    for mode in (Mode.WRITTEN, Mode.VIDEO):
        over.append(await asking.asked(world, made, mode=mode))
        await cancel_consult(world.deps, world.live, world.actors["pcp"], over[-1])
        world.clock.pass_(hours=1)
    ringing = await asking.asked(world, made)
    due = await asking.asked(world, made, mode=Mode.WRITTEN)
    assert await ids(world, "pcp", which=Which.ALL) == [due, ringing, *reversed(over)]


async def test_what_was_missed_is_counted_until_it_is_read_of_or_a_day_old(world: World) -> None:
    made = await asking.service(world)
    consult_id = await asking.asked(world, made)
    assert await waiting(world, "psychiatrist") == 1
    while await asking.work(world, seconds=61):
        pass
    async with world.deps.database.read() as session:
        assert (await counts(session, world.actors["psychiatrist"], world.clock.now))[Box.MISSED] == 1
        assert (await counts(session, world.actors["pcp"], world.clock.now))[Box.MINE] == 1
    assert await waiting(world, "psychiatrist") == 1
    assert await waiting(world, "pcp") == 0
    await cancel_consult(world.deps, world.live, world.actors["pcp"], consult_id)
    assert await waiting(world, "psychiatrist") == 1
    world.clock.pass_(hours=25)
    assert await waiting(world, "psychiatrist") == 0


async def test_a_written_case_waits_for_each_who_may_take_it_until_one_has_it(world: World) -> None:
    consult_id = await asked(world)
    assert [await waiting(world, name) for name in ("psychiatrist", "rivera", "pcp", "outsider")] == [1, 1, 0, 0]
    await take_case(world.deps, world.live, world.actors["psychiatrist"], consult_id)
    assert [await waiting(world, name) for name in ("psychiatrist", "rivera")] == [1, 0]


async def test_a_case_counts_once_that_was_missed_and_waits_to_be_taken(world: World) -> None:
    await asking.asked(world, await asking.service(world))
    while await asking.work(world, seconds=61):
        pass
    async with world.deps.database.read() as session:
        listed = await waiting_store.waiting_for(session, world.actors["psychiatrist"])
        missed = (await counts(session, world.actors["psychiatrist"], world.clock.now))[Box.MISSED]
    assert (len(listed.to_take), missed, await waiting(world, "psychiatrist")) == (1, 1, 1)


async def test_an_answer_that_is_not_decided_about_is_still_open_for_who_asked(world: World) -> None:
    consult_id = await signed(world)
    assert (await ids(world, "pcp", which=Which.OPEN), await waiting(world, "pcp")) == ([consult_id], 1)
    assert (await ids(world, "psychiatrist", which=Which.OPEN), await waiting(world, "psychiatrist")) == ([], 0)
    for item in ("1", "2"):
        await decided(world, consult_id, item=item)
    assert (await ids(world, "pcp", which=Which.OPEN), await waiting(world, "pcp")) == ([], 0)


async def test_who_took_a_case_has_it_to_answer(world: World) -> None:
    consult_id = await talking.taken(world)
    async with world.deps.database.read() as session:
        mine = await to_answer(session, world.actors["psychiatrist"])
        lately = await taken_lately(session, world.actors["psychiatrist"], world.clock.now)
        later = await taken_lately(session, world.actors["psychiatrist"], world.clock.now + timedelta(days=8))
        assert await to_answer(session, world.actors["pcp"]) == []
    assert [one.consult.id for one in mine] == [one.id for one in lately] == [consult_id]
    assert later == []
    assert await waiting(world, "psychiatrist") == 1


async def test_a_week_says_how_many_rings_were_answered_and_how_soon(world: World) -> None:
    made = await asking.service(world)
    await asking.asked(world, made)
    while await asking.work(world, seconds=61):
        pass
    await talking.taken(world)
    async with world.deps.database.read() as session:
        week = await week_of(session, world.actors["psychiatrist"], world.clock.now)
        nothing = await week_of(session, world.actors["pcp"], world.clock.now)
    assert (week.rang, week.answered, week.median_seconds) == (2, 1, 0)
    assert (nothing.rang, nothing.median_seconds) == (0, None)
