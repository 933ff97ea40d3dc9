"""Refusals are written as events, and what a storm only counted as one more."""

from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from server.access import Action, Refusal, Why
from server.audit import AuditEvent, Tally, count_denials
from server.audit.denial_actions import keep_denial
from server.audit.denial_rules import Denial
from server.kit.ids import new_id

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


async def events(site: "World") -> list[AuditEvent]:
    async with site.deps.database.read() as session:
        return list((await session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))).all())


def denial(site: "World", refusal: Refusal) -> Denial:
    return Denial(site.actors["pcp"], refusal, "GET /visits/{encounter_id}", "192.0.2.7")


async def test_a_refused_visit_is_told_with_whose_it_was_and_by_the_routes_pattern(site: "World") -> None:
    visit = new_id()
    refused = Refusal(Action.READ_VISIT, Why.NO_TIE, site.patient.id, visit)
    await keep_denial(site.deps, Tally(), denial(site, refused))
    (event,) = await events(site)
    assert (event.entity, event.entity_id, event.patient_id) == ("Encounter", visit, site.patient.id)
    assert (event.action, event.outcome, event.address) == ("read_visit", "denied", "192.0.2.7")
    assert event.why == "no tie to the patient: GET /visits/{encounter_id}"


@pytest.mark.parametrize("known", [True, False])
async def test_what_was_refused_is_a_patient_or_a_page(site: "World", known: bool) -> None:
    patient = site.patient.id if known else None
    await keep_denial(site.deps, Tally(), denial(site, Refusal(Action.READ_RECORD, Why.ROLE, patient)))
    (event,) = await events(site)
    assert (event.entity, event.entity_id) == (("Patient", patient) if known else ("Page", None))


async def test_a_storm_leaves_sixty_events_and_a_count(site: "World") -> None:
    tally, one = Tally(), denial(site, Refusal(Action.READ_AUDIT, Why.ROLE))
    for _ in range(75):
        await keep_denial(site.deps, tally, one)
    assert len(await events(site)) == 60
    site.clock.pass_(minutes=1)
    await count_denials(site.deps, tally)
    assert (await events(site))[-1].why.endswith(", 15 more times")


async def test_the_next_one_writes_the_count_of_the_minute_before(site: "World") -> None:
    tally, one = Tally(), denial(site, Refusal(Action.READ_AUDIT, Why.ROLE))
    for _ in range(61):
        await keep_denial(site.deps, tally, one)
    site.clock.pass_(minutes=1)
    await keep_denial(site.deps, tally, one)
    assert [event.why.endswith(", 1 more times") for event in (await events(site))[-2:]] == [True, False]


async def test_at_the_end_the_count_is_written_at_once(site: "World") -> None:
    tally, one = Tally(), denial(site, Refusal(Action.READ_AUDIT, Why.ROLE))
    for _ in range(62):
        await keep_denial(site.deps, tally, one)
    assert await count_denials(site.deps, tally, at_once=True) is False
    assert len(await events(site)) == 61
