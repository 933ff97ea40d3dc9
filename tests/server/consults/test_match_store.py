"""What the matching is asked with, and that its answer is kept with the case."""

from uuid import UUID

import pytest

from server.consults.case_store import candidates_of
from server.consults.match_store import keep_matching, kept_reasons
from server.consults.matching_rules import Matching, Reason, Why, WhyNot
from server.consults.own_rule_actions import keep_rule
from server.consults.service_rules import LicenceRule, Situation
from tests.cast import World
from tests.server.consults import asking

pytestmark = pytest.mark.anyio


async def test_why_somebody_matches_is_kept_with_the_case(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world), state="MT")
    kept = await _kept(world, consult_id)
    assert kept["psychiatrist"][0] == 1
    assert {Why.TIER, Why.LICENCE, Why.ON_DUTY} <= {reason.code for reason in kept["psychiatrist"][1]}


async def test_why_somebody_does_not_match_is_kept_too(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world, "psychiatrist", "pcp"))
    rank, reasons = (await _kept(world, consult_id))["pcp"]
    assert (rank, [reason.code for reason in reasons]) == (None, [WhyNot.REQUESTER])


async def test_cases_that_are_open_with_somebody_count(world: World) -> None:
    service = await asking.service(world)
    first = await asking.asked(world, service)
    async with world.deps.database.write() as session:
        consult = await asking.held(session, first)
        consult.accepted_by, consult.status = world.accounts["psychiatrist"].id, "accepted"
    reasons = (await _kept(world, await asking.asked(world, service)))["psychiatrist"][1]
    assert Reason(Why.LOAD, "", 1, 5) in reasons
    assert Reason(Why.ASKED_TODAY, "", 1) in reasons


@pytest.mark.parametrize(("state", "reason"), [("WY", Why.EXCEPTED), ("ID", WhyNot.NO_LICENCE)])
async def test_an_own_rule_goes_before_the_one_that_came_with_curbside_where_it_says_so(
    site: World, state: str, reason: Why | WhyNot
) -> None:
    since = site.clock.now.date()
    await keep_rule(site.deps, site.actors["admin"], LicenceRule("ID", "", Situation.PEER_ONLY, True, since))
    await asking.specialists(site, "unlicensed")
    consult_id = await asking.asked(site, await asking.service(site, "unlicensed"), state=state)
    _, reasons = (await _kept(site, consult_id))["unlicensed"]
    assert reason in {one.code for one in reasons}


async def test_a_matching_that_saw_nobody_keeps_nobody(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    before = await _kept(site, consult_id)
    async with site.deps.database.write() as session:
        await keep_matching(session, await asking.held(session, consult_id), Matching((), ()))
    assert await _kept(site, consult_id) == before


async def _kept(world: World, consult_id: UUID) -> dict[str, tuple[int | None, list[Reason]]]:
    practitioners = {person.id: name for name, person in world.practitioners.items()}
    async with world.deps.database.read() as session:
        rows = await candidates_of(session, consult_id)
    return {practitioners[row.practitioner_id]: (row.rank, kept_reasons(row)) for row in rows}
