"""The codes of a case come from its minutes and its record: both sides, the days around, and nobody's but ours."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from server.consults.case_tables import Consult
from server.consults.code_rules import SHIPPED, Blocker, Role
from server.consults.code_store import Coded, Side, coded_cases
from server.consults.own_rule_store import as_row
from server.kit import Forbidden
from server.scheduling import Appointment
from server.visits import Encounter
from server.visits.actions import start_visit
from tests.cast import TEN, World
from tests.server.consults import asking, talking
from tests.server.consults.consult_services import elsewhere
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


def side(coded: Coded, role: Role = Role.CONSULTANT) -> Side:
    return next(one for one in coded.sides if one.role is role)


def against(one: Side) -> set[str]:
    return {line.code for line in one.drafts[0].blockers}


async def answered(world: World, consult_id: UUID) -> None:
    async with world.deps.database.write() as session:
        (await session.get_one(Consult, consult_id)).answered_at = world.clock.now


async def about_maria(world: World) -> UUID:
    await world.visit()  # whose record the pcp may read by it
    return await talking.taken(world, patient_id=world.patient.id, agreed=True)


async def test_a_talk_with_its_report_suggests_the_code_of_its_length(world: World) -> None:
    consult_id = await about_maria(world)
    await talking.talked(world, consult_id, 12)
    await answered(world, consult_id)
    coded = await talking.coded(world, consult_id)
    mine = side(coded)
    assert (mine.drafts[0].rule.code, mine.drafts[0].clear, mine.minutes.minutes) == ("99447", True, 12)
    assert side(coded, Role.REQUESTER).drafts[0].rule.code == "99452"


async def test_an_own_rule_of_the_organization_decides_and_nobody_elses(world: World) -> None:
    consult_id = await about_maria(world)
    await talking.talked(world, consult_id, 12)
    await answered(world, consult_id)
    own = replace(SHIPPED["99447"], own=True, least=15, valid_from=TEN.date())
    for organization_id, code in (
        (elsewhere(world).organization_id, "99447"),
        (world.clinic.organization_id, "99451"),
    ):
        async with world.deps.database.write() as session:
            session.add(as_row(own, organization_id))
        assert side(await talking.coded(world, consult_id)).drafts[0].rule.code == code


async def test_without_report_and_consent_they_stand_against_it(world: World) -> None:
    consult_id = await talking.taken(world)
    await talking.talked(world, consult_id, 12)
    assert {Blocker.CONSENT_MISSING, Blocker.WRITTEN_MISSING} <= against(side(await talking.coded(world, consult_id)))


async def test_a_second_case_within_seven_days_is_said_to_be_one_too_many(world: World) -> None:
    for days in (0, 3, 8):
        world.clock.now = TEN + timedelta(days=days)
        consult_id = await about_maria(world)
        await talking.talked(world, consult_id, 12)
        await answered(world, consult_id)
        coded = await talking.coded(world, consult_id)
        assert (Blocker.BILLED_BEFORE in against(side(coded))) == (days == 3)


@pytest.mark.parametrize(
    ("away", "blocker"),
    [
        (timedelta(days=-10), Blocker.SEEN_BEFORE),
        (timedelta(days=9), Blocker.SEEN_AFTER),
        (timedelta(days=20), None),
        (timedelta(days=-15, hours=10), None),  # in the evening, when it is the fourteenth day already in UTC
        (timedelta(days=14, hours=10), Blocker.SEEN_AFTER),
    ],
)
async def test_a_visit_of_the_consultant_with_the_patient_is_looked_for(
    world: World, away: timedelta, blocker: Blocker | None
) -> None:
    when = TEN + away
    visit_id, _ = await world.visit(practitioner_id=world.practitioners["psychiatrist"].id, starts_at=max(when, TEN))
    if when < TEN:
        await held(world, visit_id, when)
    consult_id = await about_maria(world)
    await talking.talked(world, consult_id, 12)
    await answered(world, consult_id)
    found = against(side(await talking.coded(world, consult_id)))
    assert found == ({blocker} if blocker else set())


async def asked_in_a_visit(world: World, *, present: bool) -> UUID:
    visit_id, link = await world.visit()
    await journey.waiting(world, link)
    await start_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    about: dict[str, Any] = {"encounter_id": visit_id, "patient_id": world.patient.id, "state": "MT"}
    return await talking.taken(world, **about, present=present, agreed=True)


async def test_who_comes_into_the_visit_has_met_the_patient_and_a_coder_reads_what_that_means(world: World) -> None:
    consult_id = await asked_in_a_visit(world, present=True)
    await talking.talked(world, consult_id, 12)
    await answered(world, consult_id)
    coded = await talking.coded(world, consult_id)
    assert [against(one) for one in coded.sides] == [{Blocker.IN_VISIT}, {Blocker.TOO_SHORT}]


async def test_who_confers_beside_the_visit_has_not_met_the_patient(world: World) -> None:
    consult_id = await asked_in_a_visit(world, present=False)
    await talking.talked(world, consult_id, 12)
    await answered(world, consult_id)
    assert side(await talking.coded(world, consult_id)).drafts[0].clear


async def test_who_was_to_come_into_the_visit_and_never_came_has_not_met_the_patient(world: World) -> None:
    consult_id = await asked_in_a_visit(world, present=True)
    await talking.read(world, consult_id, 6)
    await answered(world, consult_id)
    mine = side(await talking.coded(world, consult_id))
    assert (mine.drafts[0].rule.code, mine.drafts[0].clear) == ("99451", True)


async def test_two_weeks_after_a_visit_in_which_they_met_it_still_counts_in_other_cases(world: World) -> None:
    consult_id = await asked_in_a_visit(world, present=True)
    await talking.talked(world, consult_id, 12)
    for days, blocked in ((9, True), (6, False)):
        world.clock.pass_(days=days)
        later = await about_maria(world)
        await talking.talked(world, later, 12)
        await answered(world, later)
        assert (Blocker.SEEN_BEFORE in against(side(await talking.coded(world, later)))) == blocked


async def held(world: World, visit_id: UUID, when: datetime) -> None:
    async with world.deps.database.write() as session:
        visit = await session.get_one(Encounter, visit_id)
        planned = await session.get_one(Appointment, visit.appointment_id)
        visit.started_at, visit.status = when, "finished"
        planned.starts_at, planned.ends_at = when, when + timedelta(minutes=20)


async def test_a_case_that_nobody_took_has_the_requester_only(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world))
    assert [one.role for one in (await talking.coded(world, consult_id)).sides] == [Role.REQUESTER]


async def test_the_cases_of_a_span_are_for_administrators(world: World) -> None:
    consult_id = await about_maria(world)
    span = (TEN - timedelta(days=1), TEN + timedelta(days=1))
    async with world.deps.database.read() as session:
        keyring = world.deps.keyring
        found = await coded_cases(session, world.actors["admin"], keyring, *span, world.clock.now)
        assert [one.consult.id for one in found] == [consult_id]
        later = await coded_cases(
            session, world.actors["admin"], keyring, span[1], span[1] + timedelta(days=2), world.clock.now
        )
        assert later == []
        with pytest.raises(Forbidden):
            await coded_cases(session, world.actors["psychiatrist"], keyring, *span, world.clock.now)
